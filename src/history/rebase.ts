import { join } from "node:path";
import type { Clock } from "../platform/clock.ts";
import { withTemporaryDirectory } from "../platform/files.ts";
import type { GitAuth, Repository } from "../platform/git.ts";
import type { Log } from "../platform/log.ts";
import { cloneSides, findTwins } from "./duplicates.ts";
import type { Comparison } from "./facts.ts";
import type { FetchPlace } from "./fetch-graph.ts";
import { gather } from "./gather.ts";
import {
  conflictError,
  isRaceLost,
  mergesError,
  raceLost,
  refusedPush,
  requirePerson,
  unrelatedError,
} from "./rebase-errors.ts";
import type { RebaseReport } from "./rebase-report.ts";
import { readTip } from "./remote.ts";
import { type Dropped, type Moved, replay } from "./replay.ts";
import { requireBranch, requireOther } from "./scope.ts";
import { count } from "./verdict.ts";

/** Which branch to replay on which base, and in whose name. */
export interface RebaseRequest {
  branch: string;
  base: string;
  committer: { name: string; email: string };
  dryRun: boolean;
  auth: GitAuth;
}

interface Plan {
  newSha: string;
  moved: Moved[];
  dropped: Dropped[];
  workflowFiles: string[];
  repository: Repository;
}

/** Puts a branch on its base and pushes it, with the old tip kept under `refs/backup/`; throws `ExpectedError` on conflicts. */
export async function rebaseBranch(request: RebaseRequest, deps: { log: Log; clock: Clock }): Promise<RebaseReport> {
  for (const name of [request.branch, request.base]) requireBranch(name);
  requireOther(request.branch, request.base);
  requirePerson(request.committer);
  try {
    return await rebaseOnce(request, deps);
  } catch (error) {
    if (!isRaceLost(error)) throw error;
    deps.log.warning(`${request.branch} moved while it was replayed: reading it again`);
    return rebaseOnce(request, deps);
  }
}

function rebaseOnce(request: RebaseRequest, { log, clock }: { log: Log; clock: Clock }): Promise<RebaseReport> {
  return withTemporaryDirectory("rebase", async (dir) => {
    const place = { log, auth: request.auth, dir };
    const comparison = await compareBranches(place, request);
    if (comparison.behind.length === 0) return unchanged(request, comparison);
    refuseWhatIsNotLinear(comparison);
    const plan = await planReplay(place, comparison, request);
    const backupRef = backupName(request.branch, comparison.head.sha, clock.now());
    for (const file of plan.workflowFiles)
      log.warning(`${file} changes: the token needs the right to change workflows`);
    if (!request.dryRun) await push(plan, { request, old: comparison.head.sha, backupRef });
    const { newSha, moved, dropped, workflowFiles } = plan;
    return { ...reportBase(request, comparison), newSha, moved, dropped, workflowFiles, backupRef };
  });
}

async function compareBranches(place: FetchPlace, { branch, base }: RebaseRequest): Promise<Comparison> {
  const target = (name: string) => ({ name, branch: name });
  const [comparison] = await gather(place, [{ head: target(branch), base: target(base), rules: [] }]);
  return comparison as Comparison;
}

function refuseWhatIsNotLinear(comparison: Comparison): void {
  if (comparison.forkPoint === undefined) throw unrelatedError(comparison);
  if (comparison.ahead.some((commit) => commit.parents.length > 1)) throw mergesError(comparison);
}

async function planReplay(place: FetchPlace, comparison: Comparison, request: RebaseRequest): Promise<Plan> {
  const { head, base, forkPoint } = comparison;
  const [ahead, behind] = [comparison.ahead, comparison.behind].map((side) => side.map((commit) => commit.sha));
  const sides = { base: base.sha, head: head.sha, ahead: ahead ?? [], behind: behind ?? [] };
  const repository = await cloneSides({ ...place, dir: join(place.dir, "replay") }, sides);
  const twins = sides.ahead.length === 0 ? [] : await findTwins(repository, sides);
  place.log.info(`replaying ${count(sides.ahead, "commit")} of ${head.name} on ${base.name}`);
  const commits = sides.ahead.toReversed();
  const result = await replay(repository, {
    ...{ base: base.sha, forkPoint: forkPoint as string, commits, twins, committer: request.committer },
  });
  if ("conflict" in result) throw conflictError(comparison, result.conflict);
  const workflowFiles = await changedWorkflows(repository, head.sha, result.tip);
  return { newSha: result.tip, moved: result.moved, dropped: result.dropped, workflowFiles, repository };
}

async function changedWorkflows(repository: Repository, from: string, to: string): Promise<string[]> {
  const args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", from, to, "--", ".github/workflows"];
  return (await repository.git(args)).stdout.split("\0").filter((path) => path !== "");
}

async function push(
  plan: Plan,
  { request, old, backupRef }: { request: RebaseRequest; old: string; backupRef: string },
): Promise<void> {
  const updates = [
    { ref: backupRef, newSha: old, expectedOld: null },
    { ref: `refs/heads/${request.branch}`, newSha: plan.newSha, expectedOld: old },
  ];
  try {
    await plan.repository.push(updates, { atomic: true });
  } catch (error) {
    const now = await readTip(plan.repository, request.branch);
    throw now === old ? refusedPush(request.branch, error) : raceLost(request.branch, error);
  }
}

/** `refs/backup/<branch>/<utc>-<sha12>`, the place of a tip before it was replaced. */
export function backupName(branch: string, sha: string, now: Date): string {
  const utc = now.toISOString().replace(/[-:]|\.\d+/g, "");
  return `refs/backup/${branch}/${utc}-${sha.slice(0, 12)}`;
}

function reportBase({ branch, dryRun }: RebaseRequest, { head, base, behind }: Comparison) {
  return { branch, base, oldSha: head.sha, gained: behind.length, dryRun };
}

function unchanged(request: RebaseRequest, comparison: Comparison): RebaseReport {
  return { ...reportBase(request, comparison), newSha: comparison.head.sha, moved: [], dropped: [], workflowFiles: [] };
}
