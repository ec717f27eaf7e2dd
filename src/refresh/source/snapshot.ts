import { GUARD_SCHEMA } from "../../environment/masked-views.ts";
import type { Clock } from "../../platform/clock.ts";
import { ExpectedError } from "../../platform/errors.ts";
import { type Connection, DatabaseError, type Session } from "../../platform/postgres.ts";
import { duration } from "../../platform/text.ts";
import { STANDBY_CONFLICT } from "../failure.ts";
import { notOfExtension, userSchema } from "../schema/scope.ts";
import { type Sessions, SOURCE_SETTINGS } from "../sessions.ts";

/** A consistent view of production that several sessions share, with its tables locked against change of shape. */
export interface Snapshot {
  holder: Session;
  id: string;
  at: Date;
}

const LOCK_ATTEMPTS = 3;

const TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")} ORDER BY 1`;

// Locking a view locks the tables it reads, for which the view's owner needs the privilege.
const VIEWS = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'v' AND n.nspname = '${GUARD_SCHEMA}' AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1`;

/**
 * Locks every table of the source (ACCESS SHARE, as any SELECT), then takes and exports the snapshot. The locks come
 * first: after a TRUNCATE an older snapshot would silently read no rows.
 */
export async function takeSnapshot(
  sessions: Sessions,
  source: Connection,
  { lockTimeoutMs, clock, guarded }: { lockTimeoutMs: number; clock: Clock; guarded: boolean },
): Promise<Snapshot> {
  const holder = await sessions.open(source, "holder", SOURCE_SETTINGS);
  for (let attempt = 1; ; attempt++) {
    const before = await names(holder, TABLES);
    const locked = guarded ? await names(holder, VIEWS) : before;
    try {
      await holder.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      await holder.query(`SET LOCAL lock_timeout = ${Math.round(lockTimeoutMs)}`);
      if (locked.length > 0) await holder.query(`LOCK TABLE ONLY ${locked.join(", ONLY ")} IN ACCESS SHARE MODE`);
      const [row] = await holder.query<{ id: string; at: Date }>(
        "SELECT pg_export_snapshot() AS id, transaction_timestamp() AS at",
      );
      const after = await names(holder, TABLES);
      if (row && after.join() === before.join()) return { holder, ...row };
    } catch (error) {
      const changed = error instanceof DatabaseError && ["55P03", "42P01"].includes(error.sqlState);
      if (!changed || attempt === LOCK_ATTEMPTS) throw changed ? busy(lockTimeoutMs, error) : error;
    }
    await holder.query("ROLLBACK");
    if (attempt === LOCK_ATTEMPTS) throw busy(lockTimeoutMs);
    await clock.sleep(2000);
  }
}

async function names(session: Session, sql: string): Promise<string[]> {
  const rows = await session.query<{ name: string }>(sql);
  return rows.map((row) => row.name);
}

function busy(lockTimeoutMs: number, cause?: unknown): ExpectedError {
  return new ExpectedError(
    {
      code: "source-busy",
      message: `Production's tables could not be locked for reading in ${LOCK_ATTEMPTS} attempts of ${lockTimeoutMs / 1000} s: something changes their shape, such as a module update.`,
      remedy: "Run the refresh when no deployment is running on production.",
    },
    { cause },
  );
}

/** Another session that sees exactly what the holder sees. */
export async function joinSnapshot(
  sessions: Sessions,
  source: Connection,
  snapshot: Snapshot,
  role: string,
  settings: Record<string, string> = {},
) {
  const session = await sessions.open(source, role, { ...SOURCE_SETTINGS, ...settings });
  await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await session.query(`SET TRANSACTION SNAPSHOT '${snapshot.id.replaceAll("'", "")}'`);
  return session;
}

// Only sessions of this database's users count: autovacuum, which has no role, gives way by itself, and who copies or drops
// whole databases from another one, as deployments and refreshes do, waits for no row of production.
const BLOCKED = `
  SELECT coalesce(w.relation::regclass::text, w.locktype) AS relation, w.mode, s.usename::text AS role, s.application_name AS application,
         extract(epoch FROM clock_timestamp() - coalesce(w.waitstart, clock_timestamp()))::float8 * 1000 AS ms
    FROM pg_locks w JOIN pg_stat_activity s ON s.pid = w.pid
   WHERE NOT w.granted AND s.datname = current_database() AND s.usesysid IS NOT NULL
     AND s.application_name NOT LIKE 'odoo-refresh:%' AND EXISTS (SELECT 1 FROM unnest(pg_blocking_pids(w.pid)) b(pid) JOIN pg_stat_activity a ON a.pid = b.pid
                                    WHERE starts_with(a.application_name, $1))
   ORDER BY ms DESC LIMIT 1`;

const HELD = `
  SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = $1) AS held, pg_is_in_recovery() AS standby`;

// A network that is cut says nothing; TCP itself would wait for a quarter of an hour.
const SILENT_MS = 60_000;

/** What is watched. */
interface Watch {
  prefix: string;
  /** How long production may wait for us, and vacuum for the end of our snapshot, in ms. */
  maxBlockMs: number;
  maxSnapshotMs: number;
  /** Backend of the session that holds snapshot and locks, once there is one. */
  holder: () => number | undefined;
  abort: (error: Error) => void;
}

/**
 * Watches production: when anybody waits for us longer than `maxBlockMs`, or the snapshot grows older than
 * `maxSnapshotMs`, `abort` is called and production wins. So it is when the locks are gone, without which a TRUNCATE would
 * leave the snapshot empty tables. Returns a function that ends the watch.
 */
export async function watchProduction(
  sessions: Sessions,
  source: Connection,
  { prefix, maxBlockMs, maxSnapshotMs, holder, abort }: Watch,
): Promise<() => Promise<void>> {
  const session = await sessions.open(source, "watchdog", SOURCE_SETTINGS);
  let since: number | undefined;
  let ended = false;
  const look = async () => {
    if (since !== undefined) {
      if (performance.now() - since > SILENT_MS && !ended) abort(unwatched());
      return;
    }
    since = performance.now();
    try {
      const [row] = await session.query<BlockedSession>(BLOCKED, [prefix]);
      if (row && row.ms > maxBlockMs) abort(blocked(row, maxBlockMs));
      const pid = holder();
      const [snapshot] = await session.query<{ held: boolean; standby: boolean }>(HELD, [pid]);
      if (pid !== undefined && snapshot?.held === false && !ended) abort(snapshotLost(snapshot.standby));
    } catch (error) {
      if (!ended) abort(unwatched(error));
    } finally {
      since = undefined;
    }
  };
  const tooOld = setTimeout(() => abort(snapshotTooOld(maxSnapshotMs)), maxSnapshotMs);
  const timer = setInterval(() => void look(), Math.min(1000, Math.max(100, maxBlockMs / 3)));
  return async () => {
    if (ended) return;
    ended = true;
    clearInterval(timer);
    clearTimeout(tooOld);
    await sessions.close(session);
  };
}

interface BlockedSession extends Record<string, unknown> {
  relation: string;
  mode: string;
  role: string;
  application: string;
  ms: number;
}

function blocked({ relation, mode, role, application }: BlockedSession, maxBlockMs: number): ExpectedError {
  return new ExpectedError({
    code: "production-blocked",
    message: `A session of production (role ${role}, ${application || "no application name"}) waited more than ${maxBlockMs / 1000} s for ${mode} on ${relation} because of the refresh, so the refresh stopped.`,
    remedy:
      "Run the refresh outside deployments of production, or raise the input max-block when production can wait longer.",
  });
}

function snapshotLost(standby: boolean): ExpectedError {
  if (standby) {
    const message = `${STANDBY_CONFLICT.what}; staging is as it was before.`;
    return new ExpectedError({ code: STANDBY_CONFLICT.code, message, remedy: STANDBY_CONFLICT.remedy });
  }
  return new ExpectedError({
    code: "connection-lost",
    message:
      "The session that holds the snapshot and the locks of production has ended, so the refresh stopped; staging is as it was before.",
    remedy: "Look at the log of production's server for who ended it, then run the refresh again.",
  });
}

function snapshotTooOld(maxSnapshotMs: number): ExpectedError {
  return new ExpectedError({
    code: "snapshot-too-old",
    message: `The refresh held its snapshot of production for ${duration(maxSnapshotMs)}, so that vacuum could remove no dead row, and stopped.`,
    remedy:
      "Use more jobs, a delta refresh or a standby as the source; or raise max-snapshot when production can bear it.",
  });
}

function unwatched(cause?: unknown): ExpectedError {
  return new ExpectedError(
    {
      code: "production-unwatched",
      message:
        "The connection that watches production for sessions waiting on the refresh failed, so the refresh stopped.",
      remedy: "Check the connection to production's database, then run again.",
    },
    { cause },
  );
}
