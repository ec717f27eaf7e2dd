import { quoteIdent, type Session } from "../../platform/postgres.ts";
import { moveRows } from "../copy/rows.ts";
import { type PlannedTable, selectStatement } from "../plan/plan.ts";
import type { TableChange } from "./ways.ts";

/** One table at work, on its pair of sessions. */
export interface TableWork {
  change: TableChange;
  source: Session;
  target: Session;
  horizon: string;
  signal: AbortSignal;
}

/** Streams masked rows that fulfil `condition` from the source into a table of the target. */
export async function stream(
  { change, source, target, signal }: TableWork,
  condition: string | undefined,
  into: string,
): Promise<{ rows: number; bytes: number }> {
  const { planned } = change;
  if (planned.columns.length === 0) return fill(target, into, condition === undefined ? change.rows : change.changed);
  const from = source.copyOut(`COPY (${selectStatement(planned, condition)}) TO STDOUT`);
  const to = target.copyIn(`COPY ${into} (${columnList(planned)}) FROM STDIN`);
  return moveRows(planned, from, to, signal);
}

/** Rows of which nothing travels: every column is generated, or there is none. */
async function fill(target: Session, into: string, rows: number) {
  await target.query(`INSERT INTO ${into} SELECT FROM generate_series(1, $1::bigint)`, [rows]);
  return { rows, bytes: 0 };
}

/** The columns that travel, quoted, as an SQL list. */
export function columnList({ columns }: PlannedTable): string {
  return columns.map(({ column }) => quoteIdent(column.name)).join(", ");
}
