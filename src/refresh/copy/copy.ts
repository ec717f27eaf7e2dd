import { pipeline } from "node:stream/promises";
import { ExpectedError } from "../../platform/errors.ts";
import { type Connection, DatabaseError, quoteIdent, type Session } from "../../platform/postgres.ts";
import { type Plan, type PlannedTable, readingOf, selectStatement, whereOf } from "../plan/plan.ts";
import { MASK_KEY_SETTING } from "../plan/row.ts";
import type { IndexObject, Schema } from "../schema/model.ts";
import { qualifiedName } from "../schema/tables.ts";
import { type Sessions, TARGET_SETTINGS } from "../sessions.ts";
import { joinSnapshot, type Snapshot } from "../source/snapshot.ts";
import { WorkQueue } from "./queue.ts";

/** What was copied of one table. */
export interface CopiedTable {
  name: string;
  rows: number;
  bytes: number;
  seconds: number;
}

/** Is told what moves. */
export interface CopyProgress {
  bytes(table: PlannedTable, count: number): void;
  tableDone(table: PlannedTable, copied: CopiedTable): void;
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
  progress: CopyProgress;
}

// A table with less than this gets all of its indexes in one go.
const SMALL_BYTES = 8 * 1024 * 1024;
// Tables without rows that are served at once.
const BATCH = 20;

type Task = (source: Session, target: Session) => Promise<void>;

/**
 * Copies the rows of every planned table through masks, and builds each table's indexes as soon as its rows are there.
 * Largest table first; `jobs` pairs of sessions work on one queue. The first failure ends all.
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
  const queue: WorkQueue<Task> = new WorkQueue([
    ...filled.map(
      (planned): Task =>
        async (source, target) => {
          const result = await copyTable(planned, source, target, work);
          copied.push(result);
          work.progress.tableDone(planned, result);
          queue.push(...indexTasks(planned, indexesOf(planned)));
        },
    ),
    ...bareTasks(bare.map((planned) => indexesOf(planned))),
  ]);
  const workers = Array.from({ length: work.jobs }, (_, index) => runWorker(work, index, queue));
  const failure = (await Promise.allSettled(workers)).find((outcome) => outcome.status === "rejected");
  if (failure) throw failure.reason;
  return copied;
}

const hasRows = (planned: PlannedTable) => !planned.emptiedBecause && !planned.table.empty;

/** Tables without rows get their indexes many at a time: a round trip each would be most of the work. */
function bareTasks(indexes: readonly IndexObject[][]): Task[] {
  const tasks: Task[] = [];
  for (let at = 0; at < indexes.length; at += BATCH) {
    const statements = indexes
      .slice(at, at + BATCH)
      .flatMap((ofTable) => [...ofTable.map((i) => i.ddl), ...ofTable.flatMap((i) => i.constraint ?? [])]);
    if (statements.length > 0) tasks.push(async (_source, target) => void (await target.query(statements.join(";\n"))));
  }
  return tasks;
}

async function runWorker({ sessions, ...work }: CopyWork, index: number, queue: WorkQueue<Task>) {
  const source = await joinSnapshot(sessions, work.source, work.snapshot, `copy-${index}`);
  const target = await sessions.open(work.target, `load-${index}`, TARGET_SETTINGS);
  try {
    await source.query("SELECT set_config($1, $2, false)", [MASK_KEY_SETTING, work.maskKey]);
    await queue.drain(async (task) => {
      work.signal.throwIfAborted();
      await task(source, target);
    });
  } finally {
    await Promise.all([sessions.close(source), sessions.close(target)]);
  }
}

async function copyTable(
  planned: PlannedTable,
  source: Session,
  target: Session,
  work: CopyWork,
): Promise<CopiedTable> {
  const started = performance.now();
  const name = qualifiedName(planned.table);
  const columns = planned.columns.map(({ column }) => quoteIdent(column.name)).join(", ");
  if (planned.columns.length === 0) return copyBareRows(planned, source, target);
  let bytes = 0;
  // Frozen rows need no later vacuum, which the table must be truncated for; not worth it for a few pages.
  const frozen = planned.table.bytes >= SMALL_BYTES;
  await target.query(frozen ? `BEGIN; TRUNCATE ONLY ${name}` : "BEGIN");
  const from = source.copyOut(`COPY (${selectStatement(planned)}) TO STDOUT`);
  const into = target.copyIn(`COPY ${name} (${columns}) FROM STDIN${frozen ? " (FREEZE)" : ""}`);
  from.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    work.progress.bytes(planned, chunk.length);
  });
  await pipeline(from, into, { signal: work.signal }).catch((error: unknown) => {
    throw copyFailed(planned, error);
  });
  if (from.rowCount !== into.rowCount) throw lostRows(planned, from.rowCount, into.rowCount);
  await target.query("COMMIT");
  return { name: planned.name, rows: into.rowCount, bytes, seconds: (performance.now() - started) / 1000 };
}

/** A table whose columns are all generated, or that has none: only the number of its rows travels. */
async function copyBareRows(planned: PlannedTable, source: Session, target: Session): Promise<CopiedTable> {
  const name = qualifiedName(planned.table);
  const [row] = await source.query<{ rows: number }>(
    `SELECT count(*)::float8 AS rows FROM ${readingOf(planned).from}${whereOf(planned)}`,
  );
  await target.query(`INSERT INTO ${name} SELECT FROM generate_series(1, $1::bigint)`, [row?.rows ?? 0]);
  return { name: planned.name, rows: row?.rows ?? 0, bytes: 0, seconds: 0 };
}

function indexTasks(planned: PlannedTable, indexes: readonly IndexObject[]): Task[] {
  const name = qualifiedName(planned.table);
  const constraints = indexes.flatMap((index) => index.constraint ?? []);
  const last = [...constraints, `ANALYZE ${name}`];
  const run =
    (statements: readonly string[]): Task =>
    async (_source, target) => {
      await target.query(statements.join(";\n")).catch((error: unknown) => {
        throw indexFailed(planned, error);
      });
    };
  if (planned.table.bytes < SMALL_BYTES || indexes.length < 2) {
    return [run([...indexes.map((index) => index.ddl), ...last])];
  }
  // Big tables: one task per index, so that workers share them; the constraints follow when the last one stands.
  let left = indexes.length;
  return indexes
    .toSorted((a, b) => b.bytes - a.bytes)
    .map((index) => async (source, target) => {
      await run([index.ddl])(source, target);
      left -= 1;
      if (left === 0) await run(last)(source, target);
    });
}

function copyFailed(planned: PlannedTable, error: unknown): unknown {
  if (!(error instanceof DatabaseError) || ["57014", "08006", "57P01"].includes(error.sqlState)) return error;
  return new ExpectedError(
    {
      code: "copy-failed",
      message: `Rows of ${planned.name} could not be copied: ${error.message}.`,
      remedy: "Write a rule for the column that the error names, or report the mask that gave such a value.",
    },
    { cause: error },
  );
}

function indexFailed(planned: PlannedTable, error: unknown): unknown {
  if (!(error instanceof DatabaseError) || !/^2[23]/.test(error.sqlState)) return error;
  return new ExpectedError(
    {
      code: "mask-collision",
      message: `An index or constraint of ${planned.name} could not be built on the masked rows: ${error.message}.`,
      remedy: "Give the column that the index names a mask that keeps rows apart, such as token or identifier.",
    },
    { cause: error },
  );
}

function lostRows(planned: PlannedTable, sent: number, received: number): ExpectedError {
  return new ExpectedError({
    code: "rows-lost",
    message: `Production sent ${sent} rows of ${planned.name}, but the copy received ${received}.`,
    remedy: "Run the refresh again; if it repeats, look at what lies between the two servers.",
  });
}
