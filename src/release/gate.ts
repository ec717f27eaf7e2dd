import { type Evidence, parseEvidence } from "./evidence.ts";
import type { DeploymentFact, GateFacts, GatePolicy, RunFact } from "./facts.ts";

/** Result of one check; what could not be measured is never shown as passed. */
export type Outcome = "passed" | "failed" | "not measured";

/** One question of the gate with its answer, and for what refuses how to get the missing proof. */
export interface Check {
  name: string;
  outcome: Outcome;
  found: string;
  cure?: string;
}

/** The gate's answer about a commit. */
export interface Verdict {
  passed: boolean;
  checks: Check[];
  evidence?: Evidence;
  run?: RunFact;
}

const EVENTS = ["push", "workflow_dispatch"];

/**
 * The evidence that counts: all of the newest attempt of the newest run, newest deployment first. What is written later
 * about an earlier attempt cannot hide how a later one ended; what cannot be read comes first, so that it is judged.
 */
export function countingEvidence<T extends Pick<DeploymentFact, "id" | "payload">>(deployments: readonly T[]): T[] {
  const ranked = deployments.flatMap((deployment) => {
    const evidence = parseEvidence(deployment.payload);
    if (evidence === "foreign") return [];
    const last = Number.MAX_SAFE_INTEGER;
    const [run, attempt] = isEvidence(evidence) ? [evidence.run_id, evidence.run_attempt] : [last, last];
    return [{ deployment, run, attempt }];
  });
  const [first] = ranked.toSorted((a, b) => b.run - a.run || b.attempt - a.attempt);
  return ranked
    .filter(({ run, attempt }) => run === first?.run && attempt === first.attempt)
    .map(({ deployment }) => deployment)
    .toSorted((a, b) => b.id - a.id);
}

/** Decides whether exactly this commit is proven on staging; only the newest run's evidence counts, so a later failure voids. */
export function judgeRelease(facts: GateFacts, policy: GatePolicy): Verdict {
  const counting = countingEvidence(facts.deployments);
  const [newest] = counting;
  const ancestry = checkAncestry(facts);
  if (!newest) return { passed: false, checks: [noEvidence(facts, policy), ancestry] };

  const evidence = parseEvidence(newest.payload);
  const checks = [
    checkEvidence(newest, evidence, facts, policy),
    checkStatuses(counting, policy),
    ...checkRun(newest.run, evidence, facts, policy),
    ancestry,
  ];
  const required = checks.filter((check) => check !== ancestry || check.outcome !== "not measured");
  const passed = required.every((check) => check.outcome === "passed");
  const proof = isEvidence(evidence) ? { evidence } : {};
  return { passed, checks, ...proof, ...(newest.run ? { run: newest.run } : {}) };
}

function isEvidence(value: ReturnType<typeof parseEvidence>): value is Evidence {
  return value !== "foreign" && "kind" in value;
}

const NAMES = {
  evidence: "Evidence of this very commit",
  statuses: "Staging deployment succeeded",
  run: "Written by the staging workflow",
  jobs: "The job that proved it succeeded",
  pipeline: "By this pipeline's workflow",
  ancestry: "Descends from production",
};

function runAgain({ branch }: GatePolicy): string {
  return `Push the commit to ${branch} (or run its staging workflow again) and release when its deployment is green.`;
}

function check(name: string, problem: string | undefined, good: string, cure: string): Check {
  return problem === undefined
    ? { name, outcome: "passed", found: good }
    : { name, outcome: "failed", found: problem, cure };
}

function noEvidence({ commit }: GateFacts, policy: GatePolicy): Check {
  const found = `${commit.slice(0, 12)} was never deployed to ${policy.environment} by this pipeline`;
  return { name: NAMES.evidence, outcome: "failed", found, cure: runAgain(policy) };
}

function checkEvidence(
  deployment: DeploymentFact,
  evidence: ReturnType<typeof parseEvidence>,
  { commit, tree }: GateFacts,
  policy: GatePolicy,
): Check {
  const problem = () => {
    if (deployment.sha !== commit) return `deployment ${deployment.id} is of commit ${deployment.sha.slice(0, 12)}`;
    if (deployment.environment !== policy.environment) {
      return `deployment ${deployment.id} is of environment "${deployment.environment}", not "${policy.environment}"`;
    }
    if (deployment.creator !== policy.author) return `deployment ${deployment.id} was created by ${deployment.creator}`;
    if (!isEvidence(evidence))
      return `deployment ${deployment.id} is no evidence: ${evidence === "foreign" ? "foreign payload" : evidence.problem}`;
    if (evidence.commit !== commit) return `the payload speaks of commit ${evidence.commit.slice(0, 12)}`;
    if (evidence.copy === null && policy.requireMaskedCopy) {
      return "staging kept its own database: it was not proven on a masked copy of production";
    }
    if (evidence.copy && evidence.copy.clean !== true) {
      return "it was proven on a copy of the database that is not said to be masked and clean";
    }
    if (evidence.tree !== tree)
      return `the payload speaks of tree ${evidence.tree.slice(0, 12)}, the commit has ${tree.slice(0, 12)}`;
    return undefined;
  };
  return check(NAMES.evidence, problem(), `deployment ${deployment.id}`, runAgain(policy));
}

/** `inactive` after `success` only says that a newer commit is on staging now. */
function checkStatuses(counting: readonly DeploymentFact[], policy: GatePolicy): Check {
  const statuses = counting.toReversed().flatMap((deployment) => deployment.statuses);
  const foreign = statuses.find(({ state, creator }) => state !== "inactive" && creator !== policy.author);
  const verdicts = statuses
    .map(({ state }) => state)
    .filter((state) => ["success", "failure", "error"].includes(state));
  const lastState = statuses.findLast(({ state }) => state !== "inactive")?.state;
  const problem = () => {
    if (foreign) return `a status "${foreign.state}" was written by ${foreign.creator}`;
    if (verdicts.some((state) => state !== "success")) return `its history is ${verdicts.join(", then ")}`;
    if (lastState !== "success") return `its newest state is ${lastState ?? "none"}`;
    return undefined;
  };
  return check(NAMES.statuses, problem(), "success", runAgain(policy));
}

function checkRun(
  run: RunFact | undefined,
  evidence: ReturnType<typeof parseEvidence>,
  { commit }: GateFacts,
  policy: GatePolicy,
): Check[] {
  if (!run || !isEvidence(evidence)) {
    const found = isEvidence(evidence) ? `${policy.repository} has no run ${evidence.run_id}` : "no run is named";
    return [{ name: NAMES.run, outcome: "failed", found, cure: runAgain(policy) }];
  }
  const foreign = () => {
    if (run.path !== policy.callerWorkflow)
      return `run ${run.id} is of workflow ${run.path}, not ${policy.callerWorkflow}`;
    if (run.headBranch !== policy.branch) return `run ${run.id} is of branch ${run.headBranch}, not ${policy.branch}`;
    if (run.headSha !== commit) return `run ${run.id} is of commit ${run.headSha.slice(0, 12)}`;
    if (!EVENTS.includes(run.event)) return `run ${run.id} was started by ${run.event}`;
    if (evidence.run_attempt > run.attempt) return `run ${run.id} has no attempt ${evidence.run_attempt}`;
    return undefined;
  };
  return [
    check(
      NAMES.run,
      foreign(),
      `run ${run.id}, attempt ${evidence.run_attempt}, of ${run.path} on ${run.headBranch}`,
      runAgain(policy),
    ),
    checkJobs(run, evidence.run_attempt, policy),
    checkPipeline(run, policy),
  ];
}

/**
 * Only what deployed counts, with the check before it: the rebase of dev that follows may fail without unproving the
 * commit. The names are ours, never the payload's, and of several jobs of one name all must have succeeded.
 */
function checkJobs({ id, jobs }: RunFact, attempt: number, policy: GatePolicy): Check {
  const deploys = jobs.map(({ name }) => name).filter((name) => name === "deploy" || name.endsWith(" / deploy"));
  const names = [...new Set(deploys.length > 0 ? deploys : ["deploy"])];
  const required = names.flatMap((name) => [name.replace(/deploy$/, "check"), name]);
  const proving = jobs.filter(({ name }) => required.includes(name));
  const where = `of run ${id}, attempt ${attempt}`;

  const failed = proving.find(({ conclusion }) => conclusion !== null && conclusion !== "success");
  const running = proving.find(({ conclusion }) => conclusion === null);
  // A re-run of failed jobs may leave out the check that passed before; without it GitHub starts no deploy.
  const missing = (attempt === 1 ? required : names).findLast((name) => !jobs.some((job) => job.name === name));
  const unmeasured = { name: NAMES.jobs, outcome: "not measured" } as const;
  if (!failed && missing) {
    return { ...unmeasured, found: `GitHub shows no job "${missing}" ${where}`, cure: runAgain(policy) };
  }
  if (!failed && running) {
    const cure = `Wait until run ${id} has ended, and release again.`;
    return { ...unmeasured, found: `job "${running.name}" ${where} is still going on`, cure };
  }
  const problem = failed && `job "${failed.name}" ${where} ended with ${failed.conclusion}`;
  const good = `jobs ${required.map((name) => `"${name}"`).join(", ")} ${where} succeeded`;
  return check(NAMES.jobs, problem, good, runAgain(policy));
}

function checkPipeline({ id, referencedWorkflows }: RunFact, policy: GatePolicy): Check {
  const ours = referencedWorkflows.find((path) => path.split("@")[0] === policy.pipelineWorkflow);
  const problem = ours ? undefined : `run ${id} did not call ${policy.pipelineWorkflow}`;
  const cure = `Make ${policy.callerWorkflow} call ${policy.pipelineWorkflow}, as the template does. ${runAgain(policy)}`;
  return check(NAMES.pipeline, problem, ours ?? "", cure);
}

function checkAncestry({ commit, base }: GateFacts): Check {
  const name = NAMES.ancestry;
  if (base.sha === undefined || base.descends === undefined) {
    return { name, outcome: "not measured", found: "no earlier release is known" };
  }
  const from = base.sha.slice(0, 12);
  if (base.descends) return { name, outcome: "passed", found: `from ${from}` };
  return {
    name,
    outcome: "failed",
    found: `${commit.slice(0, 12)} does not contain ${from}, which production serves`,
    cure: `Bring ${from} into staging first, so that the release loses nothing; or make a revert a commit of its own.`,
  };
}
