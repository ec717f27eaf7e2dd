import type { Clock } from "../../platform/clock.ts";
import type { Connection, Session } from "../../platform/postgres.ts";
import type { Plan, PlannedTable } from "../plan/plan.ts";
import { MASK_KEY_SETTING } from "../plan/row.ts";
import type { Progress } from "../progress.ts";
import type { Schema } from "../schema/model.ts";
import { qualifiedName } from "../schema/tables.ts";
import { type Sessions, TARGET_SETTINGS } from "../sessions.ts";
import { joinSnapshot, type Snapshot } from "../source/snapshot.ts";
import { isSameMajor } from "./format.ts";
import { bareTasks, indexTasks } from "./indexes.ts";
import { CopyProgress, hasRows } from "./progress.ts";
import { WorkQueue } from "./queue.ts";
import { type BlockRange, blockRanges, pieceSize } from "./ranges.ts";
import { copyRows, type Telling } from "./rows.ts";

/** What was copied of one table. */
export interface CopiedTable {
  name: string;
  rows: number;
  bytes: number;
  /** Of a table in pieces: of all its pieces together. */
  seconds: number;
}

/** Everything that copying rows needs. */
export interface CopyWork {
  sessions: Sessions;
  source: Connection;
  target: Connection;
  snapshot: Snapshot;
  plan: Plan;
  schema: Schema;
  /** Hex; masks that hide tokens are keyed by it. */
  maskKey: string;
  jobs: number;
  signal: AbortSignal;
  progress: Progress;
  clock: Clock;
  /** Tables of twice this many bytes and more are copied in pieces; default: by the size of the whole and `jobs`. */
  pieceBytes?: number;
}

/** The two sessions of one worker. */
export interface SessionPair {
  source: Session;
  target: Session;
  /** Both servers are of one major version, and so speak the same binary format. */
  sameMajor: boolean;
}

/** What a worker does with its sessions. */
export type CopyTask = (pair: SessionPair) => Promise<void>;

/**
 * Copies the rows of every planned table through masks, and builds each table's indexes as soon as its rows are there.
 * Largest table first, the largest in pieces; `jobs` pairs of sessions work on one queue. The first failure ends all.
 */
export async function copyTables(work: CopyWork): Promise<CopiedTable[]> {
  const { tables } = work.plan;
  const indexes = Map.groupBy(work.schema.indexes, (index) => index.table);
  const indexesOf = ({ table }: PlannedTable) => indexes.get(table.oid) ?? [];
  const filled = tables.filter(hasRows).toSorted((a, b) => b.table.bytes - a.table.bytes);
  const bare = tables.filter((planned) => !hasRows(planned));
  const copied = bare
    .filter((planned) => !planned.emptiedBecause)
    .map(({ name }) => ({ name, rows: 0, bytes: 0, seconds: 0 }));
  const total = filled.reduce((sum, { table }) => sum + table.bytes, 0);
  const pieceBytes = work.pieceBytes ?? pieceSize(total, work.jobs);
  const moving = watched(work);
  const pieces = new Map(filled.map((planned) => [planned, rangesOf(planned, pieceBytes)]));
  const queue: WorkQueue<CopyTask> = new WorkQueue([
    ...[...pieces].flatMap(([planned, ranges]) =>
      tableTasks(planned, ranges, { signal: work.signal, progress: moving }, (result) => {
        copied.push(result);
        moving.tableDone(planned, result);
        queue.push(...indexTasks(planned, indexesOf(planned), moving.indexes));
      }),
    ),
    ...bareTasks(
      bare.map((planned) => indexesOf(planned)),
      moving.indexes,
    ),
  ]);
  const workers = Array.from({ length: work.jobs }, (_, index) => runWorker(work, index, queue));
  const failure = (await Promise.allSettled(workers)).find((outcome) => outcome.status === "rejected");
  if (failure) throw failure.reason;
  await freeze(
    filled.filter((planned) => (pieces.get(planned)?.length ?? 0) > 1),
    work,
  );
  return copied;
}

/** From here on lines say how far rows and indexes are. */
function watched({ plan, schema, progress, clock }: CopyWork): CopyProgress {
  const oids = new Set(plan.tables.map(({ table }) => table.oid));
  const indexes = schema.indexes.filter((index) => oids.has(index.table)).length;
  const moving = new CopyProgress({ plan, indexes }, clock);
  progress.now(() => moving.describe());
  return moving;
}

// Without columns nothing travels but a count.
const rangesOf = ({ table, columns }: PlannedTable, pieceBytes: number) =>
  columns.length === 0 ? [{ from: 0 }] : blockRanges(table, pieceBytes);

/** The pieces of one table; `done` is told their sum when the last one is there. */
function tableTasks(
  planned: PlannedTable,
  ranges: readonly BlockRange[],
  telling: Telling,
  done: (sum: CopiedTable) => void,
): CopyTask[] {
  const sum: CopiedTable = { name: planned.name, rows: 0, bytes: 0, seconds: 0 };
  let left = ranges.length;
  return ranges.map(
    (range): CopyTask =>
      async (pair) => {
        telling.progress.bytes(planned, 0); // a view may think for long before its first row
        const { rows, bytes, seconds } = await copyRows(planned, range, pair, telling);
        sum.rows += rows;
        sum.bytes += bytes;
        sum.seconds += seconds;
        left -= 1;
        if (left === 0) done(sum);
      },
  );
}

/** What could not be loaded frozen would be written once more by a vacuum, when people work with the copy. */
async function freeze(tables: readonly PlannedTable[], { sessions, target, jobs, progress }: CopyWork): Promise<void> {
  if (tables.length === 0) return;
  // Only now, since a transaction that still runs keeps the rows of all others from being frozen.
  const queue = new WorkQueue(tables);
  const stage = progress.stage("tables frozen", tables.length);
  // A commit that is not on disk yet keeps its rows from being marked; one that waits for the disk takes all with it.
  await sessions.with(target, "flush", { ...TARGET_SETTINGS, synchronous_commit: "on" }, (session) =>
    session.query("SELECT pg_logical_emit_message(true, 'odoo_pipeline', '')"),
  );
  // There are no dead rows: indexes need not be read.
  const vacuum = "VACUUM (FREEZE, INDEX_CLEANUP off)";
  const worker = () =>
    sessions.with(target, "freeze", TARGET_SETTINGS, (session) =>
      queue.drain(({ name, table }) =>
        stage.step(name, async () => void (await session.query(`${vacuum} ${qualifiedName(table)}`))),
      ),
    );
  await Promise.all(Array.from({ length: Math.min(jobs, tables.length) }, worker));
}

async function runWorker({ sessions, ...work }: CopyWork, index: number, queue: WorkQueue<CopyTask>) {
  const source = await joinSnapshot(sessions, work.source, work.snapshot, `copy-${index}`);
  const target = await sessions.open(work.target, `load-${index}`, TARGET_SETTINGS);
  try {
    await source.query("SELECT set_config($1, $2, false)", [MASK_KEY_SETTING, work.maskKey]);
    const sameMajor = await isSameMajor(target, work.schema.serverVersion);
    await queue.drain(async (task) => {
      work.signal.throwIfAborted();
      await task({ source, target, sameMajor });
    });
  } finally {
    await Promise.all([sessions.close(source), sessions.close(target)]);
  }
}
