import { rm } from "node:fs/promises";
import { databaseExists } from "../environment/databases.ts";
import { ExpectedError, messageOf } from "../platform/errors.ts";
import * as step from "./change.ts";
import { awaitLogin } from "./health.ts";
import { statusOf } from "./journal.ts";
import { conclude, describeSettled } from "./outcome.ts";
import { lockDatabase, makePlan, type Prepared, preflight, prepareRelease } from "./prepare.ts";
import { removeOldRecords, removeOldReleases, removeOldUploads } from "./release-folder.ts";
import type { DeployRequest, DeployResult } from "./request.ts";
import { dropOldCopies } from "./restore-point.ts";
import { settle } from "./rollback.ts";
import { type DeploymentRun, PhaseFailure } from "./run.ts";

/** Carries a deployment from its lock to its end; whatever fails, one whole version serves afterwards. */
export async function deploy(run: DeploymentRun): Promise<DeployResult> {
  const result = emptyResult(run.request);
  try {
    const prepared = await prepare(run);
    describePlan(result, prepared);
    if (prepared.plan.mode === "noop") await stayAsItIs(run, result);
    else await change(run, prepared, result);
    await run.phase("FINISH", () => cleanUp(run, prepared));
  } catch (error) {
    if (!(error instanceof PhaseFailure)) throw error;
    if (error.failure.phase === "FINISH") run.warn(`Cleaning up failed: ${error.failure.message}`);
    else await undo(run, result, error);
  }
  return await conclude(run, result);
}

async function prepare(run: DeploymentRun): Promise<Prepared> {
  await run.phase("LOCK", () => lockDatabase(run));
  await run.phase("PREFLIGHT", () => preflight(run));
  const folders = await run.phase("PREPARE", () => prepareRelease(run));
  return await run.phase("PLAN", () => makePlan(run, folders));
}

/** From the closed door to the open one; OPEN is the commit point. */
async function change(run: DeploymentRun, prepared: Prepared, result: DeployResult): Promise<void> {
  const { plan, previous, wasRunning, release, addonsPath } = prepared;
  const copy = run.request.databaseCopy;
  const touches = plan.mode === "update" || copy !== undefined;
  const undo = { previous, wasRunning, database: touches ? "touched" : "untouched" };
  await run.phase("CLOSE", () => step.close(run, touches), undo);
  if (touches) {
    const fresh = !(await databaseExists(run.admin, run.names.live));
    const kind = copy === undefined ? "template" : "swap";
    await run.phase("RESTORE-POINT", () => step.keepRestorePoint(run, prepared), { kind, fresh });
  }
  // Else UPDATE does it.
  if (copy !== undefined && plan.mode !== "update")
    await run.phase("NEUTRALIZE", () => step.neutralizeCopy(run, addonsPath));
  if (plan.mode === "update") result.updateSeconds = await run.phase("UPDATE", () => step.update(run, prepared));
  await run.phase("SWITCH", () => step.switchTo(run, release));
  await run.phase("START", () => step.start(run, addonsPath));
  await run.phase("VERIFY", () => step.verify(run));
  await run.phase("OPEN", () => step.open(run));
  result.outcome = "deployed";
  result.state = `Release ${release} and its database serve.`;
}

async function stayAsItIs(run: DeploymentRun, result: DeployResult): Promise<void> {
  await run.phase("VERIFY", () => awaitLogin({ ...step.healthOf(run), server: run.publicServer, signal: run.signal }));
  result.outcome = "noop";
  result.state = `Release ${result.release} serves as before; nothing had to change.`;
}

async function undo(run: DeploymentRun, result: DeployResult, error: PhaseFailure): Promise<void> {
  result.failure = error.failure;
  const settled = await settle(run).catch((cause: unknown) => {
    throw rollbackUnfinished(error, cause);
  });
  if (statusOf(run.journal.entries, "CLOSE") === undefined && result.release === run.request.id)
    await rm(run.layout.release(run.request.id), { recursive: true, force: true });
  Object.assign(result, await describeSettled(run, settled));
}

function rollbackUnfinished(error: PhaseFailure, cause: unknown): ExpectedError {
  const { phase, message } = error.failure;
  const missing = cause instanceof ExpectedError && cause.code === "database-missing" ? cause : undefined;
  const found = missing?.message ?? `${messageOf(cause)}. The service stays closed.`;
  const remedy =
    missing?.remedy ??
    "Remove the cause on the host. The next deployment, or the host command `recover`, finishes the way back.";
  const text = `${phase} failed: ${message} The way back could not be finished: ${found}`;
  return new ExpectedError({ code: "rollback-unfinished", message: text, remedy }, { cause });
}

/** Nothing here may fail a deployment that is open: what is left over goes with the next one. */
async function cleanUp(run: DeploymentRun, { plan, facts, release, previous, addonsPath }: Prepared): Promise<void> {
  if (plan.mode === "restart" && facts.stored === undefined) await step.recordChecksums(run, addonsPath);
  const needed = [release, ...(previous === undefined ? [] : [previous])];
  await removeOldReleases(run.layout, run.request.keepReleases, needed);
  await removeOldRecords(run.layout);
  await rm(run.request.release.archive, { force: true });
  if (statusOf(run.journal.entries, "RESTORE-POINT") === "done")
    await dropOldCopies(run.admin, run.names.live, "rp", run.request.id);
  await dropOldCopies(run.admin, run.names.live, "work", run.request.id);
  await removeOldUploads(run.layout, run.clock.now());
}

function describePlan(result: DeployResult, { plan, release }: Prepared): void {
  result.mode = plan.mode;
  result.release = release;
  result.updated = plan.update;
  result.installed = [...plan.install, ...plan.dependencies];
}

/** A result before anything is known. */
export function emptyResult({ id, release }: DeployRequest): DeployResult {
  const { commit, tree, sha256 } = release;
  const lists = { updated: [], installed: [], phases: [], warnings: [] };
  const figures = { downtimeSeconds: 0, updateSeconds: 0 };
  return { id, outcome: "failed", release: id, commit, tree, sha256, mode: "unknown", ...lists, ...figures, state: "" };
}
