import { describe, expect, test } from "vitest";
import { type Catalogue, classify } from "../../../src/refresh/classification/classify.ts";
import { parseRules } from "../../../src/refresh/classification/rules.ts";
import { column, facts, field, noCatalogue, table } from "./facts.ts";

const decide = (type: string, options: { name?: string; fields?: [string, ReturnType<typeof field>][] } = {}) => {
  const t = table("res_thing", [column(options.name ?? "value", type)]);
  const { tables, unclassified } = classify(
    facts([t], { fields: new Map(options.fields ?? []) }),
    parseRules([]),
    noCatalogue,
  );
  return unclassified[0] ? "unclassified" : tables[0]?.columns[0]?.treatment.kind;
};

describe("types decide what nobody else has decided", () => {
  test.each([
    ["int4", "keep"],
    ["numeric", "keep"],
    ["bool", "keep"],
    ["timestamp", "keep"],
    ["date", "keep"],
    ["text", "unclassified"],
    ["varchar", "unclassified"],
    ["citext", "unclassified"],
    ["jsonb", "unclassified"],
    ["bytea", "unclassified"],
    ["xml", "unclassified"],
    ["inet", "unclassified"],
    ["_text", "unclassified"],
    ["uuid", "unclassified"],
    ["tsvector", "unclassified"],
  ])("%s -> %s", (type, outcome) => expect(decide(type)).toBe(outcome));

  test("a number or date that describes a person is not safe", () => {
    expect(decide("date", { name: "birthday" })).toBe("unclassified");
    expect(decide("numeric", { name: "partner_latitude" })).toBe("unclassified");
    expect(decide("numeric", { name: "wage" })).toBe("unclassified");
  });

  test.each([
    ["int8", "x_phone"],
    ["numeric", "x_mobile_2"],
    ["int8", "ssn"],
    ["int4", "x_account_no"],
    ["float8", "x_lat"],
    ["date", "x_dob"],
    ["date", "geburtsdatum"],
    ["_int8", "phone"],
  ])("%s %s describes a person", (type, name) => expect(decide(type, { name })).toBe("unclassified"));

  test.each([
    ["bool", "x_mobile"],
    ["int4", "phone_count"],
    ["int4", "account_id"],
    ["timestamp", "mobile_sent_at"],
  ])("%s %s does not", (type, name) => expect(decide(type, { name })).toBe("keep"));

  test.each(["x_gender", "religion", "blood_group", "sex"])(
    "the selection %s says more of a person than a code",
    (name) =>
      expect(decide("varchar", { name, fields: [[`res_thing.${name}`, field("selection")]] })).toBe("unclassified"),
  );

  test("a selection of Odoo is kept, one made by hand is not", () => {
    const name = "res_thing.value";
    expect(decide("varchar", { fields: [[name, field("selection")]] })).toBe("keep");
    expect(decide("varchar", { fields: [[name, field("selection", { manual: true })]] })).toBe("unclassified");
  });
});

describe("who decides", () => {
  const t = table("res_partner", [column("x_note", "text"), column("name", "text")]);
  const catalogue: Catalogue = {
    lookup: (_table, name) => (name === "name" ? { kind: "mask", mask: "name" } : undefined),
    tableTreatment: (name) => (name === "bus_bus" ? { kind: "empty", reason: "queue" } : undefined),
  };

  test("a rule wins over the catalogue", () => {
    const rules = parseRules([
      { columns: "res_partner.x_*", mask: "text" },
      { columns: "res_partner.name", keep: "test" },
    ]);
    const { tables, unclassified } = classify(facts([t]), rules, catalogue);
    expect(unclassified).toEqual([]);
    expect(tables[0]?.columns.map((c) => [c.column.name, c.treatment.kind, c.by])).toEqual([
      ["x_note", "mask", "rule"],
      ["name", "keep", "rule"],
    ]);
  });

  test("what is left is named with Odoo's labels and a guess", () => {
    const { unclassified } = classify(facts([t]), parseRules([]), catalogue);
    expect(unclassified).toEqual([
      {
        table: "res_partner",
        column: "x_note",
        type: "text",
        label: "res_partner / not a field of Odoo",
        suggestion: "text",
      },
    ]);
  });

  test("rows stay behind: by rule, by catalogue, of transient models, of orphans", () => {
    const names = ["by_rule", "bus_bus", "wizard", "orphan", "a_b_rel", "orm_signaling_registry"];
    const tables = names.map((name) => table(name, [column("words", "text")]));
    const models = new Map([
      ["by_rule", { model: "by.rule", label: "", transient: false }],
      ["wizard", { model: "wizard", label: "", transient: true }],
    ]);
    const rules = parseRules([{ columns: "by_rule", empty: true }]);
    const result = classify(facts(tables, { models, relations: new Set(["a_b_rel"]) }), rules, catalogue);
    expect(result.tables.map((c) => c.emptiedBecause?.split(":")[0])).toEqual([
      "a rule empties it",
      "queue",
      "transient model",
      "orphan",
      undefined,
      undefined,
    ]);
  });
});
