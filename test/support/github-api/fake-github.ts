// The fake GitHub as tests see it.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createBare } from "../git.ts";
import type { Fault } from "./faults.ts";
import { installHooks } from "./push-rules.ts";
import { serve } from "./server.ts";
import type { Conclusion, PullRequest, Repository, State, WorkflowJob, WorkflowRun } from "./state.ts";
import { makeToken, type Token, type TokenRequest } from "./tokens.ts";

export interface FakeGitHub extends AsyncDisposable {
  /** GITHUB_SERVER_URL and GITHUB_API_URL. */
  url: string;
  state: State;
  createRepository(
    fullName: string,
    options?: { defaultBranch?: string; protectedBranches?: string[] },
  ): Promise<Repository>;
  repository(fullName: string): Repository;
  issueToken(request: TokenRequest): Token;
  /** Makes an environment with its required reviewers. */
  setEnvironment(fullName: string, name: string, reviewers?: string[]): void;
  startRun(
    fullName: string,
    run: Pick<WorkflowRun, "path" | "headSha" | "headBranch" | "event"> & Partial<WorkflowRun>,
  ): WorkflowRun;
  /** Ends the run and the jobs that it left. */
  finishRun(run: WorkflowRun, conclusion: Conclusion): void;
  /** Begins a job of the run's attempt. */
  startJob(run: WorkflowRun, name: string): WorkflowJob;
  finishJob(job: WorkflowJob, conclusion: Conclusion): void;
  openPull(fullName: string, pull: Pick<PullRequest, "head" | "base"> & Partial<PullRequest>): PullRequest;
  /** Spoils the next requests. */
  fail(fault: Fault): void;
  /** Throws when a request or an answer was against GitHub's description. */
  assertClean(): void;
  close(): Promise<void>;
}

/** Starts the fake on a free port of 127.0.0.1; its repositories live in a temporary folder or in `root`. */
export async function startFakeGitHub(options: { root?: string; now?: () => Date } = {}): Promise<FakeGitHub> {
  const scratch = await mkdtemp(join(tmpdir(), "fake-github-"));
  const state = emptyState(options.now ?? (() => new Date()));
  const served = {
    state,
    faults: [] as Fault[],
    root: options.root ?? join(scratch, "repositories"),
    hooks: await installHooks(scratch),
    scratch,
  };
  const server = createServer((request, response) => {
    serve(served, request, response).catch((error: Error) => {
      state.violations.push(`${request.method} ${request.url}: ${error.stack}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(scratch, { recursive: true, force: true });
  };
  return {
    url: state.origin,
    state,
    ...stateVerbs(state, served.root),
    ...judgement(state, served.faults),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function emptyState(now: () => Date): State {
  let lastId = 1000;
  return {
    origin: "",
    repositories: new Map(),
    tokens: new Map(),
    pushes: [],
    exchanges: [],
    violations: [],
    nextId: () => ++lastId,
    now: () =>
      now()
        .toISOString()
        .replace(/\.\d+Z$/, "Z"),
  };
}

function judgement(state: State, faults: Fault[]) {
  return {
    fail: (fault: Fault) => void faults.push({ ...fault }),
    assertClean: () => {
      if (state.violations.length === 0) return;
      throw new Error(`the fake GitHub saw what GitHub would not accept:\n${state.violations.join("\n")}`);
    },
  };
}

function stateVerbs(state: State, root: string) {
  const repository = (fullName: string): Repository => {
    const found = state.repositories.get(fullName);
    if (!found) throw new Error(`the fake GitHub has no repository ${fullName}`);
    return found;
  };
  const verbs: Omit<FakeGitHub, "url" | "state" | "fail" | "assertClean" | "close" | typeof Symbol.asyncDispose> = {
    repository,
    async createRepository(fullName, options = {}) {
      const [owner = "", name = ""] = fullName.split("/");
      const defaultBranch = options.defaultBranch ?? "production";
      const protectedBranches = options.protectedBranches ?? ["staging", "production"];
      const dir = await createBare(root, fullName, defaultBranch);
      const lists = { deployments: [], runs: [], pulls: [], environments: new Map() };
      const created: Repository = {
        id: state.nextId(),
        fullName,
        owner,
        name,
        dir,
        defaultBranch,
        protectedBranches,
        ...lists,
      };
      state.repositories.set(fullName, created);
      return created;
    },
    issueToken(request) {
      const token = makeToken(request);
      state.tokens.set(token.value, token);
      return token;
    },
    setEnvironment(fullName, name, reviewers = []) {
      repository(fullName).environments.set(name, { id: state.nextId(), name, reviewers, createdAt: state.now() });
    },
    startRun(fullName, run) {
      const times = { createdAt: state.now(), updatedAt: state.now() };
      const begun = { attempt: 1, status: "in_progress", conclusion: null } as const;
      const lists = { referencedWorkflows: [], jobs: [] };
      const started: WorkflowRun = { id: state.nextId(), ...begun, ...lists, ...times, ...run };
      repository(fullName).runs.push(started);
      return started;
    },
    startJob(run, name) {
      const begun = { status: "in_progress", conclusion: null, startedAt: state.now(), completedAt: null } as const;
      const started: WorkflowJob = { id: state.nextId(), attempt: run.attempt, name, ...begun };
      run.jobs.push(started);
      return started;
    },
    finishJob(job, conclusion) {
      Object.assign(job, { status: "completed", conclusion, completedAt: state.now() });
    },
    finishRun(run, conclusion) {
      for (const job of run.jobs.filter(({ status }) => status === "in_progress")) verbs.finishJob(job, conclusion);
      Object.assign(run, { status: "completed", conclusion, updatedAt: state.now() });
    },
    openPull(fullName, pull) {
      const opened: PullRequest = {
        number: state.nextId(),
        title: pull.head,
        state: "open",
        author: "dev",
        createdAt: state.now(),
        ...pull,
      };
      repository(fullName).pulls.push(opened);
      return opened;
    },
  };
  return verbs;
}
