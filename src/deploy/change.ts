import { rm } from "node:fs/promises";
import { allowConnections, hideDatabase } from "../environment/databases.ts";
import { checksumRules, moduleChecksum, storeChecksums } from "../odoo/checksums.ts";
import { updateArguments } from "../odoo/command-line.ts";
import { findModules } from "../odoo/modules.ts";
import { neutralize } from "../odoo/neutralize.ts";
import { allowedSignOn } from "../odoo/neutralize-oauth.ts";
import { moduleStates } from "../odoo/states.ts";
import { writeFileAtomic } from "../platform/files.ts";
import { withSession } from "../platform/postgres.ts";
import { moduleFolders } from "./facts.ts";
import { refuseRemaining } from "./find-guests.ts";
import { awaitLogin, verifyServer } from "./health.ts";
import { endOfLog } from "./log-tail.ts";
import { answerMaintenance } from "./maintenance.ts";
import { withoutMaskedViews } from "./masked-views.ts";
import type { Prepared } from "./prepare.ts";
import { startPrivateServer } from "./private-server.ts";
import { switchRelease } from "./release-folder.ts";
import { closeDatabase, copyToWork, putWorkInPlace, takeCopyAsWork } from "./restore-point.ts";
import { type DeploymentRun, OdooFailure } from "./run.ts";
import { runUpdate, type UpdateOutcome } from "./update.ts";
import { judgeUpdate } from "./verdict.ts";
import { linkFilestore, unlinkFilestore } from "./work-filestore.ts";

/** Stops the service and answers in its place; nobody is in the database afterwards if it is going to change. */
export async function close(run: DeploymentRun, touchesDatabase: boolean): Promise<void> {
  await writeFileAtomic(run.layout.closed, `${run.request.id}\n`, 0o644);
  await run.service.stop();
  run.maintenance = await answerMaintenance(run.listenHost, run.config.httpPort);
  if (!touchesDatabase) return;
  if (run.request.databaseCopy === undefined) await refuseRemaining(run);
  await closeDatabase(run.admin, run.names.live);
}

/** Makes the database that is changed; the old one stays under its name, closed and whole. */
export async function keepRestorePoint(run: DeploymentRun, { facts }: Prepared): Promise<void> {
  const { admin, names, config } = run;
  const refused =
    run.request.databaseCopy === undefined
      ? await copyToWork(admin, run.connection(names.work), names, facts.database.size)
      : await takeCopyAsWork(admin, names);
  for (const line of refused) run.warn(line);
  await linkFilestore(config.dataDir, names);
  run.database = names.work;
}

/** Runs `odoo -u` with the new code and judges what it did; OdooFailure "update-failed". Returns its seconds. */
export async function update(run: DeploymentRun, prepared: Prepared): Promise<number> {
  const { request } = run;
  await allowConnections(run.admin, run.database, true);
  const warn = (message: string) => run.warn(message);
  const seconds = await withoutMaskedViews(run.connection(run.database), () => updateModules(run, prepared), warn);
  await recordChecksums(run, prepared.addonsPath);
  if (request.instance.role !== "production") await neutralizeAgain(run, prepared.addonsPath);
  return seconds;
}

async function updateModules(run: DeploymentRun, { plan, facts, addonsPath }: Prepared): Promise<number> {
  const { files, clock } = run;
  const target = { config: run.config.path, database: run.database, addonsPath };
  const start = clock.now().getTime();
  const outcome = await runUpdate({
    command: run.odoo.command,
    args: updateArguments({ ...target, update: plan.update, install: plan.install, logFile: files.updateLog }),
    logFile: files.updateLog,
    timeoutMs: run.request.updateTimeoutMs,
    signal: run.signal,
    onStarted: (pid) => run.journal.write("UPDATE", "note", { pid }),
    onProgress: (progress) => run.events.progress({ kind: "update", ...progress }),
  });
  const seconds = (clock.now().getTime() - start) / 1000;
  const planned = [...plan.update, ...plan.dependants, ...plan.install, ...plan.dependencies];
  await judge(run, outcome, new Map(planned.map((name) => [name, facts.onDisk.get(name)?.version ?? ""])));
  return seconds;
}

async function judge(run: DeploymentRun, outcome: UpdateOutcome, planned: Map<string, string>): Promise<void> {
  const states = await withSession(run.connection(run.database), moduleStates);
  const verdict = judgeUpdate({ ...outcome, states, planned });
  for (const warning of verdict.warnings) run.warn(warning);
  if (verdict.good) return;
  const failure = new OdooFailure({
    code: "update-failed",
    message: `Odoo's update of ${[...planned.keys()].join(", ")} is not good: ${verdict.problems.join("; ")}.`,
    remedy: "Correct the module (see the traceback), test it on the development instance, and push again.",
  });
  failure.logTail = (await endOfLog(run.files.updateLog)) || outcome.printed;
  if (verdict.traceback) failure.traceback = verdict.traceback;
  throw failure;
}

/** Records what is installed now, in click-odoo-update's own place. */
export async function recordChecksums(run: DeploymentRun, addonsPath: readonly string[]): Promise<void> {
  await withSession(run.connection(run.database), async (session) => {
    const rules = await checksumRules(session);
    const onDisk = await findModules(await moduleFolders(addonsPath, run.odoo));
    const installed = (await moduleStates(session)).filter(({ state }) => state === "installed");
    const checksums: Record<string, string | false> = {};
    for (const { name } of installed) {
      const path = onDisk.get(name)?.path;
      checksums[name] = path ? await moduleChecksum(path, rules) : false;
    }
    await storeChecksums(session, checksums);
  });
}

/** Neutralizes a prepared copy that is not updated. */
export async function neutralizeCopy(run: DeploymentRun, addonsPath: readonly string[]): Promise<void> {
  await allowConnections(run.admin, run.database, true);
  await neutralizeAgain(run, addonsPath);
}

/**
 * An update brings crons and servers back to life, and a prepared copy may know modules whose files only this release
 * brings; anywhere but in production all of them have to sleep.
 */
async function neutralizeAgain(run: DeploymentRun, addonsPath: readonly string[]): Promise<void> {
  const folders = await moduleFolders(addonsPath, run.odoo);
  const { instance, oauth } = run.request;
  const request = { addonsPath: folders, url: instance.url, newIdentity: false, oauth };
  const { modules, signOn } = await withSession(run.connection(run.database), (session) =>
    neutralize(session, request),
  );
  for (const warning of signOn.warnings) run.warn(warning);
  if (signOn.providers.length > 0) run.events.info(allowedSignOn(signOn.providers));
  run.events.info(`Neutralized again: ${modules.length} modules have their own script.`);
}

/** Lets `current` lead to the new release. */
export async function switchTo(run: DeploymentRun, release: string): Promise<void> {
  await switchRelease(run.layout, release);
}

/** Starts the new version where only this host reaches it, and looks whether it serves. */
export async function start(run: DeploymentRun, addonsPath: readonly string[]): Promise<void> {
  await allowConnections(run.admin, run.database, true);
  const filtered = run.database !== run.names.live && (run.config.raw.dbfilter ?? "") !== "";
  // With a filter Odoo serves what it finds in the list of databases, where templates are not.
  if (filtered) await hideDatabase(run.admin, run.database, false);
  run.privateServer = await startPrivateServer({
    command: run.odoo.command,
    config: run.config.path,
    database: run.database,
    filtered,
    addonsPath,
    logFile: run.files.serverLog,
  });
  await run.journal.write("START", "note", { pid: run.privateServer.pid });
}

/** The new version answers its pages and their bundles; OdooFailure "unhealthy" with the end of its log. */
export async function verify(run: DeploymentRun): Promise<void> {
  const server = run.privateServer;
  if (!server) throw new Error("the new version was not started");
  const signal = AbortSignal.any([run.signal, server.ended]);
  await withLog(run, () => verifyServer({ ...healthOf(run), server: server.url, signal }));
  await server.stop();
  run.privateServer = undefined;
}

/**
 * Puts the changed database in the place of the old one and lets people in. From the first of both on nothing is taken
 * back: a start of Odoo writes by itself, and whoever was served may have worked.
 */
export async function open(run: DeploymentRun): Promise<void> {
  if (run.database !== run.names.live) {
    await putWorkInPlace(run.admin, run.names);
    run.database = run.names.live;
    await unlinkFilestore(run.config.dataDir, run.names);
  }
  await run.maintenance?.close();
  run.maintenance = undefined;
  await rm(run.layout.closed, { force: true });
  await run.service.start();
  await awaitLogin({ ...healthOf(run), server: run.publicServer });
}

/** What every look at a server of this instance has in common. */
export function healthOf(run: DeploymentRun) {
  const { clock } = run;
  return { site: run.request.instance.url, facts: run.odoo.facts, timeoutMs: run.request.healthTimeoutMs, clock };
}

async function withLog(run: DeploymentRun, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (run.signal.aborted || !(error instanceof Error)) throw error;
    const problem = { code: "unhealthy", message: error.message, remedy: "Look at the end of Odoo's log below." };
    const failure = new OdooFailure(problem, { cause: error });
    failure.logTail = await endOfLog(run.files.serverLog);
    throw failure;
  }
}
