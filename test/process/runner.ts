// Runs a committed file of dist as GitHub's runner does: a child with INPUT_* variables and command files, nothing else.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const dist = join(import.meta.dirname, "../../dist");

/** What a run of an action gets. */
export interface ActionRun {
  action: string;
  inputs?: Record<string, string>;
  event?: { name: string; payload: Record<string, unknown> };
  env?: Record<string, string>;
  /** Called with the running process, to signal it. */
  started?: (pid: number) => void;
}

/** What a run of an action left. */
export interface ActionOutcome {
  exitCode: number | null;
  /** Standard output and standard error as the runner reads them, before it masks anything. */
  output: string;
  summary: string;
  outputs: Record<string, string>;
  milliseconds: number;
  /** Every file below the runner's folders that the action left, by path. */
  files: Record<string, string>;
}

/** Runs dist/<action>.js to its end. */
export async function runAction(run: ActionRun): Promise<ActionOutcome> {
  const home = mkdtempSync(join(tmpdir(), "runner-"));
  try {
    const started = Date.now();
    const { exitCode, output } = await execute(run, home);
    const milliseconds = Date.now() - started;
    const summary = readFileSync(join(home, "summary"), "utf8");
    const outputs = parseOutputs(readFileSync(join(home, "output"), "utf8"));
    return { exitCode, output, summary, outputs, milliseconds, files: leftFiles(home) };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function execute(run: ActionRun, home: string): Promise<{ exitCode: number | null; output: string }> {
  for (const file of ["output", "summary", "state", "env", "path"]) writeFileSync(join(home, file), "");
  writeFileSync(join(home, "event.json"), JSON.stringify(run.event?.payload ?? {}));
  const child = spawn(process.execPath, [join(dist, `${run.action}.js`)], { env: environment(run, home), cwd: home });
  if (child.pid !== undefined) run.started?.(child.pid);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  return new Promise((resolve) => child.on("close", (exitCode) => resolve({ exitCode, output })));
}

function environment(run: ActionRun, home: string): Record<string, string> {
  const inputs = Object.entries(run.inputs ?? {}).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  return {
    PATH: process.env.PATH ?? "",
    HOME: home,
    GITHUB_OUTPUT: join(home, "output"),
    GITHUB_STEP_SUMMARY: join(home, "summary"),
    GITHUB_STATE: join(home, "state"),
    GITHUB_ENV: join(home, "env"),
    GITHUB_PATH: join(home, "path"),
    GITHUB_EVENT_NAME: run.event?.name ?? "push",
    GITHUB_EVENT_PATH: join(home, "event.json"),
    GITHUB_REPOSITORY: "acme/library",
    GITHUB_SHA: "0".repeat(40),
    GITHUB_REF: "refs/heads/staging",
    GITHUB_REF_NAME: "staging",
    GITHUB_RUN_ID: "7",
    GITHUB_RUN_ATTEMPT: "1",
    GITHUB_WORKFLOW: "Staging",
    GITHUB_ACTOR: "dev",
    GITHUB_SERVER_URL: "http://127.0.0.1:9",
    GITHUB_API_URL: "http://127.0.0.1:9",
    GITHUB_WORKSPACE: home,
    RUNNER_TEMP: home,
    RUNNER_DEBUG: "1",
    ...Object.fromEntries(inputs),
    ...run.env,
  };
}

/** The file that core.setOutput writes: `name<<delimiter`, lines, delimiter. */
function parseOutputs(text: string): Record<string, string> {
  const entry = /^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm;
  return Object.fromEntries([...text.matchAll(entry)].map(([, name = "", , value = ""]) => [name, value]));
}

function leftFiles(home: string): Record<string, string> {
  const paths = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    paths.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(home.length + 1), readFileSync(path, "latin1")];
    }),
  );
}
