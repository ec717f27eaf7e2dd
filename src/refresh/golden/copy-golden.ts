import { copyDatabaseSettings } from "../../environment/database-settings.ts";
import {
  databaseExists,
  databaseNameFor,
  databasesOfOurs,
  dropDatabase,
  swapDatabases,
} from "../../environment/databases.ts";
import { ExpectedError } from "../../platform/errors.ts";
import { type Session, withSession } from "../../platform/postgres.ts";
import { activateNow } from "../activation/activate.ts";
import { lockTarget, recover } from "../activation/recovery.ts";
import type { RefreshDeps, RefreshRequest, RefreshResult } from "../request.ts";
import { openRun, type RefreshRun } from "../run.ts";
import { abortReason } from "../sessions.ts";
import { requireOwnDatabase } from "../source/preflight.ts";
import * as step from "../steps.ts";
import type { Manifest } from "../verify/manifest.ts";
import { requirePassed, verifyHarmless, verifyIdentity } from "../verify/verify.ts";
import { cloneDatabase } from "./clone.ts";
import { dropExpired, isMarked, markExpiry } from "./expiry.ts";
import { findGolden, type GoldenCopy } from "./find.ts";
import { forgetGoldenRecord } from "./record.ts";

/**
 * Makes a development or per-branch database out of the golden copy that was kept of staging: no row leaves production, and
 * it takes as long as copying files does. ExpectedError when there is no golden copy on this server.
 */
export async function copyGolden(request: RefreshRequest, deps: RefreshDeps): Promise<RefreshResult> {
  const run = await openRun(request, deps);
  try {
    return await copy(run);
  } catch (error) {
    throw run.signal.aborted ? abortReason(run.signal) : error;
  } finally {
    await run.sessions.closeAll();
  }
}

async function copy(run: RefreshRun): Promise<RefreshResult> {
  const { request } = run;
  const golden = await run.phase("preflight", () => preflight(run));
  if (request.dryRun) return describe(run, golden, undefined, { activated: false });
  try {
    await run.phase("clone", () => clone(run, golden));
    if (await isOdoo(run)) await run.phase("neutralize", () => step.neutralizeCopy(run));
    const files = await run.phase("filestore", () => step.copyFiles(run));
    const manifest = await run.phase("verify", () => verify(run));
    const databaseBytes = await measure(run, golden);
    const kept = await run.phase("activate", () => activate(run));
    return describe(run, golden, manifest, { ...kept, databaseBytes, ...(files ? { files } : {}) });
  } catch (error) {
    await run.cleanly((maintenance) => dropDatabase(maintenance, run.built));
    throw error;
  }
}

async function preflight(run: RefreshRun): Promise<Chosen> {
  const { maintenance, node, source, target, request, log, clock } = run;
  await lockTarget(maintenance, target.dbName);
  // Nothing is touched before it is known whose the database is, and nothing at all in a dry run.
  await requireReplaceable(run);
  if (!request.dryRun) {
    await recover(maintenance, { node, database: target.dbName }, run.prefix, log);
    await dropExpired(maintenance, { node, now: clock.now(), log });
  }
  const golden = await choose(run);
  if (golden) return golden;
  throw new ExpectedError({
    code: "no-golden-copy",
    message: `There is no golden copy of ${source.dbName} (${request.source.name}) on the server of ${target.dbName}.`,
    remedy: `Refresh ${request.source.name} from production first, with refresh.retention.golden above 0; both databases must be on one server.`,
  });
}

/** The golden copy that is taken; what it says of itself is only known once it was opened. */
type Chosen = Pick<GoldenCopy, "name"> & Partial<GoldenCopy>;

async function choose({ maintenance, target, source, request }: RefreshRun): Promise<Chosen | undefined> {
  if (!request.dryRun) return await findGolden(maintenance, target.connection, source.dbName);
  const name = (await databasesOfOurs(maintenance, source.dbName, "gold")).at(-1);
  return name === undefined ? undefined : { name };
}

/** A per-branch database may only replace one that was made the same way. */
async function requireReplaceable({ maintenance, target, request }: RefreshRun): Promise<void> {
  if (!request.branchDatabase) {
    return await requireOwnDatabase(maintenance, target.connection, { mayOpen: !request.dryRun });
  }
  const name = request.branchDatabase.name;
  if (!(await databaseExists(maintenance, name)) || (await isMarked(maintenance, name))) return;
  throw new ExpectedError({
    code: "target-protected",
    message: `There is a database ${name} that was not made from a golden copy, so it is not replaced.`,
    remedy: "Choose another name for the branch's database.",
  });
}

async function clone(run: RefreshRun, golden: Chosen): Promise<void> {
  await cloneDatabase(run.maintenance, golden.name, run.built);
  run.warnings.push(...(await copyDatabaseSettings(run.maintenance, run.target.dbName, run.built)));
  // Before it has its name: without the mark nobody would replace or drop it, and with the one of its predecessor too early.
  if (run.request.branchDatabase) await markExpiry(run.maintenance, run.built, run.request.branchDatabase.expiresAt);
  await step.onCopy(run, "clone", forgetGoldenRecord);
}

/** Its rows were proved when the golden copy was made; what is new is that it is harmless and has its own identity. */
async function verify(run: RefreshRun): Promise<Manifest> {
  const { source, maintenance, checks } = run;
  const odoo = await isOdoo(run);
  return step.onCopy(run, "verify", async (target) => {
    if (odoo) checks.push(...(await verifyHarmless(target)));
    if (odoo && (await databaseExists(maintenance, source.dbName))) {
      checks.push(...(await withSession(source.connection, (staging) => verifyIdentity(staging, target))));
    }
    requirePassed(checks);
    return newestManifest(target);
  });
}

function isOdoo(run: RefreshRun): Promise<boolean> {
  return step.onCopy(run, "look", async (target) => {
    const [row] = await target.query<{ odoo: boolean }>(
      "SELECT to_regclass('public.ir_module_module') IS NOT NULL AS odoo",
    );
    return row?.odoo === true;
  });
}

async function newestManifest(target: Session): Promise<Manifest> {
  const [row] = await target.query<{ manifest: Manifest }>(
    "SELECT manifest FROM _pipeline.manifest ORDER BY written_at DESC LIMIT 1",
  );
  if (row?.manifest.clean) return row.manifest;
  throw new ExpectedError({
    code: "unclean-golden-copy",
    message: "The golden copy has no manifest that says it is masked and verified.",
    remedy: "Refresh staging from production in full; that makes a new golden copy.",
  });
}

async function activate(run: RefreshRun) {
  const { maintenance, built, target, request } = run;
  if (!request.branchDatabase) return activateNow(run);
  const outgoing = databaseNameFor(target.dbName, "prev", request.id);
  await swapDatabases(maintenance, { live: target.dbName, incoming: built, outgoing });
  await dropDatabase(maintenance, outgoing);
  return { activated: true, database: target.dbName };
}

async function measure(run: RefreshRun, golden: Chosen) {
  const [row] = await run.maintenance.query<{ source: number; copy: number }>(
    "SELECT pg_database_size($1)::float8 AS source, pg_database_size($2)::float8 AS copy",
    [golden.name, run.built],
  );
  return { source: row?.source ?? 0, copy: row?.copy ?? 0 };
}

function describe(
  run: RefreshRun,
  { name, record }: Chosen,
  manifest: Manifest | undefined,
  outcome: Pick<RefreshResult, "activated" | "database" | "previous" | "databaseBytes" | "files">,
): RefreshResult {
  const keptBy = (by: string) => manifest?.kept.filter((column) => column.by === by).length ?? 0;
  return {
    id: run.request.id,
    ...outcome,
    ...(record ? { snapshotAt: record.snapshotAt } : {}),
    planSha256: manifest?.planSha256 ?? "",
    tables: { copied: manifest?.tables.length ?? 0, emptied: manifest?.emptied.length ?? 0 },
    rows: manifest?.rows ?? 0,
    bytes: 0,
    slowest: [],
    masks: manifest?.masks ?? {},
    emptied: manifest?.emptied.map(({ name: table, because }) => ({ table, because })) ?? [],
    kept: { byRule: keptBy("rule"), byCatalogue: keptBy("catalogue"), byType: keptBy("type") },
    seconds: run.seconds,
    warnings: run.warnings,
    way: { kind: "golden", because: `a copy of ${name}` },
  };
}
