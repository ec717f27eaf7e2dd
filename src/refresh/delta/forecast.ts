import { duration } from "../../platform/text.ts";
import type { GoldenRecord } from "../golden/record.ts";
import type { TableChange } from "./ways.ts";

/** Seconds that both kinds of refresh are expected to take, from snapshot to finished copy. */
export interface Forecast {
  full: number;
  delta: number;
}

/** What is done, and why, in words for the log and the report. */
export interface Choice {
  kind: "full" | "delta";
  because: string;
  forecast?: Forecast;
}

// Replacing a row in a table that has its indexes costs about this many times what copying one costs.
const REPLACING = 4;
// Sessions, schema and sequences compared, statistics: what even an empty delta takes.
const FIXED_SECONDS = 1;

/** Estimates from what the golden copy's own full refresh took, and from what changed since. */
export function forecast(golden: GoldenRecord, changes: readonly TableChange[]): Forecast {
  const sourceBytes = sum(changes.filter(copied).map(({ planned }) => planned.table.bytes));
  const growth = golden.full.sourceBytes > 0 ? sourceBytes / golden.full.sourceBytes : 1;
  const full = golden.full.seconds * Math.max(growth, 0.1);
  const rows = sum(changes.map((change) => change.rows));
  const perRow = full / Math.max(1, rows);
  const travelling = travellingRows(changes);
  return { full, delta: FIXED_SECONDS + golden.clone.seconds + travelling * perRow * REPLACING };
}

/** Takes what the operator asked for where it is possible, and the cheaper where the choice is ours. */
export function choose(mode: "auto" | "full" | "delta", forecasted: Forecast): Choice {
  const { full, delta } = forecasted;
  const both = `a full refresh is forecast to take ${duration(full * 1000)}, a delta ${duration(delta * 1000)}`;
  if (mode === "delta") return { kind: "delta", because: `asked for; ${both}`, forecast: forecasted };
  const kind = delta < full ? "delta" : "full";
  return { kind, because: both, forecast: forecasted };
}

// A golden copy that is behind by more than this share of its rows is replaced by the new state.
const BEHIND = 0.05;

/** Is the golden copy so far behind that the next delta would carry too much? */
export function isFarBehind(changes: readonly TableChange[]): boolean {
  return travellingRows(changes) > sum(changes.map(({ rows }) => rows)) * BEHIND;
}

const copied = ({ planned }: TableChange) => !planned.emptiedBecause;

/** How many rows a delta carries. */
export function travellingRows(changes: readonly TableChange[]): number {
  return sum(changes.map(({ way, rows, changed }) => (way === "same" ? 0 : way === "whole" ? rows : changed)));
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
