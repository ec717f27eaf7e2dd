import { ExpectedError } from "../platform/errors.ts";
import { type Connection, connect, type Session } from "../platform/postgres.ts";

/** Beginning of the application_name of every session of a refresh into this database; recovery finds orphans by it. */
export function applicationPrefix(target: string): string {
  return `odoo-refresh:${target}:`.slice(0, 50);
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
};

/** Settings of sessions that read production: exact values, qualified names, and no backend left when we vanish. */
export const SOURCE_SETTINGS: Record<string, string> = {
  ...COMMON,
  search_path: "pg_catalog",
  row_security: "off",
  synchronize_seqscans: "off",
  client_connection_check_interval: "10000",
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

/** The open sessions of one refresh, which are all cancelled at once when it is aborted. */
export class Sessions {
  readonly #prefix: string;
  readonly #signal: AbortSignal;
  readonly #open = new Set<Session>();
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
    this.#open.add(session);
    // Since PostgreSQL 17 a transaction may have a time limit of its own.
    await session.query(
      `SELECT set_config('transaction_timeout', '0', false) WHERE current_setting('server_version_num')::int >= 170000`,
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
    await Promise.all([...this.#open].map((session) => this.close(session)));
  }

  #cancel(): void {
    for (const session of this.#open) void session.cancel().catch(() => undefined);
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
