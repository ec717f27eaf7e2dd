import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generateGuard, removeGuard } from "../../../src/refresh/guard/generate.ts";
import { viewName } from "../../../src/refresh/guard/names.ts";
import {
  protectedBy,
  requireEnforced,
  requireUpToDate,
  schemaComment,
  viewComment,
} from "../../../src/refresh/guard/verdict.ts";
import type { GuardView } from "../../../src/refresh/guard/views.ts";

const identifier = fc
  .oneof(
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 63 }),
    fc.constantFrom("a", "b", "a.b", "known", "known.a", "pipeline.models", "public").chain((one) => fc.constant(one)),
    fc.integer({ min: 1, max: 3 }).map((n) => "x".repeat(62) + n),
  )
  .filter((name) => Buffer.byteLength(name) <= 63);
const relation = fc.record({ schema: fc.oneof(fc.constant("public"), identifier), name: identifier });

describe("viewName", () => {
  test("fits, and no two views of the guard meet", () => {
    const view = fc.record({ of: relation, purpose: fc.constantFrom(undefined, "known") });
    fc.assert(
      fc.property(view, view, (one, other) => {
        const names = [viewName(one.of, one.purpose), viewName(other.of, other.purpose)];
        for (const name of names) {
          expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
          expect(name).not.toMatch(/^pipeline\.[a-z]+$/);
        }
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(names[0] === names[1]).toBe(same);
      }),
      { numRuns: 2000 },
    );
  });

  test("of a plain table is the table's own", () => {
    expect(viewName({ schema: "public", name: "res_partner" })).toBe("res_partner");
    expect(viewName({ schema: "public", name: "res_partner" }, "known")).toBe("known.res_partner");
    expect(viewName({ schema: "public", name: "x".repeat(60) }, "known")).toMatch(/^known\.x{40}~[0-9a-f]{16}$/);
    expect(viewName({ schema: "s", name: "t" })).toMatch(/^s\.t~[0-9a-f]{16}$/);
  });
});

const view = (name: string, sql: string, columns = ["id"]): GuardView => ({ name, sql, label: name, columns });
const installed = (views: GuardView[], plan = "p") => ({
  comment: schemaComment(plan),
  views: views.map((one) => ({
    name: one.name,
    comment: viewComment(one),
    columns: ["ctid", "xmin", ...(one.columns ?? [])],
  })),
});

describe("requireUpToDate", () => {
  const now = [view("a", "SELECT 1"), view("b", "SELECT 2")];
  test.each([
    ["a view is missing", [now[0]], "b: has no view"],
    ["a view shows other values", [now[0], view("b", "SELECT 3")], "b: shows other values"],
    ["a column is new", [now[0], view("b", "SELECT 3", [])], "b: new column id"],
    ["a column is gone", [now[0], view("b", "SELECT 3", ["id", "old"])], "b: no column old any more"],
    ["a view is left", [...now, view("c", "SELECT 1")], "c: is not copied any more"],
  ])("refuses when %s", (_, views, line) => {
    const guard = installed(views as GuardView[]);
    expect(() => requireUpToDate(now, guard, "p")).toThrow(
      expect.objectContaining({ code: "guard-outdated", message: expect.stringContaining(line) }),
    );
  });

  test("refuses another plan with the same views, and takes its own", () => {
    expect(() => requireUpToDate(now, installed(now, "other"), "p")).toThrow(
      expect.objectContaining({ code: "guard-outdated" }),
    );
    expect(() => requireUpToDate(now, installed(now), "p")).not.toThrow();
  });
});

describe("requireEnforced", () => {
  const guard = installed([]);
  test.each([
    ["reads through the guard only", { role: "r", guard, readable: [] }, "server"],
    ["reads a table besides", { role: "r", guard, readable: ["public.a"] }, "plan"],
    ["reads the tables", { role: "r", readable: ["public.a", "public.b"] }, "plan"],
    ["reads nothing at all", { role: "r", readable: [] }, "plan"],
  ] as const)("a role that %s", (_, protection, by) => {
    const asked = { ...protection, readable: [...protection.readable] };
    expect(protectedBy(asked)).toBe(by);
    const check = () => requireEnforced(asked);
    if (by === "server") expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: "not-enforced" }));
  });

  test("names a few of the tables", () => {
    const readable = Array.from({ length: 8 }, (_, at) => `public.t${at}`);
    expect(() => requireEnforced({ role: "r", readable })).toThrow(
      "public.t0, public.t1, public.t2, public.t3, public.t4 and 3 more",
    );
  });
});

test("a name cannot end a comment, a literal or a block of the scripts", () => {
  const hostile = `x\n'; DROP TABLE y; -- $do$ $do1$ "`;
  const sql =
    generateGuard({ database: hostile, role: hostile, views: [], planSha256: "p" }) +
    removeGuard({ database: hostile, role: hostile });
  const outside = sql
    .replaceAll(/(\$do\d*\$)\n[\s\S]*?\n\1;/g, "")
    .replaceAll(/"(?:[^"]|"")*"/g, "")
    .replaceAll(/'(?:[^']|'')*'/g, "")
    .replaceAll(/^--.*$/gm, "");
  expect(outside).not.toContain("DROP TABLE y");
  expect(sql).toContain("DROP TABLE y");
});
