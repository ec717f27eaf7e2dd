import { copyDatabaseSettings } from "../environment/database-settings.ts";
import {
  allowConnections,
  databaseExists,
  databaseNameFor,
  databasesOfOurs,
  dropDatabase,
  hideDatabase,
  swapDatabases,
  terminateSessions,
} from "../environment/databases.ts";
import { countModules } from "../odoo/states.ts";
import { ExpectedError } from "../platform/errors.ts";
import { type Connection, quoteIdent, type Session, withSession } from "../platform/postgres.ts";
import type { DatabaseNames } from "./recover.ts";

/** The names that a deployment's databases have; a prepared copy keeps its own until it takes the place. */
export function databaseNames(live: string, id: string, copy?: string): DatabaseNames {
  return {
    live,
    work: copy ?? databaseNameFor(live, "work", id),
    restorePoint: databaseNameFor(live, "rp", id),
    failed: databaseNameFor(live, "failed", id),
  };
}

/**
 * Makes the database that is changed: a copy of the closed live one, under a name that nobody knows and Odoo does not
 * list. The live one stays as it is, under its own name and closed, so that the way back has nothing to bring back and
 * whatever reconnects to it is refused instead of losing what it writes. `modules` is how many modules the live one knew
 * before it was closed. Returns settings that the copy could not be given; ExpectedError "restore-point" when the two differ.
 */
export async function copyToWork(
  admin: Session,
  connection: Connection,
  names: DatabaseNames,
  modules: number,
): Promise<string[]> {
  const [from, to] = [quoteIdent(names.live), quoteIdent(names.work)];
  await admin.query(`CREATE DATABASE ${to} TEMPLATE ${from} ALLOW_CONNECTIONS false IS_TEMPLATE true`);
  const [size] = await admin.query<{ live: number; copy: number }>(
    "SELECT pg_database_size($1)::float8 AS live, pg_database_size($2)::float8 AS copy",
    [names.live, names.work],
  );
  const { live = 0, copy = 0 } = size ?? {};
  const copied = await modulesIn(admin, connection, names.work);
  const sizeDiffers = Math.abs(live - copy) > live * 0.05 + 1_048_576;
  if (copied === modules && !sizeDiffers) return await copyDatabaseSettings(admin, names.live, names.work);
  throw new ExpectedError({
    code: "restore-point",
    message: `The copy ${names.work} is not like ${names.live}: ${copy} bytes with ${copied} modules, not ${live} bytes with ${modules}.`,
    remedy: "Look at PostgreSQL's log and the disk of its server, then run the workflow again.",
  });
}

/** Hides a prepared copy and gives it the settings of the live database, if there is one; see `copyToWork`. */
export async function takeCopyAsWork(admin: Session, names: DatabaseNames): Promise<string[]> {
  await hideDatabase(admin, names.work, true);
  return (await databaseExists(admin, names.live)) ? await copyDatabaseSettings(admin, names.live, names.work) : [];
}

/** The changed database takes the live one's name, all or nothing; the old one is kept, closed, as the restore point. */
export async function putWorkInPlace(admin: Session, names: DatabaseNames): Promise<void> {
  await hideDatabase(admin, names.work, false);
  await swapDatabases(admin, { live: names.live, incoming: names.work, outgoing: names.restorePoint });
}

/** Lets nobody into a database and sends away who is in. */
export async function closeDatabase(admin: Session, name: string): Promise<void> {
  await allowConnections(admin, name, false);
  await terminateSessions(admin, name);
}

/** Drops what other deployments kept of this database in that role. */
export async function dropOldCopies(
  admin: Session,
  live: string,
  role: "rp" | "failed" | "work",
  id: string,
): Promise<string[]> {
  const names = await databasesOfOurs(admin, live, role);
  const old = names.filter((name) => name !== databaseNameFor(live, role, id));
  for (const name of old) {
    if (role === "work") await hideDatabase(admin, name, false); // a template cannot be dropped
    await dropDatabase(admin, name);
  }
  return old;
}

/** Number of modules that the closed copy knows. The live database is not opened for such a look: somebody could write. */
async function modulesIn(admin: Session, connection: Connection, name: string): Promise<number> {
  await allowConnections(admin, name, true);
  try {
    return await withSession({ ...connection, database: name }, countModules);
  } finally {
    await closeDatabase(admin, name);
  }
}
