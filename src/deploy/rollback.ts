import { readFile, rm } from "node:fs/promises";
import { copyDatabaseSettings } from "../environment/database-settings.ts";
import { allowConnections, databaseExists, dropDatabase, renameInTransaction } from "../environment/databases.ts";
import type { Clock } from "../platform/clock.ts";
import { ExpectedError, messageOf } from "../platform/errors.ts";
import { writeFileAtomic } from "../platform/files.ts";
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
  outcome: Exclude<Recovery["outcome"], "lost">;
  unhealthy?: string;
}

/**
 * Brings the instance back to one version of code and data, as the journal and the databases' names demand. What cannot
 * be undone is thrown and stays for the next driver, as ExpectedError "restore-point-missing" does, which leaves all
 * closed; a service that does not come up is a finding.
 */
export async function settle(run: DeploymentRun, served: boolean): Promise<Settled> {
  await run.endFence();
  await endLeftovers(run);
  const admin = await run.liveAdmin();
  const decided = decideRecovery(await recoveryFacts(run, admin, served));
  const { outcome } = decided;
  if (outcome === "lost") throw await stayClosed(run, admin);
  const recovery = { ...decided, outcome };
  if (outcome === "nothing") return recovery;
  run.events.phase("ROLLBACK", "begin", { detail: outcome });
  await run.journal.write("ROLLBACK", "begin", recovery);
  if (outcome !== "roll-forward") await takeBack(run, admin, recovery);
  const unhealthy = await reopen(run, recovery).then(() => undefined, messageOf);
  await run.journal.write("ROLLBACK", unhealthy === undefined ? "done" : "failed");
  run.events.phase("ROLLBACK", unhealthy === undefined ? "done" : "failed", { detail: unhealthy ?? recovery.outcome });
  return unhealthy === undefined ? recovery : { ...recovery, unhealthy };
}

async function recoveryFacts(run: DeploymentRun, admin: Session, served: boolean): Promise<RecoveryFacts> {
  const databases = new Set<string>();
  for (const name of Object.values(run.names)) if (await databaseExists(admin, name)) databases.add(name);
  const current = await currentRelease(run.layout);
  const copy = run.request.databaseCopy;
  if (copy !== undefined && (await databaseExists(admin, copy))) databases.add(copy);
  return { entries: run.journal.entries, names: run.names, databases, copy, current, served };
}

/** Lets nobody into a database that is not the old one, nor the service start; returns what to throw. */
async function stayClosed(run: DeploymentRun, admin: Session): Promise<ExpectedError> {
  const { live, restorePoint } = run.names;
  await writeFileAtomic(run.layout.closed, `${run.request.id}\n`, 0o644);
  await run.service.stop();
  if (await databaseExists(admin, live)) await closeDatabase(admin, live);
  const { entries } = run.journal;
  const swapped = dataOf(entries, "RESTORE-POINT").kind === "swap";
  const what = swapped ? "whose place a prepared copy has taken" : "which the update of its modules may have changed";
  const closedAt = entries.find(({ phase }) => phase === "CLOSE")?.t;
  const error = new ExpectedError({
    code: "restore-point-missing",
    message: `Deployment ${run.request.id} has to be taken back with database ${live}, ${what}, but its restore point is missing: there is no database ${restorePoint}. Service and database stay closed.`,
    remedy: `Restore a backup of ${live} from before ${closedAt} as a database of another name, owned by role ${run.config.connection.user}, and when it is whole, rename it to ${restorePoint}. Then the next deployment, or the host command \`recover\`, puts it in the place of ${live} and opens the old version.`,
  });
  await run.journal.write("ROLLBACK", "failed", { code: error.code, message: error.message });
  run.events.phase("ROLLBACK", "failed", { detail: error.message });
  return error;
}

async function takeBack(run: DeploymentRun, admin: Session, recovery: Recovery): Promise<void> {
  const { names } = run;
  await run.service.stop();
  for (const name of recovery.drops) await dropDatabase(admin, name);
  if (recovery.renames.length > 0) {
    if (await databaseExists(admin, names.live)) await closeDatabase(admin, names.live);
    await renameInTransaction(admin, recovery.renames);
    await run.journal.write("ROLLBACK", "note", { restored: true }); // also if somebody drops the failed database
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
