import { databasesOfOurs, dropDatabase } from "../../environment/databases.ts";
import { messageOf } from "../../platform/errors.ts";
import type { Log } from "../../platform/log.ts";
import { quoteIdent, quoteLiteral, type Session } from "../../platform/postgres.ts";
import { tryLockTarget, unlockTarget } from "../activation/recovery.ts";
import { pastRetention } from "./usable.ts";

// In the comment of the database, as when copies of it expire: it is read without opening a golden copy.
const MARK = "odoo-release-pipeline: golden copy, goes back to ";

/** Golden copies of one staging database, and how long the team keeps them. */
export interface Retention {
  staging: string;
  /** `refresh.retention.golden` in ms; 0 keeps none. */
  goldenMs: number;
  now: Date;
}

/** Notes on a golden copy how far it goes back (ISO 8601). */
export async function markBirth(maintenance: Session, name: string, bornAt: string): Promise<void> {
  await maintenance.query(`COMMENT ON DATABASE ${quoteIdent(name)} IS ${quoteLiteral(MARK + bornAt)}`);
}

/** How far a golden copy goes back by its mark, or undefined where it has none. */
export async function markedBirth(maintenance: Session, name: string): Promise<string | undefined> {
  const [row] = await maintenance.query<{ comment: string | null }>(
    "SELECT shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = $1",
    [name],
  );
  return row?.comment?.startsWith(MARK) ? row.comment.slice(MARK.length) : undefined;
}

/** Drops what is marked as past its retention; returns the names. */
export async function dropPastRetention(maintenance: Session, retention: Retention, log: Log): Promise<string[]> {
  const old: string[] = [];
  for (const name of await databasesOfOurs(maintenance, retention.staging, "gold")) {
    const bornAt = await markedBirth(maintenance, name);
    if (bornAt !== undefined && pastRetention(bornAt, retention.now, retention.goldenMs) !== undefined) old.push(name);
  }
  return await dropGoldenCopies(maintenance, retention.staging, old, log);
}

/**
 * Drops golden copies; returns the names. Not while a refresh into their staging is at work, which may be building upon one
 * and drops it itself at its end; one that cannot be dropped is a warning, and the next run's.
 */
export async function dropGoldenCopies(
  maintenance: Session,
  staging: string,
  names: readonly string[],
  log: Log,
): Promise<string[]> {
  if (names.length === 0 || !(await tryLockTarget(maintenance, staging))) return [];
  const dropped: string[] = [];
  try {
    for (const name of names) {
      await dropDatabase(maintenance, name);
      dropped.push(name);
      log.info(`dropped ${name}, which was past its retention`);
    }
  } catch (error) {
    log.warning(`A golden copy of ${staging} that is past its retention could not be dropped: ${messageOf(error)}`);
  } finally {
    await unlockTarget(maintenance, staging);
  }
  return dropped;
}
