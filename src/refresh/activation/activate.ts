import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  databaseExists,
  databaseNameFor,
  databasesOfOurs,
  dropDatabase,
  renameInTransaction,
  swapDatabases,
} from "../../environment/databases.ts";
import type { Instance } from "../../environment/resolve.ts";
import { openService } from "../../environment/services.ts";
import type { OdooConfig } from "../../odoo/config.ts";
import { ExpectedError, messageOf } from "../../platform/errors.ts";
import { exists, writeFileAtomic } from "../../platform/files.ts";
import type { Session } from "../../platform/postgres.ts";
import type { RefreshRequest } from "../request.ts";
import { stoppedNote } from "./recovery.ts";

/** A finished copy, and what is needed to put it in the place of staging. */
export interface Activation {
  maintenance: Session;
  request: Pick<RefreshRequest, "id" | "target" | "options">;
  target: Pick<OdooConfig, "dbName">;
  /** Name of the copy. */
  built: string;
  /** Gets what went wrong after the copy had its place. */
  warnings?: string[];
}

/** Makes the copy staging: service stopped, names swapped, service started. The old database is kept under `previous`. */
export async function activateNow(activation: Activation) {
  const { maintenance, request, target, built } = activation;
  const live = target.dbName;
  await excludeDeployment(maintenance, request.target, live);
  const previous = databaseNameFor(live, "prev", request.id);
  const hadOld = await databaseExists(maintenance, live);
  await whileStopped(request.target, () => swapDatabases(maintenance, { live, incoming: built, outgoing: previous }));
  const keep = request.options?.keepPrevious ?? 1;
  await dropOlder(activation, "prev", previous, keep);
  return { activated: true, database: live, ...(hadOld && keep > 0 ? { previous } : {}) };
}

/** Runs `work` while the service is stopped, if it runs; a note tells the next run when this one is killed meanwhile. */
async function whileStopped(instance: Instance, work: () => Promise<void>): Promise<void> {
  const service = openService(instance.service, instance.name);
  if (!(await service.isRunning())) return await work();
  const note = stoppedNote(instance.base);
  await mkdir(dirname(note), { recursive: true });
  await writeFileAtomic(note, "The refresh stopped the service to swap the database.\n", 0o644);
  try {
    await service.stop();
    await work();
  } finally {
    // Whichever database has the name now: staging serves again.
    await service.start();
    await rm(note);
  }
}

/** Leaves the copy beside staging, under a name that no server asks for, until a deployment takes it. */
export async function leaveReady(activation: Activation) {
  const { maintenance, request, target, built } = activation;
  const ready = databaseNameFor(target.dbName, "ready", request.id);
  await renameInTransaction(maintenance, [{ from: built, to: ready, connectable: true }]);
  await dropOlder(activation, "ready", ready, 1);
  return { activated: false, database: ready };
}

/**
 * Drops all of a role's databases but the newest `keep`; `latest`, if it is there, is the newest, whenever it was created. The copy has its
 * place already: a database that cannot be dropped now is a warning, and the next run's.
 */
async function dropOlder(activation: Activation, role: "prev" | "ready", latest: string, keep: number) {
  const { maintenance, target, warnings } = activation;
  try {
    const there = await databasesOfOurs(maintenance, target.dbName, role);
    const all = [...there.filter((name) => name !== latest), ...there.filter((name) => name === latest)];
    for (const name of all.slice(0, Math.max(0, all.length - keep))) await dropDatabase(maintenance, name);
  } catch (error) {
    warnings?.push(`Older databases could not be dropped: ${messageOf(error)}.`);
  }
}

/** A deployment and a swap of the database must not meet; the lock is the deployment's own, held by the session. */
export async function excludeDeployment(
  maintenance: Session,
  instance: Instance,
  live: string,
  consequence = "the finished copy was not put in its place",
): Promise<void> {
  const [lock] = await maintenance.query<{ got: boolean }>(
    "SELECT pg_try_advisory_lock(hashtext('deploy-odoo'), hashtext($1)) AS got",
    [live],
  );
  if (lock?.got && !(await exists(join(instance.base, ".deploy/closed")))) return;
  throw new ExpectedError({
    code: "deployment-running",
    message: `A deployment works on ${instance.name} (${live}), so ${consequence}.`,
    remedy: "Wait until the deployment has ended, then run again.",
  });
}
