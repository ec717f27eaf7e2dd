import { databaseExists, dropDatabase } from "../../environment/databases.ts";
import { messageOf } from "../../platform/errors.ts";
import type { Log } from "../../platform/log.ts";
import { quoteIdent, quoteLiteral, type Session } from "../../platform/postgres.ts";

// In the comment of the database, where it is seen without a connection to it, and by people too.
const MARK = "odoo-release-pipeline: copy of a golden copy";
const EXPIRY = / called (?<database>.*), expires (?<at>\S+)$|, expires (?<only>\S+)$/s;

/** A database whose time is over, and whose files are its own: while it is built it has another name than they. */
interface Expired {
  name: string;
  files: string;
}

/** Notes on a database when it may be dropped (ISO 8601), and the name that it has or will have. */
export async function markExpiry(
  maintenance: Session,
  name: string,
  expiresAt: string,
  database = name,
): Promise<void> {
  const comment = `${MARK} called ${database}, expires ${expiresAt}`;
  await maintenance.query(`COMMENT ON DATABASE ${quoteIdent(name)} IS ${quoteLiteral(comment)}`);
}

/** Names of the databases of the session's role whose time is over. */
export async function expiredDatabases(maintenance: Session, now: Date): Promise<string[]> {
  return (await expired(maintenance, now)).map(({ name }) => name);
}

async function expired(maintenance: Session, now: Date): Promise<Expired[]> {
  const marked = await maintenance.query<{ name: string; comment: string }>(
    `SELECT d.datname AS name, shobj_description(d.oid, 'pg_database') AS comment FROM pg_database d
      WHERE d.datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user)
        AND starts_with(shobj_description(d.oid, 'pg_database'), $1)`,
    [MARK],
  );
  return marked.flatMap(({ name, comment }) => {
    const { database, at, only } = EXPIRY.exec(comment.slice(MARK.length))?.groups ?? {};
    return Date.parse(at ?? only ?? "") <= now.getTime() ? [{ name, files: database ?? name }] : [];
  });
}

/**
 * Drops the databases of the session's role whose time is over, with their files on the node; returns their names. One that
 * cannot be dropped is a warning, and the next run's: a refresh does not wait for it.
 */
export async function dropExpired(
  maintenance: Session,
  { node, now, log }: { node: { removeFiles(database: string): Promise<void> }; now: Date; log: Log },
): Promise<string[]> {
  const dropped: string[] = [];
  for (const { name, files } of await expired(maintenance, now)) {
    try {
      await dropDatabase(maintenance, name);
      if (!(await databaseExists(maintenance, files))) await node.removeFiles(files);
    } catch (error) {
      log.warning(`${name}, whose time is over, could not be dropped with its files: ${messageOf(error)}`);
      continue;
    }
    log.info(`dropped ${name}, whose time was over`);
    dropped.push(name);
  }
  return dropped;
}

/** Was this database made as a copy that expires? Nothing else is ever replaced or dropped under such a name. */
export async function isMarked(maintenance: Session, name: string): Promise<boolean> {
  const [row] = await maintenance.query<{ marked: boolean }>(
    "SELECT starts_with(shobj_description(oid, 'pg_database'), $2) AS marked FROM pg_database WHERE datname = $1",
    [name, MARK],
  );
  return row?.marked === true;
}
