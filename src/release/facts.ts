/** A status of a deployment, oldest first in its list. */
export interface StatusFact {
  state: string;
  creator: string;
}

/** What GitHub says about the workflow run that a piece of evidence names. */
export interface RunFact {
  id: number;
  attempt: number;
  /** The caller's workflow file, such as `.github/workflows/staging.yml`. */
  path: string;
  /** `owner/name` of the repository whose code ran. */
  headRepository: string;
  headSha: string;
  headBranch: string;
  event: string;
  /** Reusable workflows it called: `owner/name/.github/workflows/x.yml@ref`. */
  referencedWorkflows: string[];
  /** Conclusion of the attempt that the evidence names: null while it goes on. */
  conclusion: string | null;
  /** Jobs of the attempt that the evidence names; only needed when the run did not succeed as a whole. */
  jobs: { name: string; conclusion: string | null }[];
}

/** A deployment of the commit, with the run that its payload names; undefined when GitHub knows no such run here. */
export interface DeploymentFact {
  id: number;
  sha: string;
  environment: string;
  creator: string;
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
  /** Job of our workflow that deploys and records. */
  job: string;
  /** Login that writes evidence, `github-actions[bot]` for GITHUB_TOKEN. */
  author: string;
}
