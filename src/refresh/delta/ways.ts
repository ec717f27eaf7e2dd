import type { GoldenTable } from "../golden/record.ts";
import type { PlannedTable } from "../plan/plan.ts";

/** What the source tells of a table: its rows, and those that were written since the golden copy. */
export interface TableFacts {
  planned: PlannedTable;
  rows: number;
  changed: number;
  /** An integer column by which rows are found: the primary key, or the first column of one. */
  key?: { column: string; unique: boolean } | undefined;
}

/**
 * How a table of the golden copy is brought up to date. `append`: rows were only added. `rows`: changed rows are replaced
 * by id, vanished ones removed. `ranges`: every range of keys in which anything changed is copied again. `whole`: all of it.
 */
export type Way = "same" | "append" | "rows" | "ranges" | "whole";

/** The way for one table, and why when it is not the plain one. */
export interface TableChange extends TableFacts {
  way: Way;
  because?: string;
  /** Rows in the golden copy. */
  before: number;
}

// Above this share of changed rows, finding and replacing them costs more than copying all.
const MOST = 0.3;

/**
 * Decides for one table. Exact, since a row whose xmin is older than the golden copy's horizon is in that copy as it is:
 * when the numbers of unchanged rows agree, so do the rows.
 */
export function wayOf(facts: TableFacts, golden: GoldenTable | undefined, stale?: string): TableChange {
  const { planned, rows, changed, key } = facts;
  const before = golden?.rows ?? 0;
  const decided = (way: Way, because?: string): TableChange => ({
    ...facts,
    way,
    before,
    ...(because ? { because } : {}),
  });
  if (planned.emptiedBecause) return decided(before === 0 ? "same" : "whole", planned.emptiedBecause);
  if (rows === 0 && before === 0) return decided("same");
  if (!golden) return decided("whole", "the golden copy has no such table");
  if (stale) return decided("whole", stale);
  if (changed === 0 && rows === before) return decided("same");
  if (planned.physical) return decided("whole", "its masks speak of where a row lies");
  if (rows - changed === before) return decided("append");
  if (changed > rows * MOST) return decided("whole", "most of it changed");
  if (!key) return decided("whole", "it has no integer key");
  return decided(key.unique ? "rows" : "ranges");
}

/** Why a table is copied again although its rows may be unchanged; undefined when there is no reason. */
export function whyStale(
  planned: PlannedTable,
  { sha256, golden, moved }: { sha256: string; golden: GoldenTable | undefined; moved: ReadonlySet<string> },
): string | undefined {
  if (golden && golden.sha256 !== sha256) return "its classification changed";
  const read = (planned.reads ?? []).find((table) => moved.has(table));
  return read && `its masks read ${read}, which changed`;
}
