import { isFailure, type LogRecord, loadedModule, progressOf, type UpdateProgress } from "../odoo/log.ts";
import type { Session } from "../platform/postgres.ts";
import { spawnChild } from "../platform/process.ts";
import { LogTail } from "./log-tail.ts";

/** One run of `odoo -u`. */
export interface UpdateRun {
  command: string;
  args: readonly string[];
  /** Must name the sessions of the run `applicationName`. */
  env: Record<string, string>;
  applicationName: string;
  database: string;
  logFile: string;
  timeoutMs: number;
  signal: AbortSignal;
  /** Connected to another database of the same server. */
  admin: Session;
  onStarted(pid: number): Promise<void>;
  onProgress(progress: UpdateProgress): void;
}

/** How the run ended, with the records of its log that matter to the verdict. */
export interface UpdateOutcome {
  exitCode: number | null;
  timedOut: boolean;
  records: LogRecord[];
  /** The end of what it printed besides its log. */
  printed: string;
}

/** Runs the update to its end, alone: whoever else comes into the database is sent away every second. */
export async function runUpdate(update: UpdateRun): Promise<UpdateOutcome> {
  const records: LogRecord[] = [];
  const tail = new LogTail(update.logFile, (record) => {
    const progress = progressOf(record);
    if (progress) update.onProgress(progress);
    if (isFailure(record) || loadedModule(record)) records.push(record);
  });
  const child = spawnChild(update.command, update.args, { env: update.env });
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      printed = (printed + chunk.toString("utf8")).slice(-8192);
    });
  let timedOut = false;
  const stop = () => void child.stop();
  const limit = setTimeout(() => {
    timedOut = true;
    stop();
  }, update.timeoutMs);
  const fence = keepOthersOut(update);
  update.signal.addEventListener("abort", stop, { once: true });
  try {
    await update.onStarted(child.pid);
    const { code } = await child.exited;
    update.signal.throwIfAborted();
    return { exitCode: code, timedOut, records, printed };
  } finally {
    update.signal.removeEventListener("abort", stop);
    clearTimeout(limit);
    await child.stop();
    await fence.end();
    await tail.end();
  }
}

/** Ends foreign sessions of the database once a second. */
function keepOthersOut({ admin, database, applicationName }: UpdateRun): { end(): Promise<void> } {
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = running.then(() => terminateOthers(admin, database, applicationName)).catch(() => {});
  }, 1000);
  return {
    end: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

/** Ends the client sessions of a database that do not bear this application name; returns how many. */
export async function terminateOthers(admin: Session, database: string, applicationName: string): Promise<number> {
  const rows = await admin.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = $1 AND application_name <> $2 AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    [database, applicationName],
  );
  return rows.length;
}
