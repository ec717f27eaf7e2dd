import type { Readable, Writable } from "node:stream";
import { checkServerIdentity } from "node:tls";
import { Client, type ClientConfig, escapeIdentifier, escapeLiteral } from "pg";
import { ExpectedError } from "./errors.ts";
import { copyInStream, copyOutStream } from "./postgres-copy.ts";
import { type DatabaseError, redactDatabaseError } from "./sqlstate.ts";

export { DatabaseError } from "./sqlstate.ts";

/** How far the server is trusted, in libpq's words, but never silently less than asked. */
export interface TlsSettings {
  mode: "disable" | "require" | "verify-ca" | "verify-full";
  /** Certificates of the authority, PEM; without it those that Node knows. */
  ca?: string;
  /** The name that the certificate must bear, where `host` is the end of a tunnel. */
  serverName?: string;
}

/** Where a database is and who asks; nothing is taken from `PG*` variables or password files. */
export interface Connection {
  /** Host name, or the folder of the Unix socket. */
  host: string;
  port: number;
  user: string;
  password?: string;
  database: string;
  /** Default: disable, as befits a socket or the loopback. */
  tls?: TlsSettings;
  applicationName?: string;
}

/** One connection to a database; every failure is a `DatabaseError`. */
export interface Session {
  /** The rows of one statement; bigint and numeric come as text, timestamps as Date. */
  query<T = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<T[]>;
  /** The data of `COPY ... TO STDOUT`; `rowCount` is known when it has ended; destroying it ends session and query. */
  copyOut(sql: string): Readable & { readonly rowCount: number };
  /** Takes the data of `COPY ... FROM STDIN`; `rowCount` is known when it has finished; destroying it undoes the COPY. */
  copyIn(sql: string): Writable & { readonly rowCount: number };
  readonly backendPid: number;
  /** Cancels the running statement through a connection of its own. */
  cancel(): Promise<void>;
  end(): Promise<void>;
}

/** An identifier quoted for SQL. */
export function quoteIdent(name: string): string {
  return escapeIdentifier(name);
}

/** A text literal quoted for SQL. */
export function quoteLiteral(text: string): string {
  return escapeLiteral(text);
}

/** What Node's TLS has to do for a mode; `false` is no TLS. */
export function tlsOptions(tls: TlsSettings | undefined, host: string): ClientConfig["ssl"] {
  if (!tls || tls.mode === "disable") return false;
  if (tls.mode === "require") return { rejectUnauthorized: false };
  const ca = tls.ca === undefined ? {} : { ca: tls.ca };
  if (tls.mode === "verify-ca") return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined };
  // Node would compare the certificate with "localhost" where the host is an IP address.
  return {
    ...ca,
    rejectUnauthorized: true,
    checkServerIdentity: (_name, cert) => checkServerIdentity(tls.serverName ?? host, cert),
  };
}

/**
 * Connects, within 15 s; `settings` are parameters of the session such as `statement_timeout`. ExpectedError "pooler"
 * when there are settings and the session is none of its own: behind a pooler others would work with them.
 */
export async function connect(connection: Connection, settings: Record<string, string> = {}): Promise<Session> {
  const session = new PostgresSession(connection);
  await session.open(settings);
  return session;
}

/** Runs `work` with a session that is ended whatever happens. */
export async function withSession<T>(
  connection: Connection,
  work: (session: Session) => Promise<T>,
  settings: Record<string, string> = {},
): Promise<T> {
  const session = await connect(connection, settings);
  try {
    return await work(session);
  } finally {
    await session.end();
  }
}

function pooled({ host, port, database }: Connection): ExpectedError {
  return new ExpectedError({
    code: "pooler",
    message: `The connection to ${database} at ${host}:${port} goes through a pooler such as PgBouncer: settings, locks and snapshots need a session of their own.`,
    remedy: "Give host and port of PostgreSQL itself: in odoo.conf, or for production alone in refresh.connection.",
  });
}

class PostgresSession implements Session {
  readonly #connection: Connection;
  readonly #client: Client;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#client = new Client({
      ...{ host: connection.host, port: connection.port, user: connection.user, database: connection.database },
      // A function, since pg would look into PGPASSWORD and ~/.pgpass for a missing password.
      password: () => connection.password ?? "",
      ssl: tlsOptions(connection.tls, connection.host),
      application_name: connection.applicationName ?? "odoo-release-pipeline",
      connectionTimeoutMillis: 15_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 30_000,
    });
    this.#client.on("error", () => {}); // the next or running statement tells
  }

  get backendPid(): number {
    return (this.#client as Client & { processID: number | null }).processID ?? 0;
  }

  async open(settings: Record<string, string>): Promise<void> {
    try {
      await this.#client.connect();
      const names = Object.keys(settings);
      // A pooler cannot tell at login which backend will answer, so it tells the number of none.
      const sql = `SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS setting (name, value)
                    WHERE pg_backend_pid() = $3`;
      const values = [names, Object.values(settings), this.backendPid];
      if (names.length === 0 || (await this.#client.query(sql, values)).rowCount === names.length) return;
    } catch (error) {
      await this.end();
      throw this.#redact(error);
    }
    await this.end();
    throw pooled(this.#connection);
  }

  async query<T = Record<string, unknown>>(sql: string, values?: unknown[]): Promise<T[]> {
    try {
      const result = await this.#client.query(sql, values);
      const last = Array.isArray(result) ? result.at(-1) : result; // several statements give several results
      return last.rows as T[];
    } catch (error) {
      throw this.#redact(error);
    }
  }

  copyOut(sql: string): Readable & { readonly rowCount: number } {
    const abandon = () => this.#abandon();
    return copyOutStream(this.#client, sql, { redact: (error) => this.#redact(error), abandon });
  }

  copyIn(sql: string): Writable & { readonly rowCount: number } {
    return copyInStream(this.#client, sql, { redact: (error) => this.#redact(error) });
  }

  async cancel(): Promise<void> {
    const pid = this.backendPid;
    await withSession(this.#connection, (session) => session.query("SELECT pg_cancel_backend($1)", [pid]));
  }

  async end(): Promise<void> {
    const timer = setTimeout(() => this.#cut(), 5_000);
    await this.#client.end().catch(() => {});
    clearTimeout(timer);
  }

  // A COPY whose data nobody takes any more keeps its backend busy; only a cancel from outside reaches it.
  async #abandon(): Promise<void> {
    await this.cancel().catch(() => {});
    this.#cut();
  }

  #cut(): void {
    const { connection } = this.#client as unknown as { connection: { stream: { destroy(): void } } };
    connection.stream.destroy();
  }

  #redact(error: unknown): DatabaseError {
    const { user, host, port, database } = this.#connection;
    return redactDatabaseError(error, `PostgreSQL ${database} at ${host}:${port} as ${user}`);
  }
}
