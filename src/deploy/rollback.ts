import { readFile, rm } from "node:fs/promises";
import {
  allowConnections,
  databaseExists,
  dropDatabase,
  hideDatabase,
  renameInTransaction,
} from "../environment/databases.ts";
import type { Clock } from "../platform/clock.ts";
import { ExpectedError, messageOf } from "../platform/errors.ts";
import { writeFileAtomic } from "../platform/files.ts";
import type { Session } from "../platform/postgres.ts";
import { healthOf } from "./change.ts";
import { awaitLogin } from "./health.ts";
import { dataOf, statusOf } from "./journal.ts";
import { decideRecovery, type Recovery, type RecoveryFacts } from "./recover.ts";
import { currentRelease, switchRelease } from "./release-folder.ts";
import { closeDatabase, dropOldCopies } from "./restore-point.ts";
import type { DeploymentRun } from "./run.ts";
import { unlinkFilestore } from "./work-filestore.ts";

/** What was done to settle a deployment, and why its service is not healthy, if it is not. */
export interface Settled extends Recovery {
  outcome: Exclude<Recovery["outcome"], "lost">;
  unhealthy?: string;
}

/**
 * Brings the instance back to one version of code and data, as the journal and the databases' names demand. What cannot
 * be undone is thrown and stays for the next driver, as ExpectedError "database-missing" does, which leaves all
 * closed; a service that does not come up is a finding.
 */
export async function settle(run: DeploymentRun): Promise<Settled> {
  await endLeftovers(run);
  const admin = await run.liveAdmin();
  const decided = decideRecovery(await recoveryFacts(run, admin));
  const { outcome } = decided;
  if (outcome === "lost") throw await stayClosed(run);
  const recovery = { ...decided, outcome };
  if (outcome === "nothing") return recovery;
  run.events.phase("ROLLBACK", "begin", { detail: outcome });
  await run.journal.tell("ROLLBACK", "begin", recovery);
  if (outcome === "reopen") await takeBack(run, admin, recovery);
  const unhealthy = await reopen(run, recovery).then(() => undefined, messageOf);
  // Nothing of this is needed to serve, so it comes after the door is open and may fail.
  await setAside(run, admin).catch((error: unknown) => run.warn(`Cleaning up failed: ${messageOf(error)}`));
  await run.journal.tell("ROLLBACK", unhealthy === undefined ? "done" : "failed");
  run.events.phase("ROLLBACK", unhealthy === undefined ? "done" : "failed", { detail: unhealthy ?? recovery.outcome });
  return unhealthy === undefined ? recovery : { ...recovery, unhealthy };
}

async function recoveryFacts(run: DeploymentRun, admin: Session): Promise<RecoveryFacts> {
  const databases = new Set<string>();
  for (const name of Object.values(run.names)) if (await databaseExists(admin, name)) databases.add(name);
  return { entries: run.journal.entries, names: run.names, databases, current: await currentRelease(run.layout) };
}

/** There is nothing to open: the service does not start; returns what to throw. */
async function stayClosed(run: DeploymentRun): Promise<ExpectedError> {
  const { live, work } = run.names;
  await writeFileAtomic(run.layout.closed, `${run.request.id}\n`, 0o644);
  await run.service.stop();
  const closedAt = run.journal.entries.find(({ phase }) => phase === "CLOSE")?.t;
  const error = new ExpectedError({
    code: "database-missing",
    message: `Deployment ${run.request.id} has to go back to database ${live}, which it never changed, but there is no database of that name any more. The service stays closed.`,
    remedy: `Somebody has dropped or renamed it since ${closedAt}: rename it back, or restore its backup under that name, owned by role ${run.config.connection.user}. A copy of it, perhaps half updated, is ${work}. Then the next deployment, or the host command \`recover\`, opens the old version.`,
  });
  await run.journal.tell("ROLLBACK", "failed", { code: error.code, message: error.message });
  run.events.phase("ROLLBACK", "failed", { detail: error.message });
  return error;
}

/** The old database was never changed: it is only opened again, under the name that it always had. */
async function takeBack(run: DeploymentRun, admin: Session, recovery: Recovery): Promise<void> {
  // Before SWITCH a service that runs has the old code: it may stay, also where it could not be stopped.
  if (statusOf(run.journal.entries, "SWITCH") !== undefined) await run.service.stop();
  await allowConnections(admin, run.names.live, true);
  if (recovery.link !== "keep") await switchRelease(run.layout, recovery.link.to);
}

/** What a failed deployment had changed is kept under another name to be looked at; a copy that nobody changed goes. */
async function setAside(run: DeploymentRun, admin: Session): Promise<void> {
  const { names, journal, request } = run;
  await unlinkFilestore(run.config.dataDir, names);
  // A prepared copy that nobody took yet is another deployment's to take.
  if (statusOf(journal.entries, "RESTORE-POINT") === undefined || !(await databaseExists(admin, names.work))) return;
  await hideDatabase(admin, names.work, false);
  if (statusOf(journal.entries, "UPDATE") === undefined && request.databaseCopy === undefined)
    return await dropDatabase(admin, names.work);
  await dropOldCopies(admin, names.live, "failed", request.id);
  await renameInTransaction(admin, [{ from: names.work, to: names.failed, connectable: false }]);
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
  if (!(await databaseExists(admin, run.names.work))) return;
  // Nobody but this deployment knows that name; whoever stays in it keeps nobody from the old database.
  await closeDatabase(admin, run.names.work).catch((error: unknown) =>
    run.warn(`Sessions in ${run.names.work} could not be ended: ${messageOf(error)}`),
  );
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
