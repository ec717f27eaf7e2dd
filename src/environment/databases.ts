import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ExpectedError } from "../platform/errors.ts";
import { quoteIdent, type Session } from "../platform/postgres.ts";
import { isDeploymentId, isRefreshId } from "./run-ids.ts";

/** What a database beside the real one is for; the word stands between its name and the id of the run. */
export type DatabaseRole = keyof typeof IDS;

/** Whose ids stand behind the words: those of refreshes, and those of deployments. */
const IDS = {
  ...{ new: isRefreshId, ready: isRefreshId, prev: isRefreshId, gold: isRefreshId, goldnew: isRefreshId },
  ...{ rp: isDeploymentId, failed: isDeploymentId, work: isDeploymentId },
};
const BESIDE = new RegExp(`__(?:${Object.keys(IDS).join("|")})_`);

const MAX_NAME_BYTES = 63;
// Room for any usual id, so that where a long name is cut does not depend on the id of the run.
const ID_BYTES = 36;

/**
 * `<database>__<role>_<id>`, at most 63 bytes: a long database name is cut at a whole character and gets a short hash,
 * so that two long names never meet.
 */
export function databaseNameFor(database: string, role: DatabaseRole, id: string): string {
  return databaseNamePrefix(database, role, Buffer.byteLength(id)) + id;
}

/** The beginning shared by every `<database>__<role>_<id>`; ids of more than 36 bytes make it shorter. */
export function databaseNamePrefix(database: string, role: DatabaseRole, idBytes = ID_BYTES): string {
  const suffix = `__${role}_`;
  return cutBytes(database, MAX_NAME_BYTES - suffix.length - Math.max(ID_BYTES, idBytes)) + suffix;
}

/**
 * Is this, whole, the name that a run of ours gives to a database beside `database`? Only such a one is dropped or closed
 * without asking; a person may have named another with the same beginning.
 */
export function isOfOurs(name: string, database: string, role: DatabaseRole): boolean {
  const prefix = databaseNamePrefix(database, role);
  return name.startsWith(prefix) && IDS[role](name.slice(prefix.length));
}

/** Does this look like the name of a database beside another, whoever gave it? */
export function isNameBeside(name: string): boolean {
  return BESIDE.test(name);
}

function cutBytes(name: string, limit: number): string {
  if (Buffer.byteLength(name) <= limit) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 6);
  let cut = name;
  while (Buffer.byteLength(cut) > limit - hash.length) cut = [...cut].slice(0, -1).join("");
  return cut + hash;
}

/** Is there a database of this name? `session` may be connected to any database of the server. */
export async function databaseExists(session: Session, name: string): Promise<boolean> {
  const rows = await session.query("SELECT 1 FROM pg_catalog.pg_database WHERE datname = $1", [name]);
  return rows.length > 0;
}

/** Names of the databases that start with `prefix`, oldest first by object id. */
export async function databasesWithPrefix(session: Session, prefix: string): Promise<string[]> {
  const rows = await session.query<{ datname: string }>(
    "SELECT datname FROM pg_catalog.pg_database WHERE starts_with(datname::text, $1) ORDER BY oid",
    [prefix],
  );
  return rows.map((row) => row.datname);
}

/** Names of the databases that runs of ours made beside `database` for that purpose, oldest first by object id. */
export async function databasesOfOurs(session: Session, database: string, role: DatabaseRole): Promise<string[]> {
  const names = await databasesWithPrefix(session, databaseNamePrefix(database, role));
  return names.filter((name) => isOfOurs(name, database, role));
}

/**
 * Drops a database and the connections to it; a missing one is fine, a template is refused by the server. Not by
 * `WITH (FORCE)`, which demands the right to end workers of autovacuum as well (42501 for a role that is no superuser); a plain
 * DROP lets the server end those.
 */
export async function dropDatabase(session: Session, name: string): Promise<void> {
  if (!(await databaseExists(session, name))) return;
  await allowConnections(session, name, false);
  await terminateSessions(session, name);
  await session.query(`DROP DATABASE IF EXISTS ${quoteIdent(name)}`);
}

/**
 * Marks a database as a template, or takes the mark away; a missing one is fine. Odoo without `db_name` serves and runs
 * the crons of every database of its role, but of templates.
 */
export async function hideDatabase(session: Session, name: string, hidden: boolean): Promise<void> {
  if (!(await databaseExists(session, name))) return;
  await session.query(`ALTER DATABASE ${quoteIdent(name)} IS_TEMPLATE ${hidden ? "true" : "false"}`);
}

/** Allows or forbids new connections to a database; a missing one is fine. */
export async function allowConnections(session: Session, name: string, allowed: boolean): Promise<void> {
  if (!(await databaseExists(session, name))) return;
  await session.query(`ALTER DATABASE ${quoteIdent(name)} ALLOW_CONNECTIONS ${allowed ? "true" : "false"}`);
}

/**
 * Ends every other session of a database and waits until none is left; ExpectedError when some survive `timeoutMs`. Workers
 * of autovacuum, which have no role, may only be ended by a superuser; the server does that itself where a database is renamed
 * or dropped. Of other roles' sessions the server shows a role that may not read all statistics little more than their role.
 */
export async function terminateSessions(session: Session, name: string, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const rows = await session.query<{ pid: number; gone: boolean }>(
      `SELECT pid, pg_catalog.pg_terminate_backend(pid) AS gone
         FROM pg_catalog.pg_stat_activity WHERE datname = $1 AND pid <> pg_catalog.pg_backend_pid() AND usesysid IS NOT NULL`,
      [name],
    );
    if (rows.length === 0) return;
    if (Date.now() > deadline) {
      throw new ExpectedError({
        code: "database-in-use",
        message: `Database ${name} still has ${rows.length} session(s) after ${timeoutMs / 1000} s of terminating them.`,
        remedy: "Stop the programs that use it (poolers included), then run again.",
      });
    }
    await sleep(100);
  }
}

/** One step of a rename transaction. */
export interface Rename {
  from: string;
  to: string;
  /** Does the database accept connections afterwards? */
  connectable: boolean;
}

/**
 * Renames databases in one transaction, in the given order: all or none. Every `from` is closed and emptied first; on
 * failure the databases that were open are opened again. `session` must be connected to none of them.
 */
export async function renameInTransaction(session: Session, renames: readonly Rename[]): Promise<void> {
  const open = await openDatabases(session, renames);
  try {
    for (const { from } of renames) await allowConnections(session, from, false);
    for (const { from } of renames) await terminateSessions(session, from);
    await session.query("BEGIN");
    for (const { from, to, connectable } of renames) {
      await session.query(`ALTER DATABASE ${quoteIdent(from)} RENAME TO ${quoteIdent(to)}`);
      await session.query(`ALTER DATABASE ${quoteIdent(to)} ALLOW_CONNECTIONS ${connectable ? "true" : "false"}`);
    }
    await session.query("COMMIT");
  } catch (error) {
    await session.query("ROLLBACK").catch(() => undefined);
    for (const name of open) await allowConnections(session, name, true).catch(() => undefined);
    throw error;
  }
}

async function openDatabases(session: Session, renames: readonly Rename[]): Promise<string[]> {
  const rows = await session.query<{ datname: string }>(
    "SELECT datname FROM pg_catalog.pg_database WHERE datallowconn AND datname = ANY ($1::text[])",
    [renames.map((rename) => rename.from)],
  );
  return rows.map((row) => row.datname);
}

/** A swap: `incoming` takes the name `live`, the database of that name (if any) is kept as `outgoing`, closed. */
export interface Swap {
  live: string;
  incoming: string;
  outgoing: string;
}

/** Puts one database in the place of another, atomically; the old one is kept under its new name, not connectable. */
export async function swapDatabases(session: Session, { live, incoming, outgoing }: Swap): Promise<void> {
  const keepOld = (await databaseExists(session, live)) ? [{ from: live, to: outgoing, connectable: false }] : [];
  await renameInTransaction(session, [...keepOld, { from: incoming, to: live, connectable: true }]);
}
