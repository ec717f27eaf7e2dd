import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import { explainGitHubError, type Permission } from "./github-errors.ts";
import type {
  Deployment,
  DeploymentStatus,
  NewDeployment,
  NewDeploymentStatus,
  RepositoryFacts,
  WorkflowJob,
  WorkflowRun,
} from "./github-shapes.ts";
import type { Log } from "./log.ts";

/** GitHub, for one repository; every failure is an `ExpectedError` that names the permission to add. */
export interface GitHub {
  getRepository(): Promise<RepositoryFacts>;
  /** The commit of a branch, or undefined when there is none. */
  getBranchSha(branch: string): Promise<string | undefined>;
  /** The run, or undefined when there is none. */
  getRun(id: number): Promise<WorkflowRun | undefined>;
  /** The jobs of one attempt of a run, all pages; none when there is no such attempt. */
  listJobs(runId: number, attempt: number): Promise<WorkflowJob[]>;
  createDeployment(deployment: NewDeployment): Promise<Deployment>;
  createDeploymentStatus(deploymentId: number, status: NewDeploymentStatus): Promise<void>;
  /** Newest first, all pages. */
  listDeployments(filter: { sha?: string; environment?: string; task?: string }): Promise<Deployment[]>;
  /** Newest first, all pages. */
  listDeploymentStatuses(deploymentId: number): Promise<DeploymentStatus[]>;
}

/** Which GitHub, as whom, for which repository ("owner/name"). */
export interface GitHubOptions {
  apiUrl: string;
  token: string;
  repository: string;
  log: Log;
}

const MAX_WAIT_SECONDS = 60;

/** A client that retries what is safe to repeat and waits for rate limits of up to a minute. */
export function connectGitHub(options: GitHubOptions): GitHub {
  const [owner = "", repo = ""] = options.repository.split("/");
  return new OctokitGitHub(createOctokit(options), { owner, repo });
}

function createOctokit({ apiUrl, token, log }: GitHubOptions): Octokit {
  const Client = Octokit.plugin(retry, throttling);
  const wait = (limit: string) => (seconds: number, _request: unknown, _octokit: unknown, tries: number) => {
    log.warning(`GitHub's ${limit} rate limit is reached; it asks to wait ${seconds} s.`);
    return tries < 2 && seconds <= MAX_WAIT_SECONDS;
  };
  return new Client({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ""),
    userAgent: "odoo-release-pipeline",
    request: { fetch: fetchWithTimeout, retries: 2 },
    throttle: { onRateLimit: wait("primary"), onSecondaryRateLimit: wait("secondary") },
    log: { debug: () => {}, info: () => {}, warn: (text) => log.debug(text), error: (text) => log.debug(text) },
  });
}

function fetchWithTimeout(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, signal: init.signal ?? AbortSignal.timeout(30_000) });
}

// What is not idempotent is sent once.
const ONCE = { request: { retries: 0 } };

class OctokitGitHub implements GitHub {
  readonly #octokit: Octokit;
  readonly #at: { owner: string; repo: string };

  constructor(octokit: Octokit, at: { owner: string; repo: string }) {
    this.#octokit = octokit;
    this.#at = at;
  }

  getRepository(): Promise<RepositoryFacts> {
    return this.#call("read the repository", { metadata: "read" }, async () => {
      const { data } = await this.#octokit.repos.get(this.#at);
      return { defaultBranch: data.default_branch, private: data.private, id: data.id };
    });
  }

  getBranchSha(branch: string): Promise<string | undefined> {
    return this.#call(`read branch ${branch}`, { contents: "read" }, () =>
      orUndefined(async () => {
        const { data } = await this.#octokit.git.getRef({ ...this.#at, ref: `heads/${branch}` });
        return data.object.sha;
      }),
    );
  }

  getRun(id: number): Promise<WorkflowRun | undefined> {
    return this.#call(`read workflow run ${id}`, { actions: "read" }, () =>
      orUndefined(async () => {
        const { data } = await this.#octokit.actions.getWorkflowRun({ ...this.#at, run_id: id });
        return {
          ...{ id: data.id, attempt: data.run_attempt ?? 1, path: data.path, event: data.event, url: data.html_url },
          ...{ headSha: data.head_sha, headBranch: data.head_branch, status: data.status, conclusion: data.conclusion },
          referencedWorkflows: (data.referenced_workflows ?? []).map(({ path, sha, ref }) => ({
            path,
            sha,
            ref: ref ?? null,
          })),
        };
      }),
    );
  }

  listJobs(runId: number, attempt: number): Promise<WorkflowJob[]> {
    return this.#call(`list the jobs of workflow run ${runId}`, { actions: "read" }, async () => {
      const request = { ...this.#at, run_id: runId, attempt_number: attempt, per_page: 100 };
      const { paginate, actions } = this.#octokit;
      const jobs = await orUndefined(() => paginate(actions.listJobsForWorkflowRunAttempt, request));
      return (jobs ?? []).map(({ id, name, conclusion }) => ({ id, name, conclusion }));
    });
  }

  createDeployment(deployment: NewDeployment): Promise<Deployment> {
    return this.#call("create a deployment", { deployments: "write" }, async () => {
      const { sha, environment, task, payload, description = "", production = false } = deployment;
      const { data } = await this.#octokit.repos.createDeployment({
        ...{ ...this.#at, ...ONCE, ref: sha, environment, task, payload, description },
        ...{ auto_merge: false, required_contexts: [], production_environment: production },
      });
      if (!("id" in data)) throw new Error(data.message ?? "GitHub made no deployment");
      return toDeployment(data);
    });
  }

  async createDeploymentStatus(deploymentId: number, status: NewDeploymentStatus): Promise<void> {
    await this.#call("set the status of a deployment", { deployments: "write" }, () =>
      this.#octokit.repos.createDeploymentStatus({
        ...{ ...this.#at, ...ONCE, deployment_id: deploymentId, state: status.state },
        description: (status.description ?? "").slice(0, 140),
        ...(status.logUrl ? { log_url: status.logUrl } : {}),
        ...(status.environmentUrl ? { environment_url: status.environmentUrl } : {}),
        auto_inactive: status.autoInactive ?? true,
      }),
    );
  }

  listDeployments(filter: { sha?: string; environment?: string; task?: string }): Promise<Deployment[]> {
    return this.#call("list deployments", { deployments: "read" }, async () => {
      const request = { ...this.#at, ...filter, per_page: 100 };
      return (await this.#octokit.paginate(this.#octokit.repos.listDeployments, request)).map(toDeployment);
    });
  }

  listDeploymentStatuses(deploymentId: number): Promise<DeploymentStatus[]> {
    return this.#call("list the statuses of a deployment", { deployments: "read" }, async () => {
      const request = { ...this.#at, deployment_id: deploymentId, per_page: 100 };
      const statuses = await this.#octokit.paginate(this.#octokit.repos.listDeploymentStatuses, request);
      return statuses.map((status) => ({
        ...{ state: status.state, description: status.description, createdAt: status.created_at },
        ...{ creator: status.creator?.login ?? null, app: status.performed_via_github_app?.slug ?? null },
        logUrl: status.log_url || null,
      }));
    });
  }

  async #call<T>(what: string, permission: Permission, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw explainGitHubError(error, { what, permission, repository: `${this.#at.owner}/${this.#at.repo}` });
    }
  }
}

async function orUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if ((error as { status?: number }).status === 404) return undefined;
    throw error;
  }
}

type ApiDeployment = Awaited<ReturnType<Octokit["repos"]["listDeployments"]>>["data"][number];

function toDeployment(data: ApiDeployment): Deployment {
  const { id, sha, ref, task, environment } = data;
  const app = data.performed_via_github_app?.slug ?? null;
  const facts = { creator: data.creator?.login ?? null, app, createdAt: data.created_at };
  return { id, sha, ref, task, environment, payload: parsePayload(data.payload), ...facts };
}

// GitHub gives a payload back as text when it was sent as text.
function parsePayload(payload: unknown): unknown {
  if (typeof payload !== "string") return payload;
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
