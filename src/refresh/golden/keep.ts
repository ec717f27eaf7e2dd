import {
  allowConnections,
  databaseNameFor,
  databasesOfOurs,
  dropDatabase,
  renameInTransaction,
} from "../../environment/databases.ts";
import type { Session } from "../../platform/postgres.ts";
import { VERSION } from "../../platform/version.ts";
import type { CopiedTable } from "../copy/copy.ts";
import { isFarBehind } from "../delta/forecast.ts";
import type { Strategy } from "../delta/strategy.ts";
import type { ApprovedPlan } from "../plan/gate.ts";
import { tableHash } from "../plan/plan.ts";
import type { RefreshRun } from "../run.ts";
import { schemaHash } from "../schema/compare.ts";
import type { Snapshot } from "../source/snapshot.ts";
import { cloneDatabase } from "./clone.ts";
import { visitGolden } from "./find.ts";
import { type GoldenRecord, readHorizon, writeGoldenRecord } from "./record.ts";
import { dropPastRetention, markBirth } from "./retention.ts";

/** A golden copy that waits for the proof that it is clean. */
export interface PendingGolden {
  name: string;
  record: GoldenRecord;
}

/** Is a golden copy to be made of this run? Not when the one that it built upon still serves. */
export function keepsGolden(run: RefreshRun, strategy: Strategy): boolean {
  const { goldenMs = 0 } = run.request.options ?? {};
  return goldenMs > 0 && (strategy.kind === "full" || isFarBehind(strategy.changes));
}

/** Name of the copy that waits for its proof, whether it is there or not. */
export function pendingName({ target, request }: RefreshRun): string {
  return databaseNameFor(target.dbName, "goldnew", request.id);
}

const FULL_PHASES = ["schema", "copy", "constraints", "verify-copy"];

/**
 * Copies the finished database aside before anything of Odoo changes it. When it was built upon a golden copy, that one's
 * birth, key and measured times live on. Nobody may be connected to the database.
 */
export async function setAside(
  run: RefreshRun,
  snapshot: Snapshot,
  { schema, plan }: ApprovedPlan,
  { copied, strategy }: { copied: readonly CopiedTable[]; strategy: Strategy },
): Promise<PendingGolden> {
  const base = strategy.kind === "delta" ? strategy.golden.record : undefined;
  const name = pendingName(run);
  const started = run.clock.now().getTime();
  await cloneDatabase(run.maintenance, run.built, name);
  // It is masked but not neutralized: an Odoo that serves every database of its role must not find it.
  await allowConnections(run.maintenance, name, false);
  const seconds = (run.clock.now().getTime() - started) / 1000;
  const [size] = await run.maintenance.query<{ bytes: number }>("SELECT pg_database_size($1)::float8 AS bytes", [name]);
  const rows = new Map(copied.map((table) => [table.name, table.rows]));
  const tables = plan.tables.map((planned): [string, GoldenRecord["tables"][string]] => [
    planned.name,
    { sha256: tableHash(planned), rows: rows.get(planned.name) ?? 0, counters: run.counters?.get(planned.name) ?? "" },
  ]);
  const full = {
    seconds: FULL_PHASES.reduce((sum, phase) => sum + (run.seconds[phase] ?? 0), 0),
    sourceBytes: plan.tables.reduce((sum, t) => sum + (t.emptiedBecause ? 0 : t.table.bytes), 0),
  };
  const record: GoldenRecord = {
    kind: "odoo-release-pipeline/golden@1",
    id: run.request.id,
    tool: VERSION,
    bornAt: base?.bornAt ?? snapshot.at.toISOString(),
    snapshotAt: snapshot.at.toISOString(),
    ...(await readHorizon(snapshot.holder)),
    maskKey: run.maskKey,
    schemaSha256: schemaHash(schema),
    tables: Object.fromEntries(tables),
    full: base?.full ?? full,
    clone: { seconds, bytes: size?.bytes ?? 0 },
  };
  return { name, record };
}

/** Drops golden copies of the staging database that are past the retention, whatever becomes of this run. */
export async function dropOldGolden({ maintenance, target, request, clock, log }: RefreshRun): Promise<void> {
  const retention = { staging: target.dbName, goldenMs: request.options?.goldenMs ?? 0, now: clock.now() };
  await dropPastRetention(maintenance, retention, log);
}

/** Drops the golden copy of the staging database, where none is to be kept any more. */
export async function dropGolden({ maintenance, target }: RefreshRun): Promise<void> {
  for (const name of await databasesOfOurs(maintenance, target.dbName, "gold")) await dropDatabase(maintenance, name);
}

/**
 * Makes the pending copy the golden one, now that its twin is proved clean; older ones go. `writeProof` puts the manifest
 * into it. Returns its name.
 */
export async function adopt(
  run: RefreshRun,
  { name, record }: PendingGolden,
  writeProof: (golden: Session) => Promise<unknown>,
): Promise<string> {
  const { maintenance, target } = run;
  await visitGolden(maintenance, target.connection, name, async (golden) => {
    await writeGoldenRecord(golden, record);
    await writeProof(golden);
  });
  await markBirth(maintenance, name, record.bornAt);
  const adopted = databaseNameFor(target.dbName, "gold", run.request.id);
  const older = await databasesOfOurs(maintenance, target.dbName, "gold");
  for (const old of older.filter((candidate) => candidate === adopted)) await dropDatabase(maintenance, old);
  await renameInTransaction(maintenance, [{ from: name, to: adopted, connectable: false }]);
  for (const old of older.filter((candidate) => candidate !== adopted)) await dropDatabase(maintenance, old);
  return adopted;
}
