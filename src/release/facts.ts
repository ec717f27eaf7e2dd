/** A status of a deployment, oldest first in its list. */
export interface StatusFact {
  state: string;
  creator: string | null;
}

/** A job as GitHub names it: `<job of the caller> / <job>` in a reusable workflow; no conclusion until it has ended. */
export interface JobFact {
  name: string;
  conclusion: string | null;
}

/** What GitHub says about the workflow run that a piece of evidence names. */
export interface RunFact {
  id: number;
  attempt: number;
  /** The caller's workflow file, such as `.github/workflows/staging.yml`. */
  path: string;
  headSha: string;
  headBranch: string | null;
  event: string;
  /** Reusable workflows it called: `owner/name/.github/workflows/x.yml@ref`. */
  referencedWorkflows: string[];
  /** Jobs of the attempt that the evidence names. */
  jobs: JobFact[];
  url: string;
}

/** A deployment of the commit, with the run that its payload names; undefined when GitHub knows no such run here. */
export interface DeploymentFact {
  id: number;
  sha: string;
  environment: string;
  creator: string | null;
  payload: unknown;
  statuses: StatusFact[];
  run?: RunFact | undefined;
}

/** Where production stands: `descends` is undefined when there is no earlier release to compare with. */
export interface BaseFact {
  sha?: string | undefined;
  descends?: boolean | undefined;
}

/** Everything the gate looks at. */
export interface GateFacts {
  commit: string;
  tree: string;
  base: BaseFact;
  deployments: DeploymentFact[];
}

/** What the gate accepts as proof. */
export interface GatePolicy {
  /** `owner/name` of the team's repository. */
  repository: string;
  environment: string;
  branch: string;
  /** The team's workflow that calls ours. */
  callerWorkflow: string;
  /** Our reusable workflow without its ref: `owner/name/.github/workflows/staging.yml`. */
  pipelineWorkflow: string;
  /** Whether a release must have run on a masked copy of production (`policies.require_masked_copy`). */
  requireMaskedCopy: boolean;
  /** Login that writes evidence, `github-actions[bot]` for GITHUB_TOKEN. */
  author: string;
}
