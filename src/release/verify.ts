import { readPipelineFile } from "../environment/open.ts";
import type { PipelineFile } from "../environment/pipeline-file.ts";
import { environmentOf, resolveInstance } from "../environment/resolve.ts";
import { requireRole } from "../environment/roles.ts";
import { ExpectedError } from "../platform/errors.ts";
import { withTemporaryDirectory } from "../platform/files.ts";
import { Repository } from "../platform/git.ts";
import type { GitHub } from "../platform/github.ts";
import type { Deployment } from "../platform/github-shapes.ts";
import { CHANGES_FORMAT, type Change, parseChanges } from "./changes.ts";
import { parseEvidence } from "./evidence.ts";
import type { BaseFact, DeploymentFact, GatePolicy, RunFact } from "./facts.ts";
import { countingEvidence, judgeRelease, type Verdict } from "./gate.ts";
import type { ReleaseDeps } from "./record.ts";
import { changedRules } from "./rule-changes.ts";

/** Which commit is to be released, and what counts as proof beside the roles and branches of the pipeline file. */
export interface VerifyRequest {
  commit: string;
  /** The environment of the job that deploys: the candidate's file must give it the role production. */
  environment: string;
  pipelineFile: string;
  policy: Omit<GatePolicy, "environment" | "branch" | "requireMaskedCopy">;
}

/** The verdict with what reviewers want to know about the release. */
export interface Review {
  commit: string;
  base: BaseFact;
  verdict: Verdict;
  /** What the candidate changes of the rules that it is judged by. */
  ruleChanges: string[];
  /** Newest first, at most MAX_CHANGES; undefined when there is no base to compare with. */
  changes?: Change[] | undefined;
}

const OWN_RULES =
  "the pipeline file of what production serves cannot be read, so this release was judged by the rules that it brings";

/** More commits than this are not listed one by one. */
export const MAX_CHANGES = 500;

/** Gathers the facts about a commit from GitHub and git, and judges whether it may be released. */
export async function verifyRelease(request: VerifyRequest, deps: ReleaseDeps): Promise<Review> {
  const { commit, pipelineFile } = request;
  return await withTemporaryDirectory("odoo-pipeline-verify-", async (dir) => {
    const refs = [`${commit}:refs/pipeline/candidate`];
    const repository = await Repository.clone(deps.log, deps.git, { dir, filter: "blob:none", refs });
    const pipeline = await readPipelineFile(repository, commit, pipelineFile);
    // Else a candidate that renames it would hide what was released, and bring its own rules.
    requireRole(resolveInstance(pipeline, request.environment), "production");
    const baseSha = await lastRelease(commit, request.environment, deps.github);
    const base = await compare(repository, baseSha, commit);
    const rules = base.descends ? await rulesOf(repository, base.sha as string, pipelineFile) : undefined;
    const policy = policyOf(request, rules ?? pipeline);
    const deployments = await readDeployments(commit, policy, deps.github);
    const tree = (await repository.git(["log", "-1", "--format=%T", "--end-of-options", commit])).stdout.trim();
    const verdict = judgeRelease({ commit, tree, base, deployments }, policy);
    const changes = base.descends ? await readChanges(repository, base.sha, commit, pipeline.odoo.addons) : undefined;
    const ruleChanges = rules ? changedRules(rules, pipeline) : base.descends ? [OWN_RULES] : [];
    return { commit, base, verdict, ruleChanges, changes };
  });
}

/** The rules that production serves, which the candidate cannot write; undefined when they cannot be read. */
async function rulesOf(repository: Repository, base: string, file: string): Promise<PipelineFile | undefined> {
  try {
    return await readPipelineFile(repository, base, file);
  } catch (error) {
    // A release from before the pipeline file, or from before a change of its shape.
    if (error instanceof ExpectedError) return undefined;
    throw error;
  }
}

function policyOf({ policy }: VerifyRequest, rules: PipelineFile): GatePolicy {
  const environment = environmentOf(rules, "staging");
  return {
    ...policy,
    environment,
    branch: (rules.environments[environment] as { branch: string }).branch,
    requireMaskedCopy: rules.policies.require_masked_copy,
  };
}

/** Statuses and runs cost a request each: only the evidence that counts is asked for. */
async function readDeployments(commit: string, policy: GatePolicy, github: GitHub): Promise<DeploymentFact[]> {
  const all = await github.listDeployments({ sha: commit, environment: policy.environment });
  return await Promise.all(
    countingEvidence(all).map(async (deployment) => {
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

/** The commit of the newest production deployment that succeeded, other than the candidate: what was released and served. */
async function lastRelease(commit: string, environment: string, github: GitHub): Promise<string | undefined> {
  const all = await github.listDeployments({ environment });
  for (const { id, sha } of all.filter((deployment) => deployment.sha !== commit)) {
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
