import { copyDatabaseSettings } from "../../environment/database-settings.ts";
import type { Session } from "../../platform/postgres.ts";
import { copySequences, fillViews } from "../copy/build.ts";
import type { CopiedTable } from "../copy/copy.ts";
import { validateForeignKeys } from "../copy/validate.ts";
import { cloneDatabase } from "../golden/clone.ts";
import { forgetGoldenRecord } from "../golden/record.ts";
import type { ApprovedPlan } from "../plan/gate.ts";
import { builtConnection, type RefreshRun } from "../run.ts";
import { TARGET_SETTINGS } from "../sessions.ts";
import type { Snapshot } from "../source/snapshot.ts";
import { applyChanges } from "./apply.ts";
import { travellingRows } from "./forecast.ts";
import { withoutIntegrity } from "./integrity.ts";
import type { Strategy } from "./strategy.ts";

type Delta = Extract<Strategy, { kind: "delta" }>;

/** Makes the database of this run a copy of the golden one; its pseudonyms go on under the same key. */
export async function startFromGolden(run: RefreshRun, { golden }: Delta): Promise<void> {
  run.maskKey = golden.record.maskKey;
  await cloneDatabase(run.maintenance, golden.name, run.built);
  run.clonedAt = await readTargetHorizon(run.maintenance);
  run.warnings.push(...(await copyDatabaseSettings(run.maintenance, run.target.dbName, run.built)));
}

async function readTargetHorizon(maintenance: Session): Promise<string> {
  const [row] = await maintenance.query<{ horizon: string }>(
    "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon",
  );
  return row?.horizon ?? "0";
}

/** Applies the changes; afterwards the copy is what a full refresh with the same key would have made. Returns every table. */
export async function bringUpToDate(
  run: RefreshRun,
  snapshot: Snapshot,
  approved: ApprovedPlan,
  { golden, changes }: Delta,
): Promise<CopiedTable[]> {
  const { schema } = approved;
  const { jobs = 2, validateForeignKeys: validate = false } = run.request.options ?? {};
  const { sessions, maskKey, signal, progress } = run;
  const work = {
    sessions,
    source: run.source.connection,
    target: builtConnection(run),
    snapshot,
    serverVersion: schema.serverVersion,
    maskKey,
    jobs,
    signal,
    progress,
  };
  return sessions.with(work.target, "delta", TARGET_SETTINGS, async (target) => {
    // What is said of the golden copy does not hold for this one.
    await forgetGoldenRecord(target);
    await target.query("DROP TABLE IF EXISTS _pipeline.manifest");
    const moved = await withoutIntegrity(target, schema, changes, async () => {
      const applied = await applyChanges(changes, { ...work, horizon: golden.record.horizon });
      progress.now(() => "foreign keys and triggers come back");
      return applied;
    });
    if (validate) await validateForeignKeys(schema, work);
    await fillViews(target, schema, progress);
    await copySequences(snapshot.holder, target, approved);
    const untouched = changes.filter(({ way, planned }) => way === "same" && !planned.emptiedBecause);
    return [...moved, ...untouched.map(({ planned, rows }) => ({ name: planned.name, rows, bytes: 0, seconds: 0 }))];
  });
}

/** One line about what changed. */
export function deltaDetail(copied: readonly CopiedTable[], { changes }: Delta): string {
  const touched = changes.filter(({ way }) => way !== "same");
  const rows = travellingRows(touched);
  return `${rows} rows of ${touched.length} tables travelled; ${copied.length - touched.length} tables are as they were`;
}
