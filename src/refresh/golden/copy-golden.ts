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
import { requirePassed, verifyHarmless, verifyIdentity } from "../verify/verify.ts";
import { cloneDatabase } from "./clone.ts";
import { dropExpired, isMarked, markExpiry } from "./expiry.ts";
import { findGolden, type GoldenCopy } from "./find.ts";
import { type GoldenProof, requireProof } from "./proof.ts";
import { forgetGoldenRecord } from "./record.ts";
import { describeCopy } from "./result.ts";
import { dropGoldenCopies, dropPastRetention, markedBirth } from "./retention.ts";
import { pastRetention } from "./usable.ts";

/**
 * Makes a development or per-branch database out of the golden copy that was kept of staging: no row leaves production, and
 * it takes as long as copying files does. ExpectedError when there is no golden copy on this server, or none that may serve.
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
  if (request.dryRun) return describeCopy(run, golden, undefined, { activated: false });
  try {
    const proof = await run.phase("clone", () => clone(run, golden));
    if (await isOdoo(run)) await run.phase("neutralize", () => step.neutralizeCopy(run));
    const files = await run.phase("filestore", () => step.copyFiles(run));
    await run.phase("verify", () => verify(run));
    const databaseBytes = await measure(run, golden);
    const kept = await run.phase("activate", () => activate(run));
    await step.fileManifest(run, proof.stored);
    return describeCopy(run, golden, proof, { ...kept, databaseBytes, ...(files ? { files } : {}) });
  } catch (error) {
    await run.cleanly((maintenance) => discard(run, maintenance));
    throw error;
  }
}

/** Drops what was built, and the files of a branch that has no database. */
async function discard({ built, request, node }: RefreshRun, maintenance: Session): Promise<void> {
  await dropDatabase(maintenance, built);
  const branch = request.branchDatabase?.name;
  if (branch !== undefined && !(await databaseExists(maintenance, branch))) await node.removeFiles(branch);
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
  if (golden) {
    await requireInRetention(run, golden);
    return golden;
  }
  throw new ExpectedError({
    code: "no-golden-copy",
    message: `There is no golden copy of ${source.dbName} (${request.source.name}) on the server of ${target.dbName}.`,
    remedy: `Refresh ${request.source.name} from production first, with refresh.retention.golden above 0; both databases must be on one server.`,
  });
}

/** How long it serves is the team's to say, and it never serves longer; nothing is dropped in a dry run. */
async function requireInRetention({ maintenance, source, request, clock, log }: RefreshRun, golden: Chosen) {
  const { goldenMs = 0 } = request.options ?? {};
  const retention = { staging: source.dbName, goldenMs, now: clock.now() };
  const bornAt = golden.record?.bornAt ?? (await markedBirth(maintenance, golden.name));
  const problem = bornAt === undefined ? undefined : pastRetention(bornAt, retention.now, goldenMs);
  const dropped = request.dryRun ? [] : await dropPastRetention(maintenance, retention, log);
  if (problem === undefined) return;
  if (!request.dryRun && !dropped.includes(golden.name)) {
    dropped.push(...(await dropGoldenCopies(maintenance, source.dbName, [golden.name], log)));
  }
  throw new ExpectedError({
    code: "golden-copy-too-old",
    message: `The golden copy ${golden.name} ${problem}, so no database is made from it${dropped.includes(golden.name) ? "; it was dropped" : ""}.`,
    remedy: `Refresh ${request.source.name} from production, which makes a new one. How long it serves is refresh.retention.golden in the pipeline file.`,
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

/** What comes of it has the golden copy's record, which is looked at there: what was judged is what is used. */
async function clone(run: RefreshRun, golden: Chosen): Promise<GoldenProof> {
  await cloneDatabase(run.maintenance, golden.name, run.built);
  run.warnings.push(...(await copyDatabaseSettings(run.maintenance, run.target.dbName, run.built)));
  // Before it has its name: without the mark nobody would replace or drop it, and with the one of its predecessor too early.
  const { branchDatabase: branch } = run.request;
  if (branch) await markExpiry(run.maintenance, run.built, branch.expiresAt, branch.name);
  return await step.onCopy(run, "clone", async (copy) => {
    await forgetGoldenRecord(copy);
    return requireProof(copy, golden.name, run.request.manifestPublicKey);
  });
}

/** Its rows were proved when the golden copy was made; what is new is that it is harmless and has its own identity. */
async function verify(run: RefreshRun): Promise<void> {
  const { source, maintenance, checks } = run;
  const odoo = await isOdoo(run);
  return step.onCopy(run, "verify", async (target) => {
    if (odoo) checks.push(...(await verifyHarmless(target, run.keptProviders)));
    if (odoo && (await databaseExists(maintenance, source.dbName))) {
      checks.push(...(await withSession(source.connection, (staging) => verifyIdentity(staging, target))));
    }
    requirePassed(checks);
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
