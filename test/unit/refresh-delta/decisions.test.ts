import { expect, test } from "vitest";
import { VERSION } from "../../../src/platform/version.ts";
import { choose, forecast, isFarBehind } from "../../../src/refresh/delta/forecast.ts";
import { type TableChange, type TableFacts, wayOf, whyStale } from "../../../src/refresh/delta/ways.ts";
import type { GoldenRecord } from "../../../src/refresh/golden/record.ts";
import { type SourceNow, whyNotUsable } from "../../../src/refresh/golden/usable.ts";
import type { PlannedTable } from "../../../src/refresh/plan/plan.ts";
import type { Table } from "../../../src/refresh/schema/model.ts";

const table: Table = {
  ...{ oid: 1, schema: "public", name: "partners", columns: [], bytes: 1_000_000, blocks: 123 },
  ...{ partitioned: false, unlogged: false, empty: false },
};
const planned = (more: Partial<PlannedTable> = {}): PlannedTable => ({
  ...{ table, name: "partners", columns: [], reads: [], physical: false },
  ...more,
});
const golden = (rows: number) => ({ sha256: "a", rows, counters: "" });
const unique = { column: "id", unique: true };

test.each<[string, Partial<TableFacts>, number | undefined, string]>([
  ["nothing changed", { rows: 100, changed: 0 }, 100, "same"],
  ["rows were added", { rows: 120, changed: 20 }, 100, "append"],
  ["rows were added to a table without a key", { rows: 120, changed: 20, key: undefined }, 100, "append"],
  ["rows were changed", { rows: 100, changed: 5, key: unique }, 100, "rows"],
  ["rows vanished", { rows: 90, changed: 0, key: unique }, 100, "rows"],
  ["rows came and went in equal number", { rows: 100, changed: 3, key: unique }, 100, "rows"],
  ["a relation's rows vanished", { rows: 90, changed: 1, key: { column: "a", unique: false } }, 100, "ranges"],
  ["rows vanished where nothing tells them apart", { rows: 90, changed: 0 }, 100, "whole"],
  ["most rows changed", { rows: 100, changed: 40, key: unique }, 100, "whole"],
  ["the table is new", { rows: 100, changed: 0, key: unique }, undefined, "whole"],
  ["all rows vanished", { rows: 0, changed: 0, key: unique }, 100, "rows"],
  ["there never was a row", { rows: 0, changed: 0 }, 0, "same"],
  ["it is emptied now", { planned: planned({ emptiedBecause: "a rule" }), rows: 0, changed: 0 }, 100, "whole"],
  ["masks speak of places", { planned: planned({ physical: true }), rows: 101, changed: 1 }, 100, "whole"],
])("%s", (_name, facts, before, way) => {
  const change = wayOf(
    { planned: planned(), rows: 0, changed: 0, ...facts },
    before === undefined ? undefined : golden(before),
  );
  expect(change).toMatchObject({ way, before: before ?? 0 });
});

test("a table is stale when its classification or a table that its masks read changed", () => {
  const facts = { sha256: "a", golden: golden(1), moved: new Set(["ir_model_data"]) };
  expect(whyStale(planned(), facts)).toBeUndefined();
  expect(whyStale(planned(), { ...facts, sha256: "b" })).toBe("its classification changed");
  expect(whyStale(planned({ reads: ["ir_model_data"] }), facts)).toContain("ir_model_data");
});

const record: GoldenRecord = {
  ...{ kind: "odoo-release-pipeline/golden@1", id: "1-1", tool: VERSION, maskKey: "", schemaSha256: "s" },
  bornAt: "2026-11-01T00:00:00.000Z",
  snapshotAt: "2026-11-01T00:00:00.000Z",
  source: { systemIdentifier: "7", timeline: 1, database: "production", databaseOid: 5, objectsSha256: "o", major: 18 },
  horizon: "4294967300",
  tables: {},
  full: { seconds: 100, sourceBytes: 1_000_000 },
  clone: { seconds: 5, bytes: 500_000 },
};
const now: SourceNow = {
  source: record.source,
  horizon: "4294967900",
  schemaSha256: "s",
  at: new Date("2026-11-02T00:00:00.000Z"),
};
const WEEK = 7 * 86_400_000;

test.each<[string, Partial<SourceNow>, string | undefined]>([
  ["the same source a day later", {}, undefined],
  ["another server", { source: { ...record.source, systemIdentifier: "8" } }, "another source"],
  ["a restore point under the same name", { source: { ...record.source, databaseOid: 6 } }, "another database"],
  ["after a column was dropped and made again", { source: { ...record.source, objectsSha256: "p" } }, "made anew"],
  ["after a failover", { source: { ...record.source, timeline: 2 } }, "promoted or restored"],
  ["after an upgrade", { source: { ...record.source, major: 19 } }, "upgraded"],
  ["after a change of schema", { schemaSha256: "t" }, "schema changed"],
  ["after the retention", { at: new Date("2026-11-09T00:00:00.000Z") }, "retention"],
  ["with transactions that went back", { horizon: "4294967299" }, "backwards"],
  ["after half a cycle of transactions", { horizon: String(4294967300n + 2n ** 31n) }, "too many transactions"],
])("golden copy: %s", (_name, change, reason) => {
  const why = whyNotUsable(record, { ...now, ...change }, WEEK);
  if (reason === undefined) expect(why).toBeUndefined();
  else expect(why).toContain(reason);
});

const change = (more: Partial<TableChange>): TableChange => ({
  ...{ planned: planned(), rows: 1000, changed: 10, way: "rows", before: 1000 },
  ...more,
});

test("what another version masked and searched is not built upon", () => {
  expect(whyNotUsable({ ...record, tool: "0.0.0-other" }, now, WEEK)).toContain("another version");
});

test("the forecast grows with the source and with what changed, and auto takes the cheaper", () => {
  const little = forecast(record, [change({})]);
  expect(little.full).toBe(100);
  expect(little.delta).toBeCloseTo(1 + 5 + (10 / 1000) * 100 * 4);
  expect(choose("auto", little)).toMatchObject({ kind: "delta" });
  const much = forecast(record, [change({ way: "whole" })]);
  expect(choose("auto", much)).toMatchObject({ kind: "full", because: expect.stringContaining("forecast") });
  expect(choose("delta", much)).toMatchObject({ kind: "delta" });
  const twice = forecast(record, [change({ planned: planned({ table: { ...table, bytes: 2_000_000 } }) })]);
  expect(twice.full).toBe(200);
});

test("a golden copy is far behind when a delta carries more than a twentieth of the rows", () => {
  expect(isFarBehind([change({ changed: 40 })])).toBe(false);
  expect(isFarBehind([change({ changed: 60 })])).toBe(true);
  expect(isFarBehind([change({ way: "whole" })])).toBe(true);
});
