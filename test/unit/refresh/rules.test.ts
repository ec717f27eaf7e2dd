import { expect, test } from "vitest";
import { parseRules, suggestedRule } from "../../../src/refresh/classification/rules.ts";

test("the first rule that matches wins", () => {
  const rules = parseRules([
    { columns: "res_partner.x_code", keep: "number of a shelf" },
    { columns: "res_partner.x_*", mask: "text" },
    { columns: "*.x_secret", mask: "null" },
  ]);
  expect(rules.column("res_partner", "x_code", true)).toEqual({ kind: "keep", reason: "number of a shelf" });
  expect(rules.column("res_partner", "x_other", true)).toEqual({ kind: "mask", mask: "text" });
  expect(rules.column("crm_lead", "x_secret", true)).toEqual({ kind: "null" });
  expect(rules.column("crm_lead", "name", true)).toBeUndefined();
});

test("a mask for many columns leaves numbers and references alone; one for a single column does not", () => {
  const rules = parseRules([
    { columns: "t.*", mask: "text" },
    { columns: "u.wage", mask: "null" },
    { columns: "v.*", mask: "amount" },
  ]);
  expect(rules.column("t", "partner_id", false)).toBeUndefined();
  expect(rules.column("u", "wage", false)).toEqual({ kind: "null" });
  expect(rules.column("v", "wage", false)).toEqual({ kind: "mask", mask: "amount" });
});

test("a table is emptied by a rule, and spoken of by any other rule but one for all tables", () => {
  const rules = parseRules([
    { columns: "legacy_*", empty: true },
    { columns: "shelf.name", keep: "a shelf" },
    { columns: "*.x_note", mask: "text" },
  ]);
  expect(["legacy_2019", "shelf", "other"].map((name) => rules.table(name))).toEqual(["empty", "keep-rows", undefined]);
});

test("a pattern is no regular expression", () => {
  const rules = parseRules([{ columns: "a.b+c", keep: "test" }]);
  expect(rules.column("a", "b+c", true)).toBeDefined();
  expect(rules.column("a", "bbc", true)).toBeUndefined();
});

test("an unknown mask and a rule that matches nothing are told", () => {
  expect(() => parseRules([{ columns: "a.b", mask: "scramble" }])).toThrow(/"scramble", which does not exist/);
  expect(() => parseRules([{ columns: ".b", mask: "text" }])).toThrow(/does not name columns/);
  expect(parseRules([{ columns: "a.b", mask: "text" }]).unused([{ table: "a", column: "c" }])).toEqual(["a.b"]);
});

test("a proposed rule is valid YAML for any name", () => {
  expect(suggestedRule('od"d', "x: y", "text")).toBe('    - { columns: "od\\"d.x: y", mask: text }');
});
