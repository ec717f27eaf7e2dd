import type { Session } from "../platform/postgres.ts";

const everyMs = 1_000;

/** Keeps others out of a database that has to accept our own connections. */
export class Fence {
  readonly #timer: NodeJS.Timeout;
  #running: Promise<unknown> = Promise.resolve();

  /** Once a second ends the sessions that do not bear this application name; `admin` is connected to another database. */
  constructor(admin: Session, database: string, applicationName: string) {
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => endOthers(admin, database, applicationName)).catch(() => {});
    }, everyMs);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }
}

async function endOthers(admin: Session, database: string, applicationName: string): Promise<void> {
  await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = $1 AND application_name <> $2 AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    [database, applicationName],
  );
}
