import { allowConnections, databasesOfOurs } from "../../environment/databases.ts";
import { type Connection, type Session, withSession } from "../../platform/postgres.ts";
import { databaseOf } from "./clone.ts";
import { type GoldenRecord, readGoldenRecord } from "./record.ts";

/** A masked, verified copy that Odoo never updated; nobody can connect to it. */
export interface GoldenCopy {
  name: string;
  record: GoldenRecord;
}

/** The newest golden copy of a staging database, or undefined; `target` is a connection to its server. */
export async function findGolden(
  maintenance: Session,
  target: Connection,
  staging: string,
): Promise<GoldenCopy | undefined> {
  const name = (await databasesOfOurs(maintenance, staging, "gold")).at(-1);
  if (name === undefined) return undefined;
  const record = await visitGolden(maintenance, target, name, readGoldenRecord);
  return record && { name, record };
}

/** Opens a golden copy for one session of ours, and closes it again: it is masked but not neutralized, so it must never boot. */
export async function visitGolden<T>(
  maintenance: Session,
  target: Connection,
  name: string,
  work: (golden: Session) => Promise<T>,
): Promise<T> {
  await allowConnections(maintenance, name, true);
  try {
    return await withSession(databaseOf(target, name), work);
  } finally {
    await allowConnections(maintenance, name, false);
  }
}
