import type { Session } from "../../platform/postgres.ts";
import { copyInStatement, copyOutStatement, fitsBinary } from "../copy/format.ts";
import { moveRows } from "../copy/rows.ts";
import type { DeltaProgress } from "./progress.ts";
import type { TableChange } from "./ways.ts";

/** One table at work, on its pair of sessions. */
export interface TableWork {
  change: TableChange;
  source: Session;
  target: Session;
  /** Both servers are of one major version, and so speak the same binary format. */
  sameMajor: boolean;
  horizon: string;
  signal: AbortSignal;
  moving: DeltaProgress;
}

/** Streams masked rows that fulfil `condition` from the source into a table of the target. */
export async function stream(
  { change, source, target, sameMajor, signal, moving }: TableWork,
  condition: string | undefined,
  into: string,
): Promise<{ rows: number; bytes: number }> {
  const { planned } = change;
  if (planned.columns.length === 0) return fill(target, into, condition === undefined ? change.rows : change.changed);
  const format = { binary: fitsBinary(planned, sameMajor), freeze: false };
  const from = source.copyOut(copyOutStatement(planned, format, condition));
  const to = target.copyIn(copyInStatement(planned, format, into));
  from.on("data", (chunk: Buffer) => moving.bytes(chunk.length));
  const moved = await moveRows(planned, from, to, signal);
  moving.rows(moved.rows);
  return moved;
}

/** Rows of which nothing travels: every column is generated, or there is none. */
async function fill(target: Session, into: string, rows: number) {
  await target.query(`INSERT INTO ${into} SELECT FROM generate_series(1, $1::bigint)`, [rows]);
  return { rows, bytes: 0 };
}
