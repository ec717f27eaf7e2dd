import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { allowConnections, databasesOfOurs, dropDatabase } from "../../environment/databases.ts";
import type { Instance } from "../../environment/resolve.ts";
import { openService } from "../../environment/services.ts";
import { ExpectedError } from "../../platform/errors.ts";
import { exists } from "../../platform/files.ts";
import type { Log } from "../../platform/log.ts";
import type { Session } from "../../platform/postgres.ts";

// The backend of a run that was killed in a long statement takes up to 2 s to notice (sessions.ts).
const LOCK_ATTEMPTS = 10;
const LOCK_PAUSE_MS = 300;

/** Takes the lock of refreshes into this database, for as long as the session lives; ExpectedError when another run has it. */
export async function lockTarget(maintenance: Session, target: string): Promise<void> {
  for (let attempt = 1; attempt <= LOCK_ATTEMPTS; attempt++) {
    if (await tryLockTarget(maintenance, target)) return;
    await sleep(LOCK_PAUSE_MS);
  }
  throw new ExpectedError({
    code: "refresh-running",
    message: `Another refresh into ${target} is running.`,
    remedy: "Wait until it has ended, then run again.",
  });
}

/** Takes the same lock, unless another run has it; a session that has it gets it once more. */
export async function tryLockTarget(maintenance: Session, target: string): Promise<boolean> {
  const [row] = await maintenance.query<{ got: boolean }>(
    "SELECT pg_try_advisory_lock(hashtext('refresh-staging-db'), hashtext($1)) AS got",
    [target],
  );
  return row?.got === true;
}

/** Gives back what `tryLockTarget` took. */
export async function unlockTarget(maintenance: Session, target: string): Promise<void> {
  await maintenance.query("SELECT pg_advisory_unlock(hashtext('refresh-staging-db'), hashtext($1))", [target]);
}

/** Lies below the base of an instance as long as a refresh keeps its service stopped. */
export function stoppedNote(base: string): string {
  return join(base, ".deploy/stopped-by-refresh");
}

/** Cleans up after a run that was killed: its sessions, its half-built databases, a staging that it left closed or stopped. */
export async function recover(
  maintenance: Session,
  { node, database: target }: { node: { startStopped(): Promise<boolean> }; database: string },
  applicationPrefix: string,
  log: Log,
): Promise<void> {
  const orphans = await terminateOrphans(maintenance, applicationPrefix);
  if (orphans > 0) log.info(`ended ${orphans} session(s) of a refresh that was killed`);
  for (const role of ["new", "goldnew"] as const) {
    for (const name of await databasesOfOurs(maintenance, target, role)) {
      await dropDatabase(maintenance, name);
      log.info(`dropped ${name}, left by a refresh that was killed`);
    }
  }
  for (const name of await databasesOfOurs(maintenance, target, "gold")) {
    await allowConnections(maintenance, name, false);
  }
  // Renames are atomic, so a killed swap can have left no more than closed doors and a stopped service.
  const [row] = await maintenance.query<{ free: boolean }>(
    `SELECT pg_try_advisory_lock(hashtext('deploy-odoo'), hashtext($1)) AND pg_advisory_unlock(hashtext('deploy-odoo'), hashtext($1)) AS free`,
    [target],
  );
  if (!row?.free) return;
  await allowConnections(maintenance, target, true);
  if (await node.startStopped()) log.info("started the service again, which a killed refresh had stopped");
}

/** Starts the service of an instance where a refresh that was killed had stopped it; tells whether it had. */
export async function startStopped(instance: Instance): Promise<boolean> {
  const note = stoppedNote(instance.base);
  if (!(await exists(note))) return false;
  await openService(instance.service, instance.name).start();
  await rm(note);
  return true;
}

/** Ends sessions of earlier runs on a server, told by their application_name; but `own`; returns how many. */
export async function terminateOrphans(
  session: Session,
  applicationPrefix: string,
  own: number[] = [],
): Promise<number> {
  const rows = await session.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE starts_with(application_name, $1) AND pid <> pg_backend_pid()
        AND usename = current_user AND pid <> ALL ($2::int[])`,
    [applicationPrefix, own],
  );
  return rows.length;
}
