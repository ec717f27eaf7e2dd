import { isFailure, type LogRecord, loadedModule, progressOf, type UpdateProgress } from "../odoo/log.ts";
import { spawnChild } from "../platform/process.ts";
import { LogTail } from "./log-tail.ts";

/** One run of `odoo -u`. */
export interface UpdateRun {
  command: string;
  args: readonly string[];
  logFile: string;
  timeoutMs: number;
  signal: AbortSignal;
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

/** Runs the update to its end. */
export async function runUpdate(update: UpdateRun): Promise<UpdateOutcome> {
  const records: LogRecord[] = [];
  const tail = new LogTail(update.logFile, (record) => {
    const progress = progressOf(record);
    if (progress) update.onProgress(progress);
    if (isFailure(record) || loadedModule(record)) records.push(record);
  });
  const child = spawnChild(update.command, update.args);
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
    await tail.end();
  }
}
