import { readPipelineFile } from "../environment/open.ts";
import { withTemporaryDirectory } from "../platform/files.ts";
import { Repository } from "../platform/git.ts";
import type { GitHub } from "../platform/github.ts";
import type { Deployment } from "../platform/github-shapes.ts";
import { CHANGES_FORMAT, type Change, parseChanges } from "./changes.ts";
import { parseEvidence } from "./evidence.ts";
import type { BaseFact, DeploymentFact, GatePolicy, RunFact } from "./facts.ts";
import { judgeRelease, type Verdict } from "./gate.ts";
import type { ReleaseDeps } from "./record.ts";

/** Which commit is to be released, and what counts as proof. */
export interface VerifyRequest {
  commit: string;
  /** Commit that production was at before; undefined to take the last successful production deployment. */
  base?: string | undefined;
  productionEnvironment: string;
  pipelineFile: string;
  policy: GatePolicy;
}

/** The verdict with what reviewers want to know about the release. */
export interface Review {
  commit: string;
  base: BaseFact;
  verdict: Verdict;
  /** Newest first, at most MAX_CHANGES; undefined when there is no base to compare with. */
  changes?: Change[] | undefined;
}

/** More commits than this are not listed one by one. */
export const MAX_CHANGES = 500;

/** Gathers the facts about a commit from GitHub and git, and judges whether it may be released. */
export async function verifyRelease(request: VerifyRequest, deps: ReleaseDeps): Promise<Review> {
  const { commit, policy } = request;
  const deployments = await readDeployments(commit, policy, deps.github);
  const baseSha = request.base ?? (await lastRelease(request, deps.github));

  return await withTemporaryDirectory("odoo-pipeline-verify-", async (dir) => {
    const refs = [`${commit}:refs/pipeline/candidate`];
    const repository = await Repository.clone(deps.log, deps.git, { dir, filter: "blob:none", refs });
    const tree = (await repository.git(["log", "-1", "--format=%T", "--end-of-options", commit])).stdout.trim();
    const base = await compare(repository, baseSha, commit);
    const verdict = judgeRelease({ commit, tree, base, deployments }, policy);
    const pipeline = await readPipelineFile(repository, commit, request.pipelineFile);
    const changes = base.descends ? await readChanges(repository, base.sha, commit, pipeline.odoo.addons) : undefined;
    return { commit, base, verdict, changes };
  });
}

async function readDeployments(commit: string, policy: GatePolicy, github: GitHub): Promise<DeploymentFact[]> {
  const all = await github.listDeployments({ sha: commit, environment: policy.environment });
  const ours = all.filter(({ payload }) => parseEvidence(payload) !== "foreign");
  return await Promise.all(
    ours.map(async (deployment) => {
      const statuses = (await github.listDeploymentStatuses(deployment.id)).toReversed();
      return { ...deployment, statuses, run: await readRun(deployment, github) };
    }),
  );
}

/** The run that the payload names, with the jobs of the attempt that it names. */
async function readRun({ payload }: Deployment, github: GitHub): Promise<RunFact | undefined> {
  const evidence = parseEvidence(payload);
  if (evidence === "foreign" || !("kind" in evidence)) return undefined;
  const run = await github.getRun(evidence.run_id);
  if (!run) return undefined;
  const jobs = await github.listJobs(run.id, evidence.run_attempt);
  return { ...run, jobs, referencedWorkflows: run.referencedWorkflows.map(({ path }) => path) };
}

/** The commit of the newest production deployment that succeeded, other than the candidate. */
async function lastRelease(request: VerifyRequest, github: GitHub): Promise<string | undefined> {
  const all = await github.listDeployments({ environment: request.productionEnvironment });
  for (const { id, sha } of all.filter((deployment) => deployment.sha !== request.commit)) {
    const statuses = await github.listDeploymentStatuses(id);
    if (statuses.some(({ state }) => state === "success")) return sha;
  }
  return undefined;
}

/** A base that the repository no longer has cannot be part of the candidate. */
async function compare(repository: Repository, base: string | undefined, commit: string): Promise<BaseFact> {
  if (base === undefined) return {};
  const known = await repository.resolve(base);
  return { sha: base, descends: known !== undefined && (await repository.isAncestor(known, commit)) };
}

async function readChanges(repository: Repository, base: string | undefined, commit: string, addons: string[]) {
  const range = [`--max-count=${MAX_CHANGES}`, "--end-of-options", `${base}..${commit}`];
  const { stdout } = await repository.git(["-c", "core.quotePath=false", "log", ...CHANGES_FORMAT, ...range]);
  return parseChanges(stdout, addons);
}
