import { copyDatabaseSettings } from "../environment/database-settings.ts";
import {
  allowConnections,
  databaseExists,
  databaseNameFor,
  databasesOfOurs,
  dropDatabase,
  swapDatabases,
  terminateSessions,
} from "../environment/databases.ts";
import { ExpectedError } from "../platform/errors.ts";
import { type Connection, quoteIdent, type Session, withSession } from "../platform/postgres.ts";
import type { DatabaseNames } from "./recover.ts";

/** The names that a deployment's databases have. */
export function databaseNames(live: string, id: string): DatabaseNames {
  return {
    live,
    restorePoint: databaseNameFor(live, "rp", id),
    failed: databaseNameFor(live, "failed", id),
  };
}

/** Copies the closed database; nobody can connect to the copy. Throws ExpectedError "restore-point" when they differ. */
export async function takeRestorePoint(admin: Session, connection: Connection, names: DatabaseNames): Promise<void> {
  const [from, to] = [quoteIdent(names.live), quoteIdent(names.restorePoint)];
  await admin.query(`CREATE DATABASE ${to} TEMPLATE ${from} ALLOW_CONNECTIONS false`);
  const [live, copy] = [
    await measure(admin, connection, names.live),
    await measure(admin, connection, names.restorePoint),
  ];
  const sizeDiffers = Math.abs(live.bytes - copy.bytes) > live.bytes * 0.05 + 1_048_576;
  if (live.modules === copy.modules && !sizeDiffers) return;
  throw new ExpectedError({
    code: "restore-point",
    message: `The restore point ${names.restorePoint} is not like ${names.live}: ${JSON.stringify(copy)}, not ${JSON.stringify(live)}.`,
    remedy: "Look at PostgreSQL's log and the disk of its server, then run the workflow again.",
  });
}

/** Puts the prepared copy in the database's place; the old one is the restore point. Returns settings it could not take. */
export async function swapInCopy(admin: Session, names: DatabaseNames, copy: string): Promise<string[]> {
  const refused = (await databaseExists(admin, names.live)) ? await copyDatabaseSettings(admin, names.live, copy) : [];
  await swapDatabases(admin, { live: names.live, incoming: copy, outgoing: names.restorePoint });
  return refused;
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
  role: "rp" | "failed",
  id: string,
): Promise<string[]> {
  const names = await databasesOfOurs(admin, live, role);
  const old = names.filter((name) => name !== databaseNameFor(live, role, id));
  for (const name of old) await dropDatabase(admin, name);
  return old;
}

/** Size and number of modules of a closed database, which is opened for the moment of the count. */
async function measure(
  admin: Session,
  connection: Connection,
  name: string,
): Promise<{ bytes: number; modules: string }> {
  const [size] = await admin.query<{ bytes: string }>("SELECT pg_database_size($1) AS bytes", [name]);
  await allowConnections(admin, name, true);
  try {
    return await withSession({ ...connection, database: name }, async (session) => {
      const [row] = await session.query<{ modules: string }>("SELECT count(*) AS modules FROM ir_module_module");
      return { bytes: Number(size?.bytes), modules: row?.modules ?? "none" };
    });
  } finally {
    await closeDatabase(admin, name);
  }
}
