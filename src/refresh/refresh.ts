import { dropDatabase } from "../environment/databases.ts";
import { activateNow, leaveReady } from "./activation/activate.ts";
import { approvePlan } from "./plan/gate.ts";
import type { RefreshDeps, RefreshRequest, RefreshResult } from "./request.ts";
import { describeResult, planDetail, rowsDetail } from "./result.ts";
import { openRun, type RefreshRun } from "./run.ts";
import { abortReason } from "./sessions.ts";
import * as step from "./steps.ts";

/**
 * Builds a masked, neutralized and verified copy of the source beside the target's database, and swaps it in or leaves it
 * ready. Runs on the host of Odoo. Whatever fails before the swap leaves staging as it was; ExpectedError says what to do.
 */
export async function refreshDatabase(request: RefreshRequest, deps: RefreshDeps): Promise<RefreshResult> {
  const run = await openRun(request, deps);
  try {
    return await refresh(run);
  } catch (error) {
    throw run.signal.aborted ? abortReason(run.signal) : error;
  } finally {
    await run.stopWatch?.();
    await run.sessions.closeAll();
  }
}

async function refresh(run: RefreshRun): Promise<RefreshResult> {
  const { request } = run;
  await run.phase("preflight", () => step.preflight(run));
  const snapshot = await run.phase("snapshot", () => step.openSnapshot(run));
  const approved = await run.phase("plan", () => approvePlan(snapshot.holder, request), planDetail);
  if (request.dryRun) return describeResult(run, approved, { copied: [], activated: false });
  try {
    await run.phase("schema", () => step.createDatabase(run, snapshot, approved));
    const copied = await run.phase("copy", () => step.copyRows(run, snapshot, approved), rowsDetail);
    await run.phase("constraints", () => step.finishDatabase(run, snapshot, approved));
    await run.phase("verify-copy", () => step.verifyCopy(run, snapshot, approved, copied));
    await step.releaseProduction(run, snapshot);
    if (approved.isOdoo) await run.phase("neutralize", () => step.neutralizeCopy(run));
    const files = await run.phase("filestore", () => step.copyFiles(run));
    const manifestSha256 = await run.phase("verify", () => step.verifyAndRecord(run, snapshot, approved, copied));
    const databaseBytes = await step.measure(run);
    const kept = await run.phase("activate", () => (request.activate === "now" ? activateNow(run) : leaveReady(run)));
    return describeResult(run, approved, {
      copied,
      files,
      manifestSha256,
      databaseBytes,
      snapshotAt: snapshot.at,
      ...kept,
    });
  } catch (error) {
    await run.cleanly((maintenance) => dropDatabase(maintenance, run.built));
    throw error;
  }
}
