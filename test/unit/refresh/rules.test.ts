import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
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

test.each([
  ['od"d', "x: y"],
  ["legacy.contacts", "Größe"],
  ["t", "x_studio_note"],
])("a proposed rule for %s, %s is one that the pipeline file knows and that fits", (table, column) => {
  const [rule] = parse(suggestedRule(table, column, "text"));
  expect(rule.columns).toMatch(/^[A-Za-z0-9_*]+\.[A-Za-z0-9_*]+$/);
  expect(parseRules([rule]).column(table, column, true)).toEqual({ kind: "mask", mask: "text" });
});

test("a pattern with many stars costs no more than one with few", () => {
  const rules = parseRules([{ columns: `${"*a".repeat(30)}b.${"*a".repeat(30)}b`, mask: "text" }]);
  const started = performance.now();
  expect(rules.column("a".repeat(63), "a".repeat(63), true)).toBeUndefined();
  expect(performance.now() - started).toBeLessThan(500);
});

test("a star stands for any letters as it does in a regular expression", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "_"), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom("a", "b", "_", "*"), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(pattern, letters, (glob, name) => {
      const expected = new RegExp(`^${glob.replaceAll("*", ".*")}$`).test(name);
      expect(parseRules([{ columns: `t.${glob}`, mask: "text" }]).column("t", name, true) !== undefined).toBe(expected);
    }),
    { numRuns: 2000 },
  );
});

test.each(["*", "*.*", "**.*"])("no rule keeps or empties everything: %s", (columns) => {
  expect(() => parseRules([{ columns, keep: "all of it is harmless" }])).toThrow(
    "would keep every column of every table",
  );
  expect(() => parseRules([{ columns, empty: true }])).toThrow("would empty every column of every table");
  expect(parseRules([{ columns, mask: "text" }]).column("t", "c", true)).toBeDefined();
});
