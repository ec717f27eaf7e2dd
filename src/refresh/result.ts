import type { FilestoreCopy } from "../odoo/filestore.ts";
import type { CopiedTable } from "./copy/copy.ts";
import { travellingRows } from "./delta/forecast.ts";
import type { Strategy } from "./delta/strategy.ts";
import { protectedBy } from "./guard/verdict.ts";
import type { ApprovedPlan } from "./plan/gate.ts";
import type { PlanReport } from "./plan/plan-mode.ts";
import type { RefreshResult } from "./request.ts";
import type { RefreshRun } from "./run.ts";
import { maskCounts } from "./verify/manifest.ts";

/** What a finished run knows beyond its plan. */
export interface Outcome {
  copied: readonly CopiedTable[];
  activated: boolean;
  database?: string;
  previous?: string;
  manifestSha256?: string;
  snapshotAt?: Date;
  databaseBytes?: { source: number; copy: number };
  files?: FilestoreCopy | undefined;
  golden?: string | undefined;
  strategy?: Strategy;
  plan?: PlanReport;
}

/** Puts together what is reported of a run. */
export function describeResult(
  run: RefreshRun,
  { plan, sha256, warnings }: ApprovedPlan,
  outcome: Outcome,
): RefreshResult {
  const { copied, snapshotAt, files, golden, strategy, ...rest } = outcome;
  const emptied = plan.tables.flatMap((t) => (t.emptiedBecause ? [{ table: t.name, because: t.emptiedBecause }] : []));
  const kept = plan.tables.flatMap((t) => t.columns).filter((column) => column.treatment.kind === "keep");
  const countKept = (by: string) => kept.filter((column) => column.by === by).length;
  return {
    id: run.request.id,
    ...rest,
    ...(snapshotAt ? { snapshotAt: snapshotAt.toISOString() } : {}),
    ...(files ? { files } : {}),
    ...(golden ? { golden } : {}),
    ...(strategy ? { way: wayOf(strategy) } : {}),
    planSha256: sha256,
    ...(run.protection ? { protectedBy: protectedBy(run.protection) } : {}),
    tables: { copied: plan.tables.length - emptied.length, emptied: emptied.length },
    rows: copied.reduce((sum, table) => sum + table.rows, 0),
    bytes: copied.reduce((sum, table) => sum + table.bytes, 0),
    slowest: copied
      .toSorted((a, b) => b.seconds - a.seconds)
      .filter(({ rows }) => rows > 0)
      .slice(0, 10),
    masks: maskCounts(plan),
    emptied,
    kept: { byRule: countKept("rule"), byCatalogue: countKept("catalogue"), byType: countKept("type") },
    ...(run.seenInKept ? { seenInKept: run.seenInKept } : {}),
    seconds: run.seconds,
    warnings: [...run.warnings, ...warnings],
  };
}

function wayOf(strategy: Strategy): NonNullable<RefreshResult["way"]> {
  const { kind, because, forecast } = strategy;
  const way = { kind, because, ...(forecast ? { forecast } : {}) };
  if (strategy.kind === "full") return way;
  const tables = strategy.changes.filter((change) => change.way !== "same").length;
  return {
    ...way,
    changed: { tables, rows: travellingRows(strategy.changes) },
    since: strategy.golden.record.snapshotAt,
  };
}

/** One line about a plan. */
export function planDetail({ plan }: ApprovedPlan): string {
  const columns = plan.tables.flatMap((table) => table.columns);
  const masked = columns.filter((column) => column.treatment.kind !== "keep").length;
  const emptied = plan.tables.filter((table) => table.emptiedBecause).length;
  return `${plan.tables.length} tables, ${emptied} of them structure only; ${masked} of ${columns.length} columns masked`;
}

/** One line about what was copied. */
export function rowsDetail(copied: readonly CopiedTable[]): string {
  return `${copied.reduce((sum, table) => sum + table.rows, 0)} rows of ${copied.length} tables`;
}
