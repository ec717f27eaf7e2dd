// Runs one workflow of a consumer repository for real, by act, against the fake GitHub.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { requireTool } from "../../workbench/tools.ts";
import { git } from "../git.ts";
import type { FakeGitHub } from "../github-api/fake-github.ts";
import type { WorkflowRun } from "../github-api/state.ts";
import { type WorkflowLog, WorkflowLogReader } from "./act-log.ts";
import { cancelRun } from "./cancel.ts";
import { type JobWatcher, recordJobs } from "./jobs.ts";
import { downLevelRef, type StagedProduct } from "./product.ts";
import { fileAt, grantedPermissions, jobNames, referencedWorkflows } from "./workflows.ts";

export interface WorkflowRequest {
  fake: FakeGitHub;
  product: StagedProduct;
  /** Consumer repository, `owner/name`. */
  repository: string;
  branch: string;
  sha: string;
  /** Path of the workflow file in that commit. */
  workflow: string;
  event?: string;
  /** Fields of the event beside those that every event has. */
  payload?: Record<string, unknown>;
  secrets?: Record<string, string>;
  vars?: Record<string, string>;
  /** Further variables of the runner's environment. */
  env?: Record<string, string>;
  actor?: string;
  /** Called for every line that a step prints. */
  onLine?: (line: { job: string; step: string; text: string }) => void;
  /** Cancels the run as a person does: act interrupts its steps. */
  signal?: AbortSignal;
}

export interface WorkflowResult extends WorkflowLog {
  workflow: string;
  run: WorkflowRun;
  exitCode: number;
  seconds: number;
}

/** Runs the workflow to its end; a failed run is a result, not an error. */
export async function runWorkflow(request: WorkflowRequest): Promise<WorkflowResult> {
  const { fake, repository, sha, workflow, product } = request;
  const started = Date.now();
  const text = await fileAt(fake.repository(repository).dir, sha, workflow);
  const run = fake.startRun(repository, {
    path: workflow,
    headSha: sha,
    headBranch: request.branch,
    event: request.event ?? "push",
    referencedWorkflows: referencedWorkflows(text, product),
  });
  const permissions = grantedPermissions(text);
  const token = fake.issueToken({ kind: "workflow", repositories: [repository], permissions });
  const home = await mkdtemp(join(tmpdir(), "act-"));
  try {
    const args = await prepare(request, run, home, token.value);
    const watcher = recordJobs(fake, run, jobNames(text, product));
    const { exitCode, log } = await runAct(args, home, request, watcher);
    const cancelled = request.signal?.aborted === true;
    fake.finishRun(run, cancelled ? "cancelled" : exitCode === 0 ? "success" : "failure");
    return { ...log, workflow, run, exitCode, seconds: (Date.now() - started) / 1000 };
  } finally {
    fake.state.tokens.delete(token.value);
    await rm(home, { recursive: true, force: true });
  }
}

/** Fills `home` with the work tree and act's input files, and returns act's arguments. */
async function prepare(request: WorkflowRequest, run: WorkflowRun, home: string, token: string): Promise<string[]> {
  const { dir, defaultBranch } = request.fake.repository(request.repository);
  const worktree = join(home, "work");
  await git(home, ["clone", "--quiet", "--no-checkout", dir, worktree]);
  await git(worktree, ["checkout", "--quiet", "-B", request.branch, request.sha]);
  const files = {
    secrets: { GITHUB_TOKEN: token, ...request.secrets },
    vars: request.vars ?? {},
    env: runnerVariables(request, run),
    event: { ...commonPayload(request), ...request.payload },
  };
  await mkdir(join(home, ".config/act"), { recursive: true });
  await writeFile(join(home, ".config/act/actrc"), "");
  // act reads YAML, and JSON is YAML: no quoting of its own for secrets of many lines.
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(home, `${name}.yml`), JSON.stringify(content), { mode: 0o600 });
  }
  const { slug, dir: product } = request.product;
  const mappings = ["v1", downLevelRef].flatMap((ref) => ["--local-repository", `${slug}@${ref}=${product}`]);
  const inputs = ["--secret-file", "secrets", "--var-file", "vars", "--env-file", "env", "--eventpath", "event"];
  const paths = inputs.map((input) => (input.startsWith("--") ? input : join(home, `${input}.yml`)));
  const host = [
    "--platform",
    "ubuntu-24.04=-self-hosted",
    "--action-offline-mode",
    "--no-cache-server",
    "--rm",
    "--json",
  ];
  const who = ["--actor", request.actor ?? "dev", "--defaultbranch", defaultBranch];
  return [request.event ?? "push", "--workflows", request.workflow, ...paths, ...mappings, ...who, ...host];
}

function runnerVariables(request: WorkflowRequest, run: WorkflowRun): Record<string, string> {
  const { fake, repository, branch, sha, workflow, actor = "dev" } = request;
  const ref = `refs/heads/${branch}`;
  return {
    GITHUB_API_URL: fake.url,
    GITHUB_SERVER_URL: fake.url,
    GITHUB_GRAPHQL_URL: `${fake.url}/graphql`,
    GITHUB_REPOSITORY: repository,
    GITHUB_REPOSITORY_ID: String(fake.repository(repository).id),
    GITHUB_REF: ref,
    GITHUB_REF_PROTECTED: String(fake.repository(repository).protectedBranches.includes(branch)),
    GITHUB_RUN_ID: String(run.id),
    GITHUB_RUN_NUMBER: String(run.id),
    GITHUB_RUN_ATTEMPT: String(run.attempt),
    GITHUB_TRIGGERING_ACTOR: actor,
    GITHUB_WORKFLOW_REF: `${repository}/${workflow}@${ref}`,
    GITHUB_WORKFLOW_SHA: sha,
    SHA_REF: sha,
    ...request.env,
  };
}

function commonPayload({ fake, repository, branch, sha, actor = "dev" }: WorkflowRequest): Record<string, unknown> {
  const { owner, name, id, defaultBranch } = fake.repository(repository);
  return {
    ref: `refs/heads/${branch}`,
    after: sha,
    repository: {
      id,
      name,
      full_name: repository,
      private: true,
      default_branch: defaultBranch,
      owner: { login: owner },
    },
    sender: { login: actor },
    pusher: { name: actor },
  };
}

/** Starts act in its own process group and an empty environment; resolves when it has ended. */
async function runAct(args: string[], home: string, request: WorkflowRequest, watcher: JobWatcher) {
  const act = await requireTool("act");
  const node = dirname(await realpath(process.execPath));
  const env = { PATH: `${node}:/usr/local/bin:/usr/bin:/bin`, HOME: home, LANG: "C.UTF-8", TMPDIR: tmpdir() };
  const child = spawn(act, args, { cwd: join(home, "work"), env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const reader = new WorkflowLogReader(watcher);
  let complaints = "";
  child.stderr.on("data", (chunk: Buffer) => {
    complaints += chunk.toString("utf8");
  });
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const printed = reader.read(line);
    if (printed) request.onLine?.(printed);
  });
  const exitCode = await ended(child, request.signal);
  if (Object.keys(reader.result.jobs).length === 0 && exitCode !== 0 && !request.signal?.aborted) {
    throw new Error(`act ran no job of ${request.workflow}: ${complaints.trim()}`);
  }
  return { exitCode, log: reader.result };
}

/** Waits for the end of act; an abort cancels the run first. */
function ended(child: ChildProcess, signal?: AbortSignal): Promise<number> {
  const cancel = () => void cancelRun(child);
  signal?.addEventListener("abort", cancel, { once: true });
  if (signal?.aborted) cancel();
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      signal?.removeEventListener("abort", cancel);
      resolve(code ?? 130);
    });
  });
}
