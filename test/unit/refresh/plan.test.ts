import { describe, expect, test } from "vitest";
import { type ClassifiedTable, classify } from "../../../src/refresh/classification/classify.ts";
import { parseRules } from "../../../src/refresh/classification/rules.ts";
import type { Treatment } from "../../../src/refresh/classification/treatment.ts";
import { lintPlan } from "../../../src/refresh/plan/lint.ts";
import { planCopy, planHash, selectStatement } from "../../../src/refresh/plan/plan.ts";
import { column, facts, noCatalogue, table } from "./facts.ts";

const classified = (t: ReturnType<typeof table>, treatments: Record<string, Treatment>): ClassifiedTable => ({
  table: t,
  columns: t.columns.map((c) => ({
    column: c,
    treatment: treatments[c.name] ?? { kind: "keep", reason: "test" },
    by: "rule",
  })),
});

describe("foreign keys to emptied tables", () => {
  const parent = table("bus_bus", [column("id", "int4", { notNull: true })]);
  const key = (columns: string[]) => [{ name: "fk", columns, parent: parent.oid, parentColumns: ["id"] }];

  test("become NULL where they may", () => {
    const child = table("note", [column("id", "int4"), column("bus_id", "int4")]);
    const plan = planCopy(
      [{ table: parent, emptiedBecause: "queue", columns: [] }, classified(child, {})],
      facts([parent, child], { foreignKeys: new Map([[child.oid, key(["bus_id"])]]) }),
    );
    expect(plan.tables[1]?.columns[1]).toMatchObject({ expression: "NULL::int4", asIs: false });
  });

  test("empty the child where they may not, and the child's children", () => {
    const child = table("note", [column("id", "int4"), column("bus_id", "int4", { notNull: true })]);
    const grandchild = table("line", [column("note_id", "int4", { notNull: true })]);
    const ofNote = [{ name: "fk2", columns: ["note_id"], parent: child.oid, parentColumns: ["id"] }];
    const plan = planCopy(
      [classified(grandchild, {}), { table: parent, emptiedBecause: "queue", columns: [] }, classified(child, {})],
      facts([parent, child, grandchild], {
        foreignKeys: new Map([
          [child.oid, key(["bus_id"])],
          [grandchild.oid, ofNote],
        ]),
      }),
    );
    expect(plan.tables.map((t) => t.emptiedBecause)).toEqual([
      "its rows need rows of note, which is emptied",
      "queue",
      "its rows need rows of bus_bus, which is emptied",
    ]);
  });
});

describe("lint", () => {
  const lint = (treatment: Treatment, of = column("value", "varchar")) => {
    const t = table("thing", [column("id", "int4"), of]);
    const f = facts([t], { uniqueIndexes: new Map([[t.oid, [{ name: "thing_unique", columns: [of.name] }]]]) });
    const plan = planCopy([classified(t, { [of.name]: treatment })], f);
    return [...plan.problems, ...lintPlan(plan, f)].map((p) => p.problem);
  };

  test("a mask that makes rows alike does not fit a unique index", () => {
    expect(lint({ kind: "mask", mask: "zip" })).toHaveLength(1);
    expect(lint({ kind: "mask", mask: "name", from: "id" })).toHaveLength(1);
    expect(lint({ kind: "mask", mask: "text" }, column("value", "varchar", { maxLength: 3 }))).toHaveLength(1);
  });

  test("masks from the row's id do", () => {
    for (const mask of ["name", "email", "token", "identifier", "text"] as const)
      expect(lint({ kind: "mask", mask })).toEqual([]);
    expect(lint({ kind: "null" })).toEqual([]);
  });

  test("a treatment that gives no value of the type is a problem", () => {
    expect(lint({ kind: "null" }, column("value", "date", { notNull: true }))[0]).toMatch(
      /gives no value for type date NOT NULL/,
    );
  });
});

test("only rows and columns that are planned are selected, quoted", () => {
  const t = table('a"b', [column("id", "int4"), column("x;y", "text"), column("sum", "int4", { generated: "s" })]);
  const { tables } = classify(
    facts([t]),
    parseRules([
      { columns: '*."x;y', keep: "" },
      { columns: "*.x;y", mask: "null" },
    ]),
    noCatalogue,
  );
  const plan = planCopy(tables, facts([t]));
  expect(selectStatement(plan.tables[0] as never)).toBe(
    'SELECT t."id", NULL::text AS "x;y" FROM ONLY "public"."a""b" AS t',
  );
});

test("the hash of a plan changes with a treatment and with nothing else", () => {
  const t = table("thing", [column("id", "int4"), column("value", "text")]);
  const hash = (treatment: Treatment, bytes: number) =>
    planHash(planCopy([classified({ ...t, bytes }, { value: treatment })], facts([t])));
  const kept: Treatment = { kind: "keep", reason: "a" };
  expect(hash(kept, 1)).toBe(hash({ kind: "keep", reason: "b" }, 2));
  expect(hash(kept, 1)).not.toBe(hash({ kind: "mask", mask: "text" }, 1));
});

describe("what a row's masked values depend on besides the row", () => {
  const planned = (t: ReturnType<typeof table>, treatments: Record<string, Treatment>, primaryKey?: string[]) => {
    const rule = classified(t, treatments);
    const byCatalogue = { ...rule, columns: rule.columns.map((c) => ({ ...c, by: "catalogue" as const })) };
    const primaryKeys = new Map(primaryKey ? [[t.oid, primaryKey]] : []);
    return planCopy([byCatalogue], facts([t], { primaryKeys })).tables[0];
  };
  const text: Treatment = { kind: "mask", mask: "text" };

  test("other tables, where an expression reads them", () => {
    const attachment = table("ir_attachment", [column("id", "int4"), column("url", "varchar")]);
    expect(planned(attachment, { url: { kind: "mask", mask: "attachment-url" } })?.reads).toEqual(["ir_model_data"]);
    const preset = table("ir_default", [column("id", "int4"), column("json_value", "varchar")]);
    expect(planned(preset, { json_value: { kind: "mask", mask: "default-value" } })?.reads).toEqual([
      "ir_model_fields",
    ]);
    const partner = table("res_partner", [
      column("id", "int4"),
      column("commercial_partner_id", "int4"),
      column("commercial_company_name", "varchar"),
      column("name", "varchar"),
    ]);
    const name: Treatment = { kind: "mask", mask: "name" };
    expect(planned(partner, { name })?.reads).toEqual([]);
    const company: Treatment = { ...name, from: "commercial_partner_id" };
    expect(planned(partner, { commercial_company_name: company })?.reads).toEqual([]);
  });

  test("its place, only without any key and only when a mask needs to tell rows apart", () => {
    const bare = table("bare", [column("a", "int4"), column("note", "text"), column("data", "jsonb")]);
    expect(planned(bare, { note: text })?.physical).toBe(true);
    expect(planned(bare, { note: text }, ["a"])?.physical).toBe(false);
    expect(planned(bare, { note: text }, ["a", "note"])?.physical).toBe(false);
    expect(planned(bare, { data: { kind: "mask", mask: "json" } })?.physical).toBe(false);
    const withId = table("with_id", [column("id", "int4"), column("note", "text")]);
    expect(planned(withId, { note: text })?.physical).toBe(false);
  });
});
