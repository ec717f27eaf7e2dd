import type { Connection } from "../../platform/postgres.ts";
import type { CopiedTable } from "../copy/copy.ts";
import { isSameMajor } from "../copy/format.ts";
import { WorkQueue } from "../copy/queue.ts";
import { MASK_KEY_SETTING } from "../plan/row.ts";
import type { Progress } from "../progress.ts";
import { qualifiedName } from "../schema/tables.ts";
import { type Sessions, TARGET_SETTINGS } from "../sessions.ts";
import { joinSnapshot, type Snapshot } from "../source/snapshot.ts";
import { writtenSince } from "./detect.ts";
import { openTarget } from "./integrity.ts";
import { DeltaProgress } from "./progress.ts";
import { replaceRanges, replaceRows } from "./replace.ts";
import { stream, type TableWork } from "./stream.ts";
import type { TableChange } from "./ways.ts";

/** Everything that bringing a copy up to date needs. */
export interface DeltaWork {
  sessions: Sessions;
  source: Connection;
  target: Connection;
  snapshot: Snapshot;
  /** Of the source, such as 180002. */
  serverVersion: number;
  /** Of the golden copy that the target is a clone of. */
  horizon: string;
  maskKey: string;
  jobs: number;
  signal: AbortSignal;
  progress: Progress;
}

/** Brings every changed table up to date, largest first; each in one transaction. Returns what travelled. */
export async function applyChanges(changes: readonly TableChange[], work: DeltaWork): Promise<CopiedTable[]> {
  const touched = changes.filter(({ way }) => way !== "same").toSorted((a, b) => weight(b) - weight(a));
  const queue = new WorkQueue(touched);
  const moving = new DeltaProgress(touched);
  work.progress.now(() => moving.describe());
  const copied: CopiedTable[] = [];
  const worker = async (_: unknown, index: number) => {
    const source = await joinSnapshot(work.sessions, work.source, work.snapshot, `delta-${index}`);
    await source.query("SELECT set_config($1, $2, false)", [MASK_KEY_SETTING, work.maskKey]);
    const target = await openTarget(work.sessions, work.target, `apply-${index}`, TARGET_SETTINGS);
    const sameMajor = await isSameMajor(target, work.serverVersion);
    try {
      await queue.drain(async (change) => {
        work.signal.throwIfAborted();
        const table = { ...work, change, source, target, sameMajor, moving };
        copied.push(await moving.tables.step(change.planned.name, () => applyChange(table)));
      });
    } finally {
      await Promise.all([work.sessions.close(source), work.sessions.close(target)]);
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: work.jobs }, worker));
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure) throw failure.reason;
  return copied;
}

const weight = ({ way, rows, changed }: TableChange) => (way === "whole" ? rows : changed);

async function applyChange(work: TableWork): Promise<CopiedTable> {
  const { planned, way } = work.change;
  const started = performance.now();
  await work.target.query("BEGIN");
  const { bytes } = await WAYS[way === "same" ? "append" : way](work);
  await work.target.query("COMMIT");
  if (isOtherThanAnalyzed(work.change)) await work.target.query(`ANALYZE ${qualifiedName(planned.table)}`);
  const seconds = (performance.now() - started) / 1000;
  return { name: planned.name, rows: work.change.rows, bytes, seconds };
}

// As autovacuum sees it by default: the golden copy's statistics hold until a tenth of the rows is another.
const isOtherThanAnalyzed = ({ way, before, rows, changed }: TableChange) =>
  way === "whole" || changed + Math.abs(rows - before) > 50 + 0.1 * before;

const WAYS = { append, rows: replaceRows, ranges: replaceRanges, whole: replaceAll };

function append(work: TableWork) {
  const { planned } = work.change;
  return stream(work, writtenSince(work.horizon), qualifiedName(planned.table));
}

async function replaceAll(work: TableWork) {
  const { planned, rows } = work.change;
  const name = qualifiedName(planned.table);
  // Other tables may refer to it, which TRUNCATE would not have.
  await work.target.query(`DELETE FROM ONLY ${name}`);
  if (planned.emptiedBecause || rows === 0) return { rows: 0, bytes: 0 };
  return stream(work, undefined, name);
}
