import { copyFile, open, readdir, readFile, readlink, symlink } from "node:fs/promises";
import { join } from "node:path";
import { waitUntilHealthy } from "../../src/platform/http.ts";
import { run } from "../../src/platform/process.ts";
import type { WorkbenchInstance } from "./instances.ts";
import type { OdooInstallation } from "./odoo.ts";

const healthTimeoutMs = 90_000;
const stopGraceMs = 15_000;

/** Lays out what the service script needs; returns what lets go of the pipe that the instances live by. */
export async function prepareServices(dir: string, odoo: OdooInstallation): Promise<() => Promise<void>> {
  await copyFile(join(import.meta.dirname, "instance.sh"), join(dir, "instance"));
  await symlink(odoo.command, join(dir, "odoo-bin"));
  await run("mkfifo", ["--mode=600", "--", join(dir, "alive")]);
  const alive = await open(join(dir, "alive"), "r+");
  return () => alive.close();
}

/** Starts an instance by its service command and waits until it answers. */
export async function startInstance(instance: WorkbenchInstance): Promise<void> {
  const [command = "", ...args] = instance.service.command;
  await run(command, [...args, "start"]);
  const health = await waitUntilHealthy(`${instance.url}/web/health`, { timeoutMs: healthTimeoutMs });
  if (!health.healthy) throw new Error(`${instance.name} does not answer: ${health.last}; see ${instance.log}`);
}

/** Stops an instance by its service command, if it runs. */
export async function stopInstance(dir: string, name: string): Promise<void> {
  await run(join(dir, "instance"), [name, "stop"]);
}

/** Ends every process that works in one of the folders or is told a path in it: drivers of deployments, their children. */
export async function endProcesses(folders: readonly string[]): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const deadline = Date.now() + stopGraceMs;
    let processes = await processesOf(folders);
    for (const pid of processes) tryKill(pid, signal);
    while (processes.length > 0 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      processes = await processesOf(folders);
    }
  }
}

/** The processes of this machine that work in one of the folders or are told a path in it, us excepted. */
export async function processesOf(folders: readonly string[]): Promise<number[]> {
  const numbers = (await readdir("/proc")).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const found = await Promise.all(
    numbers.map(async (pid) => {
      const folder = await readlink(`/proc/${pid}/cwd`).catch(() => "");
      const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      return folders.some((path) => folder === path || `${folder}/\0${command}`.includes(`${path}/`));
    }),
  );
  return numbers.filter((_, index) => found[index]);
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended meanwhile
  }
}
