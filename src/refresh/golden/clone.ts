import { type Connection, DatabaseError, quoteIdent, type Session } from "../../platform/postgres.ts";

/**
 * Copies a database on its own server, page by page; nobody may be connected to `template`. Where the server (18 or later)
 * and its file system can share blocks, no byte moves.
 */
export async function cloneDatabase(maintenance: Session, template: string, name: string): Promise<void> {
  const [server] = await maintenance.query<{ major: number }>(
    "SELECT current_setting('server_version_num')::int / 10000 AS major",
  );
  const major = server?.major ?? 0;
  // Page by page instead of through the log: a large database would write all of it twice.
  const strategy = major >= 15 ? " STRATEGY file_copy" : "";
  const create = `CREATE DATABASE ${quoteIdent(name)} TEMPLATE ${quoteIdent(template)}${strategy}`;
  if (major >= 18 && (await sharesBlocks(maintenance, create))) return;
  await maintenance.query(create);
}

async function sharesBlocks(maintenance: Session, create: string): Promise<boolean> {
  try {
    await maintenance.query("SET file_copy_method = clone");
    await maintenance.query(create);
    return true;
  } catch (error) {
    // A platform or file system that cannot do it says so before anything is there.
    if (error instanceof DatabaseError && ["22023", "0A000", "58030", "58P01", "XX000"].includes(error.sqlState)) {
      return false;
    }
    throw error;
  } finally {
    await maintenance.query("RESET file_copy_method").catch(() => undefined);
  }
}

/** Connection to another database of the same server. */
export function databaseOf(connection: Connection, database: string): Connection {
  return { ...connection, database };
}
