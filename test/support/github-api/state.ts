// What the fake remembers beside the bare repositories.
import type { Token } from "./tokens.ts";

export interface Repository {
  id: number;
  fullName: string;
  owner: string;
  name: string;
  /** Folder of the bare repository. */
  dir: string;
  defaultBranch: string;
  /** Branches that refuse non-fast-forward pushes and deletion. */
  protectedBranches: string[];
  environments: Map<string, Environment>;
  deployments: Deployment[];
  runs: WorkflowRun[];
  pulls: PullRequest[];
}

export interface Environment {
  id: number;
  name: string;
  reviewers: string[];
  createdAt: string;
}

export interface Deployment {
  id: number;
  sha: string;
  ref: string;
  task: string;
  environment: string;
  payload: Record<string, unknown> | string;
  description: string | null;
  transient: boolean;
  production: boolean;
  creator: Token;
  createdAt: string;
  statuses: DeploymentStatus[];
}

export type DeploymentState = "error" | "failure" | "inactive" | "in_progress" | "queued" | "pending" | "success";

export interface DeploymentStatus {
  id: number;
  state: DeploymentState;
  description: string;
  environment: string;
  logUrl: string;
  environmentUrl: string;
  creator: Token;
  createdAt: string;
}

export type Conclusion = "success" | "failure" | "cancelled";

export interface WorkflowRun {
  id: number;
  attempt: number;
  /** `.github/workflows/staging.yml` of the caller. */
  path: string;
  headSha: string;
  headBranch: string;
  event: string;
  status: "queued" | "in_progress" | "completed";
  conclusion: Conclusion | null;
  /** `owner/name/.github/workflows/x.yml@ref` with its commit. */
  referencedWorkflows: { path: string; sha: string; ref?: string }[];
  /** Of all attempts. */
  jobs: WorkflowJob[];
  createdAt: string;
  updatedAt: string;
}

export interface WorkflowJob {
  id: number;
  attempt: number;
  /** `<job>`, or `<job of the caller> / <job>` in a reusable workflow. */
  name: string;
  status: "in_progress" | "completed";
  conclusion: Conclusion | null;
  startedAt: string;
  completedAt: string | null;
}

export interface PullRequest {
  number: number;
  title: string;
  head: string;
  base: string;
  state: "open" | "closed";
  author: string;
  createdAt: string;
}

/** One ref that a push moved. */
export interface Push {
  repository: string;
  ref: string;
  before: string;
  after: string;
  pusher: string;
  /** False for pushes by GITHUB_TOKEN, which start no workflow. */
  triggersWorkflows: boolean;
}

/** One request to the API with what was answered. */
export interface Exchange {
  method: string;
  path: string;
  query: Record<string, unknown>;
  body: unknown;
  operation: string | undefined;
  login: string | undefined;
  status: number;
}

export interface State {
  /** Base of every URL in answers. */
  origin: string;
  repositories: Map<string, Repository>;
  tokens: Map<string, Token>;
  pushes: Push[];
  exchanges: Exchange[];
  /** What a test must not see: unknown requests, and requests or answers against the description. */
  violations: string[];
  nextId(): number;
  now(): string;
}
