import { type FilestoreCopy, referredFiles } from "../odoo/filestore.ts";
import { neutralizeWith } from "../odoo/neutralize.ts";
import { allowedSignOn } from "../odoo/neutralize-oauth.ts";
import { messageOf } from "../platform/errors.ts";
import type { Session } from "../platform/postgres.ts";
import { lockTarget, recover, terminateOrphans } from "./activation/recovery.ts";
import { copySequences, createBuildDatabase, createTables, finishSchema } from "./copy/build.ts";
import { type CopiedTable, copyTables } from "./copy/copy.ts";
import { validateForeignKeys } from "./copy/validate.ts";
import { dropExpired } from "./golden/expiry.ts";
import { readCounters } from "./golden/record.ts";
import type { ApprovedPlan } from "./plan/gate.ts";
import { builtConnection, type RefreshRun } from "./run.ts";
import { SOURCE_SETTINGS, TARGET_SETTINGS } from "./sessions.ts";
import { judgeBeforehand, judgeNow } from "./source/examine.ts";
import { type Snapshot, takeSnapshot, watchProduction } from "./source/snapshot.ts";
import { verifyHashes } from "./verify/hashes.ts";
import type { StoredManifest } from "./verify/manifest.ts";
import { requirePassed, verifyRows, verifySchema } from "./verify/verify.ts";

const READ_SCHEMA = { ...TARGET_SETTINGS, search_path: "pg_catalog" };

/** Takes the lock and refuses what must not be or cannot go well; cleans up after a killed run, but for a dry one. */
export async function preflight(run: RefreshRun): Promise<void> {
  const { maintenance, node, target, source, sessions, request } = run;
  const onSource = (work: (session: Session) => Promise<void>) =>
    sessions.with(source.connection, "preflight", SOURCE_SETTINGS, work);
  await lockTarget(maintenance, target.dbName);
  await onSource((session) => judgeBeforehand(run, session));
  if (!request.dryRun) {
    // It ends sessions that are called as ours, so there must be none beside this one.
    await recover(maintenance, { node, database: target.dbName }, run.prefix, run.log);
    await dropExpired(maintenance, { node, now: run.clock.now(), log: run.log });
  }
  await onSource(async (session) => {
    if (!request.dryRun) await terminateOrphans(session, run.prefix, [maintenance.backendPid]);
    await judgeNow(run, session);
    // Before the snapshot: what is written from here on must count as a change for the next delta.
    if (request.options?.goldenMs) run.counters = await readCounters(session);
  });
}

/** Starts the watch over production, then locks its tables and takes the snapshot. */
export async function openSnapshot(run: RefreshRun): Promise<Snapshot> {
  const { maxBlockMs = 5000, maxSnapshotMs = 6 * 3_600_000, lockTimeoutMs = 5000 } = run.request.options ?? {};
  let holder: number | undefined;
  const watch = { prefix: run.prefix, maxBlockMs, maxSnapshotMs, holder: () => holder, abort: run.abort };
  run.stopWatch = await watchProduction(run.sessions, run.source.connection, watch);
  const snapshot = await takeSnapshot(run.sessions, run.source.connection, {
    ...{ lockTimeoutMs, clock: run.clock, guarded: run.protection?.guard !== undefined },
  });
  holder = snapshot.holder.backendPid;
  return snapshot;
}

/** Creates the database aside and everything in it that must exist before rows arrive. */
export async function createDatabase(run: RefreshRun, snapshot: Snapshot, { schema }: ApprovedPlan): Promise<void> {
  const { maintenance, built, target: live } = run;
  run.warnings.push(...(await createBuildDatabase(snapshot.holder, maintenance, built, live.dbName)));
  await onCopy(run, "schema", (target) => createTables(target, schema));
}

/** Streams the masked rows and builds the indexes. */
export function copyRows(run: RefreshRun, snapshot: Snapshot, { plan, schema }: ApprovedPlan): Promise<CopiedTable[]> {
  return copyTables({
    sessions: run.sessions,
    source: run.source.connection,
    target: builtConnection(run),
    snapshot,
    plan,
    schema,
    maskKey: run.maskKey,
    jobs: run.request.options?.jobs ?? 2,
    signal: run.signal,
    ...{ progress: run.progress, clock: run.clock },
  });
}

/** Foreign keys, views, triggers, and sequences as far as production has counted. */
export async function finishDatabase(run: RefreshRun, snapshot: Snapshot, approved: ApprovedPlan): Promise<void> {
  await onCopy(run, "finish", async (target) => {
    await finishSchema(target, approved.schema, run.progress);
    await copySequences(snapshot.holder, target, approved);
  });
  const { jobs = 2, validateForeignKeys: validate = false } = run.request.options ?? {};
  if (!validate) return;
  const { sessions, progress } = run;
  await validateForeignKeys(approved.schema, { sessions, target: builtConnection(run), jobs, progress });
}

/** Compares the copy with production while the snapshot still stands, before anything changes the copy. */
export async function verifyCopy(
  run: RefreshRun,
  snapshot: Snapshot,
  { plan, schema }: ApprovedPlan,
  copied: readonly CopiedTable[],
): Promise<void> {
  await run.sessions.with(builtConnection(run), "verify", READ_SCHEMA, async (target) => {
    const { progress } = run;
    run.checks.push(...(await verifySchema(target, schema)), ...(await verifyRows(target, plan, { copied, progress })));
    if (run.request.options?.verify === "hash") {
      run.checks.push(await verifyHashes(snapshot.holder, target, plan, run));
    }
    requirePassed(run.checks);
  });
}

/** From here on production is not needed: locks, snapshot and watch end. */
export async function releaseProduction(run: RefreshRun, snapshot: Snapshot): Promise<void> {
  await run.stopWatch?.();
  await run.sessions.close(snapshot.holder);
}

/** Switches off everything by which the copy could reach the outside world. */
export async function neutralizeCopy(run: RefreshRun): Promise<void> {
  await onCopy(run, "neutralize", async (target) => {
    const { modules, missing, changed, signOn } = await neutralizeWith(target, run.node.neutralizeScripts, {
      url: run.request.target.url,
      stagingPassword: run.request.stagingPassword,
      newIdentity: true,
      oauth: run.request.options?.oauth,
      // Staging's code comes with the deployment, which neutralizes again; before the first one there is none at all.
      missing: run.request.codeFollows ? "later" : "refuse",
    });
    if (missing.length > 0)
      run.log.info(`neutralize.sql of ${missing.join(", ")} is left to the deployment, which brings their files`);
    run.keptProviders = signOn.providers;
    run.warnings.push(...signOn.warnings);
    const effects = Object.entries(changed).filter(([, rows]) => rows > 0);
    run.log.info(
      `neutralize.sql of ${modules.length} modules; ${effects.map(([what, n]) => `${what}: ${n}`).join(", ")}`,
    );
    if (signOn.providers.length > 0) run.log.info(allowedSignOn(signOn.providers));
  });
}

/** Brings the files that the copy still refers to into staging's filestore. */
export async function copyFiles(run: RefreshRun): Promise<FilestoreCopy | undefined> {
  const names = await onCopy(run, "files", referredFiles);
  // From another node they are sent when the copy is ready.
  return names && run.node.copyFiles(names, run.signal);
}

/** Puts the record beside the database once that has its place; it stands in the database anyway. */
export async function fileManifest(run: RefreshRun, manifest: StoredManifest): Promise<void> {
  await run.node.fileManifest(manifest).catch((error: unknown) => {
    run.warnings.push(`The manifest could not be written beside the database: ${messageOf(error)}.`);
  });
}

/** Sizes of both databases in bytes. */
export async function measure(run: RefreshRun): Promise<{ source: number; copy: number }> {
  const size = "SELECT pg_database_size($1)::float8 AS bytes";
  const [copy] = await run.maintenance.query<{ bytes: number }>(size, [run.built]);
  const [source] = await run.sessions.with(run.source.connection, "measure", SOURCE_SETTINGS, (session) =>
    session.query<{ bytes: number }>(size, [run.source.dbName]),
  );
  return { source: source?.bytes ?? 0, copy: copy?.bytes ?? 0 };
}

/** Runs `work` on a session to the database that is being built. */
export function onCopy<T>(run: RefreshRun, role: string, work: (target: Session) => Promise<T>): Promise<T> {
  return run.sessions.with(builtConnection(run), role, TARGET_SETTINGS, work);
}
