import { dropDatabase } from "../environment/databases.ts";
import { activateNow, leaveReady } from "./activation/activate.ts";
import { judgeLargeObjects } from "./copy/large-objects.ts";
import { bringUpToDate, deltaDetail, startFromGolden } from "./delta/bring-up-to-date.ts";
import { chooseStrategy, type Strategy } from "./delta/strategy.ts";
import { explainFailure } from "./failure.ts";
import {
  adopt,
  dropGolden,
  dropOldGolden,
  keepsGolden,
  type PendingGolden,
  pendingName,
  setAside,
} from "./golden/keep.ts";
import { type ApprovedPlan, approvePlan } from "./plan/gate.ts";
import { reportPlan } from "./plan/plan-mode.ts";
import type { RefreshDeps, RefreshRequest, RefreshResult } from "./request.ts";
import { describeResult, planDetail, rowsDetail } from "./result.ts";
import { openRun, type RefreshRun } from "./run.ts";
import { abortReason } from "./sessions.ts";
import type { Snapshot } from "./source/snapshot.ts";
import * as step from "./steps.ts";
import { writeManifest } from "./verify/manifest.ts";
import { collectKnown, proveAndRecord } from "./verify/prove.ts";

/**
 * Builds a masked, neutralized and verified copy of the source beside the target's database, and swaps it in or leaves it
 * ready. Runs on the host of Odoo. Whatever fails before the swap leaves staging as it was; ExpectedError says what to do.
 */
export async function refreshDatabase(request: RefreshRequest, deps: RefreshDeps): Promise<RefreshResult> {
  const run = await openRun(request, deps);
  try {
    return await refresh(run);
  } catch (error) {
    throw run.signal.aborted ? abortReason(run.signal) : explainFailure(error, run);
  } finally {
    await endSessions(run);
  }
}

async function endSessions(run: RefreshRun): Promise<void> {
  await run.stopWatch?.();
  await run.sessions.closeAll();
}

async function refresh(run: RefreshRun): Promise<RefreshResult> {
  const { request } = run;
  await run.phase("preflight", () => step.preflight(run));
  const snapshot = await run.phase("snapshot", () => step.openSnapshot(run));
  const approved = await run.phase(
    "plan",
    () => approvePlan(snapshot.holder, request, run.protection?.guard),
    planDetail,
  );
  run.warnings.push(...judgeLargeObjects(approved.schema, request.options?.largeObjects));
  if (request.dryRun) {
    const plan = await run.phase("look", () => reportPlan(run, snapshot.holder, approved));
    return describeResult(run, approved, { copied: [], activated: false, plan });
  }
  const strategy = await run.phase("strategy", () => chooseStrategy(run, snapshot, approved), strategyDetail);
  if (strategy.kind === "full") await dropOldGolden(run); // the choice has told why it cannot serve
  try {
    const copied = await copyFrom(run, snapshot, approved, strategy);
    let pending: PendingGolden | undefined;
    if (keepsGolden(run, strategy)) {
      pending = await run.phase("set-aside", () => setAside(run, snapshot, approved, { copied, strategy }));
    }
    await run.phase("known-values", () => collectKnown(run, snapshot, approved));
    await step.releaseProduction(run, snapshot);
    if (approved.isOdoo) await run.phase("neutralize", () => step.neutralizeCopy(run));
    const files = await run.phase("filestore", () => step.copyFiles(run));
    const proof = await run.phase("verify", () => proveAndRecord(run, snapshot, approved, copied));
    const golden = pending && (await adopt(run, pending, (copy) => writeManifest(copy, proof)));
    if (!request.options?.goldenMs) await dropGolden(run);
    const databaseBytes = await step.measure(run);
    const kept = await run.phase("activate", () => (request.activate === "now" ? activateNow(run) : leaveReady(run)));
    await step.fileManifest(run, proof);
    return describeResult(run, approved, {
      ...{ copied, files, golden, databaseBytes, strategy },
      manifestSha256: proof.sha256,
      snapshotAt: snapshot.at,
      ...kept,
    });
  } catch (error) {
    await endSessions(run); // production's locks first: dropping a big database takes a while
    await run.cleanly(async (maintenance) => {
      await dropDatabase(maintenance, run.built);
      await dropDatabase(maintenance, pendingName(run));
    });
    throw error;
  }
}

/** Builds the masked copy, whole or from the golden one; its rows and its schema are compared with production's. */
async function copyFrom(run: RefreshRun, snapshot: Snapshot, approved: ApprovedPlan, strategy: Strategy) {
  if (strategy.kind === "full") {
    await run.phase("schema", () => step.createDatabase(run, snapshot, approved));
    const copied = await run.phase("copy", () => step.copyRows(run, snapshot, approved), rowsDetail);
    await run.phase("constraints", () => step.finishDatabase(run, snapshot, approved));
    await run.phase("verify-copy", () => step.verifyCopy(run, snapshot, approved, copied));
    return copied;
  }
  await run.phase("clone", () => startFromGolden(run, strategy));
  const work = () => bringUpToDate(run, snapshot, approved, strategy);
  const copied = await run.phase("delta", work, (tables) => deltaDetail(tables, strategy));
  await run.phase("verify-copy", () => step.verifyCopy(run, snapshot, approved, copied));
  return copied;
}

const strategyDetail = ({ kind, because }: Strategy) => `${kind}: ${because}`;
