/** What is known of the repository itself. */
export interface RepositoryFacts {
  defaultBranch: string;
  private: boolean;
  /** The id never changes, the name may. */
  id: number;
}

/** One run of a workflow. */
export interface WorkflowRun {
  id: number;
  attempt: number;
  /** File of the workflow, such as `.github/workflows/staging.yml`. */
  path: string;
  event: string;
  headSha: string;
  headBranch: string | null;
  /** `queued`, `in_progress`, `completed`, ... */
  status: string | null;
  /** `success`, `failure`, `cancelled`, ...; null while it runs. */
  conclusion: string | null;
  url: string;
  referencedWorkflows: { path: string; sha: string; ref: string | null }[];
}

/** One job of one attempt of a run; a job that was never queued is not listed. */
export interface WorkflowJob {
  id: number;
  /** `<job>`, or `<job of the caller> / <job>` in a reusable workflow. */
  name: string;
  /** `success`, `failure`, `cancelled`, `skipped`, ...; null until it has ended. */
  conclusion: string | null;
}

/** A deployment; `payload` is whatever its creator left. */
export interface Deployment {
  id: number;
  sha: string;
  ref: string;
  task: string;
  environment: string;
  payload: unknown;
  creator: string | null;
  /** Slug of the GitHub App that made it (`github-actions` for GITHUB_TOKEN), if one did. */
  app: string | null;
  createdAt: string;
}

/** A status of a deployment. */
export interface DeploymentStatus {
  state: string;
  description: string;
  creator: string | null;
  app: string | null;
  createdAt: string;
  logUrl: string | null;
}

/** What a new deployment is made of; nothing is merged and no status check is required. */
export interface NewDeployment {
  sha: string;
  environment: string;
  task: string;
  payload: Record<string, unknown>;
  description?: string;
  production?: boolean;
}

/** What a new status says. */
export interface NewDeploymentStatus {
  state: "error" | "failure" | "inactive" | "in_progress" | "queued" | "pending" | "success";
  description?: string;
  logUrl?: string;
  environmentUrl?: string;
  /** Default true: an earlier successful deployment of the environment becomes inactive. */
  autoInactive?: boolean;
}
