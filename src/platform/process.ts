import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { CommandError } from "./command-error.ts";
import {
  type ChildHandle,
  type Exit,
  type RunOptions,
  type RunResult,
  type SpawnOptions,
  SupervisedRun,
  settledWithin,
} from "./supervised-run.ts";

export { CommandError } from "./command-error.ts";
export type { ChildHandle, RunOptions, RunResult, SpawnOptions } from "./supervised-run.ts";

// Within the 7.5 s that a runner leaves between SIGINT and SIGTERM.
const LADDER = [
  ["SIGINT", 4_000],
  ["SIGTERM", 2_000],
  ["SIGKILL", 5_000],
] as const;

const alive = new Set<number>();
process.on("exit", () => {
  for (const pid of alive) signalGroup(pid, "SIGKILL");
});

/** The environment that children get: `PATH HOME TMPDIR TZ` of ours, the locale C.UTF-8, and `extra`. */
export function childEnvironment(extra: Record<string, string> = {}): Record<string, string> {
  const kept = ["PATH", "HOME", "TMPDIR", "TZ"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), LANG: "C.UTF-8", LC_ALL: "C.UTF-8", ...extra };
}

/** Starts a child with pipes; throws `CommandError` when it cannot start. */
export function spawnChild(command: string, args: readonly string[], options: SpawnOptions = {}): ChildHandle {
  const child = spawn(command, args, { ...placeOf(options), stdio: "pipe", detached: true });
  const pid = pidOf(child, [command, ...args]);
  alive.add(pid);
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => {
      alive.delete(pid);
      resolve({ code, signal });
    });
  });
  child.stdin.on("error", () => {}); // a child may end without reading its input
  const { stdin, stdout, stderr } = child;
  return { pid, stdin, stdout, stderr, exited, stop: () => stopGroup(pid, exited) };
}

/** Starts a process in a session of its own that outlives us; its output is appended to `logFile` (mode 0600). */
export function startDetached(
  command: string,
  args: readonly string[],
  options: SpawnOptions & { logFile: string },
): { pid: number } {
  const log = openSync(options.logFile, "a", 0o600);
  try {
    const child = spawn(command, args, { ...placeOf(options), stdio: ["ignore", log, log], detached: true });
    const pid = pidOf(child, [command, ...args]);
    child.unref();
    return { pid };
  } finally {
    closeSync(log);
  }
}

/** Runs a command to its end; throws `CommandError` when it fails, takes too long, says too much or is aborted. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  options.signal?.throwIfAborted();
  const supervised = new SupervisedRun([command, ...args], spawnChild(command, args, options), options);
  try {
    return await supervised.result();
  } finally {
    supervised[Symbol.dispose]();
  }
}

function placeOf(options: SpawnOptions) {
  return { env: childEnvironment(options.env), ...(options.cwd === undefined ? {} : { cwd: options.cwd }) };
}

function pidOf(child: ChildProcess, argv: string[]): number {
  child.on("error", () => {});
  if (child.pid !== undefined) return child.pid;
  const what = "could not be started: no such program or working directory, or no permission to execute it";
  throw new CommandError({ argv, what });
}

function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false; // nobody is left in the group
  }
}

async function stopGroup(pid: number, exited: Promise<unknown>): Promise<void> {
  for (const [signal, graceMs] of LADDER) {
    if (!signalGroup(pid, signal)) return;
    if (await settledWithin(exited, graceMs)) break;
  }
  signalGroup(pid, "SIGKILL"); // grandchildren that outlived the child
}
