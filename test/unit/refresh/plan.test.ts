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
