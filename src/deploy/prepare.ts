import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { manifestProblem, newestManifest } from "../environment/copy-manifest.ts";
import { allowConnections, databaseExists } from "../environment/databases.ts";
import { readOdooConfig } from "../odoo/config.ts";
import { missingPackages, requiredPackages } from "../odoo/python-packages.ts";
import { registryIsBusy } from "../odoo/states.ts";
import { ExpectedError } from "../platform/errors.ts";
import { exists, freeBytes, writeFileAtomic } from "../platform/files.ts";
import { type Connection, type Session, withSession } from "../platform/postgres.ts";
import { gatherFacts, releaseAddonsPath } from "./facts.ts";
import { refuseGuests } from "./find-guests.ts";
import { servingCommit } from "./inspect.ts";
import { respectHold } from "./lease.ts";
import { type Plan, type PlanFacts, planDeployment } from "./plan.ts";
import { currentRelease, releaseRecord, unpackRelease } from "./release-folder.ts";
import { closeDatabase } from "./restore-point.ts";
import type { DeploymentRun } from "./run.ts";

const minimumFreeBytes = 200 << 20;

/** What is to be put in place of what. */
export interface Prepared {
  plan: Plan;
  facts: PlanFacts;
  release: string;
  previous: string | undefined;
  wasRunning: boolean;
  /** Of the new release. */
  addonsPath: string[];
}

/** Takes the lock of the database, which several hosts may share, as long as `lock-timeout` says; ExpectedError "database-locked". */
export async function lockDatabase(run: DeploymentRun): Promise<void> {
  await respectHold(run.layout);
  const deadline = run.clock.now().getTime() + run.request.lockTimeoutMs;
  for (;;) {
    const [row] = await run.admin.query<{ got: boolean }>(
      "SELECT pg_try_advisory_lock(hashtext('deploy-odoo'), hashtext($1)) AS got",
      [run.names.live],
    );
    if (row?.got) break;
    if (run.clock.now().getTime() >= deadline) throw databaseLocked(run.names.live);
    await run.clock.sleep(1_000, run.signal);
  }
  await run.journal.reserve();
}

function databaseLocked(live: string): ExpectedError {
  return new ExpectedError({
    code: "database-locked",
    message: `Another host deploys to the database ${live} now.`,
    remedy: "Wait until it has ended, then run the workflow again; or give it a longer lock-timeout.",
  });
}

/** Looks for all that would stop the deployment later, while nothing is changed yet. */
export async function preflight(run: DeploymentRun): Promise<void> {
  const { odoo, config, request, names } = run;
  const expected = request.instance.series;
  if (odoo.facts.series !== expected)
    throw notFit(`${odoo.command} is Odoo ${odoo.facts.series}, the pipeline file says ${expected}`, "Correct one.");
  if (/^true$/i.test(config.raw.syslog ?? ""))
    throw notFit(`${config.path} sends Odoo's log to syslog, where it cannot be judged`, "Use logfile instead.");
  await requireJudged(run);
  await refuseShared(run);
  releaseAddonsPath(config, run.layout, request.id, request.addons);
  await checkServer(run);
  const database = request.databaseCopy ?? names.live;
  if (!(await databaseExists(run.admin, database)))
    throw notFit(`there is no database ${database}`, "Create it, or correct db_name in odoo.conf.");
  const free = await freeBytes(request.instance.base);
  if (free < minimumFreeBytes) throw notFit(`${request.instance.base} has ${free >> 20} MB free`, "Make room.");
}

/** What serves may have changed since the runner compared with it: another deployment was first. */
async function requireJudged({ request }: DeploymentRun): Promise<void> {
  const { commit } = await servingCommit(request.instance.base);
  if (request.replaces === commit) return;
  throw new ExpectedError({
    code: "superseded",
    message: `${commit?.slice(0, 12) ?? "No release"} serves now; when this deployment was judged it was ${request.replaces?.slice(0, 12) ?? "none"}.`,
    remedy: "Another deployment was first. Run the workflow again if this commit is still the one to deploy.",
  });
}

/** Two instances with one database or one port are one instance: what is done to this one would be done to the other. */
async function refuseShared({ request, config }: DeploymentRun): Promise<void> {
  for (const neighbour of request.neighbours) {
    if (!(await exists(neighbour.config))) continue; // described, and not there yet
    const other = await readOdooConfig(neighbour.config);
    if (other.dbName === config.dbName && (await isOneServer(other.connection, config.connection)))
      throw notFit(
        `the database ${config.dbName} is that of ${neighbour.name} too`,
        "Give each odoo.conf its own db_name.",
      );
    if (other.httpPort === config.httpPort)
      throw notFit(
        `the port ${config.httpPort} is that of ${neighbour.name} too`,
        "Give each odoo.conf its own http_port.",
      );
  }
}

/** Asks both, since a socket, localhost and an address may lead to one server; who cannot be asked is taken for the same. */
async function isOneServer(...connections: [Connection, Connection]): Promise<boolean> {
  const sql = "SELECT system_identifier::text AS id FROM pg_catalog.pg_control_system()";
  const ids = await Promise.all(
    connections.map((connection) =>
      withSession({ ...connection, database: "postgres" }, (session) => session.query<{ id: string }>(sql)).then(
        ([row]) => row?.id,
        () => undefined,
      ),
    ),
  );
  return ids[0] === undefined || ids[1] === undefined || ids[0] === ids[1];
}

/** The release folder: that of the new commit, or the current one when it has the same files. */
export async function prepareRelease(run: DeploymentRun): Promise<{ release: string; previous: string | undefined }> {
  const previous = await currentRelease(run.layout);
  const record = previous ? await releaseRecord(run.layout.release(previous)) : undefined;
  if (previous && record?.tree === run.request.release.tree) return { release: previous, previous };
  await unpackRelease(run.layout, run.request);
  return { release: run.request.id, previous };
}

/** Decides what to do; ExpectedError "plan-refused" when it cannot be done. */
export async function makePlan(
  run: DeploymentRun,
  { release, previous }: { release: string; previous: string | undefined },
): Promise<Prepared> {
  const { request } = run;
  const wasRunning = await run.service.isRunning();
  const addonsPath = releaseAddonsPath(run.config, run.layout, release, request.addons);
  const facts = await reading(run, (database) =>
    gatherFacts({
      connection: run.connection(database),
      odoo: run.odoo,
      addonsPath,
      release: run.layout.release(release),
      install: request.install,
      codeChanged: release !== previous || !wasRunning,
      databaseCopy: request.databaseCopy !== undefined,
    }),
  );
  const plan = planDeployment(facts);
  await writeFileAtomic(run.files.plan, `${JSON.stringify(plan, null, 2)}\n`);
  for (const warning of [...plan.warnings, ...(await missingRequirements(run, release))]) run.warn(warning);
  const refusals = [...plan.refusals, ...(await missingDependencies(run, plan, facts))];
  if (refusals.length > 0)
    throw new ExpectedError({
      code: "plan-refused",
      message: `This commit cannot be deployed: ${refusals.join("; ")}.`,
      remedy: "Uninstall a module before its code is removed; install what is missing; then run the workflow again.",
    });
  // A prepared copy replaces the database anyway, with all that anybody writes into it until then.
  if (plan.mode === "update" && request.databaseCopy === undefined) await refuseGuests(run);
  return { plan, facts, release, previous, wasRunning, addonsPath };
}

/** Odoo refuses to update a module whose Python packages are missing; better said before anything is closed. */
async function missingDependencies(run: DeploymentRun, plan: Plan, facts: PlanFacts): Promise<string[]> {
  const modules = [...plan.update, ...plan.install, ...plan.dependencies];
  const needed = new Set(modules.flatMap((name) => [...(facts.onDisk.get(name)?.pythonDependencies ?? [])]));
  const missing = await missingPackages(
    run.odoo.python,
    [...needed].filter((name) => !name.includes(";")),
  );
  return missing.map((name) => `Odoo's Python lacks the package ${name}, which a module needs`);
}

async function missingRequirements(run: DeploymentRun, release: string): Promise<string[]> {
  const file = join(run.layout.release(release), "requirements.txt");
  const names = (await exists(file)) ? requiredPackages(await readFile(file, "utf8")) : [];
  const missing = await missingPackages(run.odoo.python, names);
  return missing.length === 0 ? [] : [`requirements.txt names what Odoo's Python lacks: ${missing.join(", ")}`];
}

/** Reads the database that the deployment will end with: the prepared copy, open for this moment, or the live one. */
async function reading<T>(run: DeploymentRun, work: (database: string) => Promise<T>): Promise<T> {
  const copy = run.request.databaseCopy;
  if (copy === undefined) return await work(run.names.live);
  await allowConnections(run.admin, copy, true);
  try {
    await withSession(run.connection(copy), (session) => refuseUnclean(session, run.request.manifestPublicKey));
    return await work(copy);
  } finally {
    await closeDatabase(run.admin, copy);
  }
}

/** A copy may go live only when the refresh that made it wrote, and where the team asks for it signed, that it is clean. */
async function refuseUnclean(session: Session, publicKey: string | undefined): Promise<void> {
  const problem = manifestProblem(await newestManifest(session), publicKey);
  if (problem !== undefined) throw notFit(`the database copy ${problem}`, "Run refresh-staging-db again.");
}

async function checkServer({ admin, odoo, names, config }: DeploymentRun): Promise<void> {
  const [server] = await admin.query<{ version: number; standby: boolean; creates: boolean }>(
    `SELECT current_setting('server_version_num')::int / 10000 AS version, pg_is_in_recovery() AS standby,
            rolcreatedb OR rolsuper AS creates FROM pg_roles WHERE rolname = current_user`,
  );
  if (!server || server.standby) throw notFit("PostgreSQL is a standby", "Name the primary in odoo.conf.");
  if (server.version < odoo.facts.minimumPostgres)
    throw notFit(`PostgreSQL ${server.version} is too old for Odoo ${odoo.facts.series}`, "Upgrade it.");
  if (!server.creates)
    throw notFit(`the role ${config.connection.user} may not create databases`, "ALTER ROLE ... CREATEDB.");
  const busy = odoo.facts.locksRegistry && (await databaseExists(admin, names.live)) && (await isBusy(config));
  if (busy) throw notFit("somebody loads or updates the database's modules now", "Wait, then run the workflow again.");
}

function isBusy(config: DeploymentRun["config"]): Promise<boolean> {
  return withSession(config.connection, registryIsBusy);
}

function notFit(what: string, remedy: string): ExpectedError {
  return new ExpectedError({ code: "host-not-fit", message: `Cannot deploy: ${what}.`, remedy });
}
