import { readFile, rm } from "node:fs/promises";
import { copyDatabaseSettings } from "../environment/database-settings.ts";
import { allowConnections, databaseExists, dropDatabase, renameInTransaction } from "../environment/databases.ts";
import type { Clock } from "../platform/clock.ts";
import { messageOf } from "../platform/errors.ts";
import type { Session } from "../platform/postgres.ts";
import { healthOf } from "./change.ts";
import { awaitLogin } from "./health.ts";
import { dataOf } from "./journal.ts";
import { decideRecovery, type Recovery, type RecoveryFacts } from "./recover.ts";
import { currentRelease, switchRelease } from "./release-folder.ts";
import { closeDatabase, dropOldCopies } from "./restore-point.ts";
import type { DeploymentRun } from "./run.ts";

/** What was done to settle a deployment, and why its service is not healthy, if it is not. */
export interface Settled extends Recovery {
  unhealthy?: string;
}

/**
 * Brings the instance back to one version of code and data, as the journal and the databases' names demand. What cannot
 * be undone is thrown and stays for the next driver; a service that does not come up is a finding.
 */
export async function settle(run: DeploymentRun, served: boolean): Promise<Settled> {
  await run.endFence();
  await endLeftovers(run);
  const admin = await run.liveAdmin();
  const recovery = decideRecovery(await recoveryFacts(run, admin, served));
  if (recovery.outcome === "nothing") return recovery;
  run.events.phase("ROLLBACK", "begin", { detail: recovery.outcome });
  await run.journal.write("ROLLBACK", "begin", { ...recovery });
  if (recovery.outcome !== "roll-forward") await takeBack(run, admin, recovery);
  const unhealthy = await reopen(run, recovery).then(() => undefined, messageOf);
  await run.journal.write("ROLLBACK", unhealthy === undefined ? "done" : "failed");
  run.events.phase("ROLLBACK", unhealthy === undefined ? "done" : "failed", { detail: unhealthy ?? recovery.outcome });
  return unhealthy === undefined ? recovery : { ...recovery, unhealthy };
}

async function recoveryFacts(run: DeploymentRun, admin: Session, served: boolean): Promise<RecoveryFacts> {
  const databases = new Set<string>();
  for (const name of Object.values(run.names)) if (await databaseExists(admin, name)) databases.add(name);
  const current = await currentRelease(run.layout);
  return { entries: run.journal.entries, names: run.names, databases, current, served };
}

async function takeBack(run: DeploymentRun, admin: Session, recovery: Recovery): Promise<void> {
  const { names } = run;
  await run.service.stop();
  for (const name of recovery.drops) await dropDatabase(admin, name);
  if (recovery.renames.length > 0) {
    if (await databaseExists(admin, names.live)) await closeDatabase(admin, names.live);
    await renameInTransaction(admin, recovery.renames);
    if (await databaseExists(admin, names.failed))
      for (const refused of await copyDatabaseSettings(admin, names.failed, names.live)) run.warn(refused);
    await dropOldCopies(admin, names.live, "failed", run.request.id);
  }
  await allowConnections(admin, names.live, true);
  if (recovery.link !== "keep") await switchRelease(run.layout, recovery.link.to);
}

async function reopen(run: DeploymentRun, recovery: Recovery): Promise<void> {
  await run.maintenance?.close();
  run.maintenance = undefined;
  await rm(run.layout.closed, { force: true });
  if (!recovery.startService) return;
  if (!(await run.service.isRunning())) await run.service.start();
  await awaitLogin({ ...healthOf(run), server: run.publicServer });
}

/** Ends what a dead driver's children still do: the update, the private server, their sessions. */
async function endLeftovers(run: DeploymentRun): Promise<void> {
  await run.privateServer?.stop();
  run.privateServer = undefined;
  for (const phase of ["UPDATE", "START"] as const) {
    const pid = dataOf(run.journal.entries, phase).pid;
    if (typeof pid === "number") await endProcess(pid, run.config.path, run.clock);
  }
  const admin = await run.liveAdmin();
  await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1", [
    run.applicationName,
  ]);
}

/** Kills a process group of ours, if the pid still belongs to a process that names our configuration file. */
async function endProcess(pid: number, config: string, clock: Clock): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (let waited = 0; waited < 20; waited++) {
      const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      if (!command.split("\0").includes(config)) return;
      if (waited === 0) signalGroup(pid, signal);
      await clock.sleep(250);
    }
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // it ended meanwhile
  }
}
