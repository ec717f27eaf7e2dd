import { createHash } from "node:crypto";
import type { Clock } from "../platform/clock.ts";
import { ExpectedError } from "../platform/errors.ts";
import { type Connection, connect, DatabaseError, type Session, withSession } from "../platform/postgres.ts";

/**
 * Beginning of the application_name of every session of a refresh into this database; recovery finds orphans by it. The
 * server cuts it at 63 bytes and keeps ASCII only, and two servers may have a database of one name, each the localhost of
 * its node: hence the hash.
 */
export function applicationPrefix({ host, port, database }: Connection, node: string): string {
  const hash = createHash("sha256").update(`${node} ${host}:${port}/${database}`).digest("hex").slice(0, 8);
  return `odoo-refresh:${database.replaceAll(/[^\w-]/g, "_").slice(0, 24)}:${hash}:`;
}

const COMMON = {
  statement_timeout: "0",
  idle_in_transaction_session_timeout: "0",
  idle_session_timeout: "0",
  client_min_messages: "error",
  extra_float_digits: "3",
  datestyle: "ISO",
  intervalstyle: "postgres",
  timezone: "UTC",
  // A backend at work learns that its client is gone only by looking; until then it keeps its locks.
  client_connection_check_interval: "2000",
};

/** Settings of sessions that read production: exact values, qualified names. */
export const SOURCE_SETTINGS: Record<string, string> = {
  ...COMMON,
  search_path: "pg_catalog",
  row_security: "off",
  synchronize_seqscans: "off",
};

/** Settings of sessions that build the copy. */
export const TARGET_SETTINGS: Record<string, string> = {
  ...COMMON,
  lock_timeout: "0",
  check_function_bodies: "off",
  synchronous_commit: "off",
  maintenance_work_mem: "256MB",
  max_parallel_maintenance_workers: "0",
};

/**
 * The open sessions of one refresh. When it is aborted, all statements are cancelled at once, and the sessions that read
 * production end with their locks, whatever their users wait for.
 */
export class Sessions {
  readonly #prefix: string;
  readonly #signal: AbortSignal;
  readonly #open = new Map<Session, { reads: boolean }>();
  readonly #onAbort = () => this.#cancel();

  constructor(prefix: string, signal: AbortSignal) {
    this.#prefix = prefix;
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort);
  }

  /** Opens a session that carries its role in application_name. */
  async open(connection: Connection, role: string, settings: Record<string, string>): Promise<Session> {
    this.#signal.throwIfAborted();
    const session = await connect({ ...connection, applicationName: this.#prefix + role }, settings);
    // Aborted while it was connecting: nobody would cancel what it is about to do.
    if (this.#signal.aborted) await session.end();
    this.#signal.throwIfAborted();
    this.#open.set(session, { reads: settings.row_security === SOURCE_SETTINGS.row_security });
    // Since PostgreSQL 17 a transaction may have a time limit of its own; and what is in no known encoding is in none of ours.
    await session.query(
      `SELECT set_config('transaction_timeout', '0', false) WHERE current_setting('server_version_num')::int >= 170000
        UNION ALL SELECT set_config('client_encoding', 'SQL_ASCII', false) WHERE getdatabaseencoding() = 'SQL_ASCII'`,
    );
    return session;
  }

  /** Runs `work` with a session that is closed at its end. */
  async with<T>(
    connection: Connection,
    role: string,
    settings: Record<string, string>,
    work: (session: Session) => Promise<T>,
  ): Promise<T> {
    const session = await this.open(connection, role, settings);
    try {
      return await work(session);
    } finally {
      await this.close(session);
    }
  }

  async close(session: Session): Promise<void> {
    this.#open.delete(session);
    await session.end();
  }

  async closeAll(): Promise<void> {
    this.#signal.removeEventListener("abort", this.#onAbort);
    await Promise.all([...this.#open.keys()].map((session) => this.close(session)));
  }

  #cancel(): void {
    for (const [session, { reads }] of this.#open) {
      const cancelled = session.cancel().catch(() => undefined);
      if (reads) void cancelled.then(() => session.end());
    }
  }
}

const RESTART_SECONDS = 15;

/** Runs `work` with a session of its own; waits for a server that is just restarting, as after a crash. */
export async function withRestartedServer<T>(
  connection: Connection,
  clock: Pick<Clock, "sleep">,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withSession(connection, work);
    } catch (error) {
      const restarting = error instanceof DatabaseError && ["57P03", "08006"].includes(error.sqlState);
      if (!restarting || attempt === RESTART_SECONDS) throw error;
      await clock.sleep(1000);
    }
  }
}

/** The error to report when a signal stopped the work: its own reason when that is for people. */
export function abortReason(signal: AbortSignal): Error {
  if (signal.reason instanceof ExpectedError) return signal.reason;
  return new ExpectedError({
    code: "cancelled",
    message: "The refresh was cancelled; staging is as it was before.",
    remedy: "Run it again when it suits.",
  });
}
