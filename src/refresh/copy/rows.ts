import { pipeline } from "node:stream/promises";
import { ExpectedError } from "../../platform/errors.ts";
import { DatabaseError, type Session } from "../../platform/postgres.ts";
import { type PlannedTable, readingOf, whereOf } from "../plan/plan.ts";
import { qualifiedName } from "../schema/tables.ts";
import type { CopiedTable, SessionPair } from "./copy.ts";
import { copyInStatement, copyOutStatement, fitsBinary } from "./format.ts";
import type { CopyProgress } from "./progress.ts";
import { type BlockRange, rangeCondition } from "./ranges.ts";

/** Who is told, and who may end it. */
export interface Telling {
  signal: AbortSignal;
  progress: CopyProgress;
}

// With less than this, emptying the table to load it frozen costs more than a later vacuum.
const WORTH_FREEZING = 8 * 1024 * 1024;

/** Copies a table, or a range of its blocks, through its masks; both sides must count the same rows. */
export async function copyRows(
  planned: PlannedTable,
  range: BlockRange,
  pair: SessionPair,
  { signal, progress }: Telling,
): Promise<CopiedTable> {
  const started = performance.now();
  if (planned.columns.length === 0) return copyBareRows(planned, pair);
  const { source, target, sameMajor } = pair;
  const whole = rangeCondition(range) === undefined;
  const format = {
    binary: fitsBinary(planned, sameMajor),
    freeze: whole && planned.table.bytes >= WORTH_FREEZING,
  };
  if (format.freeze) await target.query(`BEGIN; TRUNCATE ONLY ${qualifiedName(planned.table)}`);
  const from = source.copyOut(copyOutStatement(planned, format, rangeCondition(range)));
  const into = target.copyIn(copyInStatement(planned, format));
  from.on("data", (chunk: Buffer) => progress.bytes(planned, chunk.length));
  const moved = await moveRows(planned, from, into, signal);
  if (format.freeze) await target.query("COMMIT");
  return { name: planned.name, ...moved, seconds: (performance.now() - started) / 1000 };
}

/** Lets the rows of a COPY flow into another; both sides must count the same. Errors name the table, never a value. */
export async function moveRows(
  planned: PlannedTable,
  from: ReturnType<Session["copyOut"]>,
  into: ReturnType<Session["copyIn"]>,
  signal: AbortSignal,
): Promise<{ rows: number; bytes: number }> {
  let bytes = 0;
  from.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await pipeline(from, into, { signal }).catch((error: unknown) => {
    throw copyFailed(planned, error);
  });
  if (from.rowCount !== into.rowCount) throw lostRows(planned, from.rowCount, into.rowCount);
  return { rows: into.rowCount, bytes };
}

/** A table whose columns are all generated, or that has none: only the number of its rows travels. */
async function copyBareRows(planned: PlannedTable, { source, target }: SessionPair): Promise<CopiedTable> {
  const [row] = await source.query<{ rows: number }>(
    `SELECT count(*)::float8 AS rows FROM ${readingOf(planned).from}${whereOf(planned)}`,
  );
  const name = qualifiedName(planned.table);
  await target.query(`INSERT INTO ${name} SELECT FROM generate_series(1, $1::bigint)`, [row?.rows ?? 0]);
  return { name: planned.name, rows: row?.rows ?? 0, bytes: 0, seconds: 0 };
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

function lostRows(planned: PlannedTable, sent: number, received: number): ExpectedError {
  return new ExpectedError({
    code: "rows-lost",
    message: `Production sent ${sent} rows of ${planned.name}, but the copy received ${received}.`,
    remedy: "Run the refresh again; if it repeats, look at what lies between the two servers.",
  });
}
