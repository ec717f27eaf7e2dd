// Cancels a run as GitHub's runner does; act alone would kill the step at once.
import type { ChildProcess } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** What the runner sends to the process of the step, and how long it waits for its end each time. */
const ladder: [NodeJS.Signals, number][] = [
  ["SIGINT", 7500],
  ["SIGTERM", 2500],
];

/** Time for steps that always run. */
const graceMs = 60_000;

/** Interrupts the running step step by step, then act, which runs what is always to run and ends. */
export async function cancelRun(act: ChildProcess): Promise<void> {
  const steps = await childrenOf(act.pid ?? 0);
  for (const [signal, patience] of ladder) {
    const left = steps.filter(isAlive);
    for (const pid of left) sendSignal(pid, signal);
    const deadline = Date.now() + patience;
    while (left.some(isAlive) && Date.now() < deadline) await sleep(50);
  }
  act.kill("SIGINT");
  await Promise.race([new Promise((resolve) => act.once("close", resolve)), sleep(graceMs, undefined, { ref: false })]);
  if (act.exitCode === null && act.pid) sendSignal(-act.pid, "SIGKILL");
}

/** A child hangs below the thread that started it, and act has many. */
async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => ""));
  return (await Promise.all(lists)).flatMap((text) => text.split(" ").filter(Boolean)).map(Number);
}

function isAlive(pid: number): boolean {
  return sendSignal(pid, 0);
}

function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
