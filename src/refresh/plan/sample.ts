import { quoteIdent, type Session } from "../../platform/postgres.ts";
import type { Column, Table } from "../schema/model.ts";
import { qualifiedName } from "../schema/tables.ts";
import { type DetectorName, detectors } from "../verify/detectors.ts";
import { isWordless, textOf } from "../verify/scanned.ts";
import { type PlannedTable, selectStatement } from "./plan.ts";

/** What detectors see in the first rows of a column; counts only. */
export interface ColumnSample {
  column: string;
  /** Rows that were looked at, and those of them that hold anything. */
  rows: number;
  filled: number;
  hits: Partial<Record<DetectorName, number>>;
}

const ROWS = 10_000;

/**
 * Lets the detectors look at the first rows of some columns of a table itself, before there is a plan. Columns that the role
 * of the session may not read are left out: what is in them is not measured.
 */
export async function sampleTable(source: Session, table: Table, columns: readonly Column[]): Promise<ColumnSample[]> {
  if (table.empty || columns.length === 0) return [];
  const readable = (await source.query<{ name: string }>(READABLE, [table.oid])).map(({ name }) => name);
  const open = columns.filter((column) => readable.includes(column.name));
  const names = open.map((column) => `t.${quoteIdent(column.name)}`).join(", ");
  return await sampleRows(source, `SELECT ${names} FROM ONLY ${qualifiedName(table)} AS t`, open);
}

const READABLE = `
  SELECT a.attname::text AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
   WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
     AND has_schema_privilege(c.relnamespace, 'USAGE') AND has_column_privilege(c.oid, a.attnum, 'SELECT')`;

/** Lets the detectors look at what the plan keeps of a table, in the rows that it copies, read as the copy reads them. */
export async function sampleKept(source: Session, planned: PlannedTable): Promise<ColumnSample[]> {
  if (planned.emptiedBecause || planned.table.empty) return [];
  const kept = planned.columns.filter(({ asIs, column }) => asIs && !isWordless(column));
  const columns = kept.map(({ column }) => column);
  return await sampleRows(source, selectStatement({ ...planned, columns: kept }), columns);
}

/** Looks at the first rows of a SELECT of these columns, on the source; values do not leave it. */
async function sampleRows(source: Session, select: string, columns: readonly Column[]): Promise<ColumnSample[]> {
  if (columns.length === 0) return [];
  const all = detectors();
  const values = columns.map((column, at) => `(${at}, ${textOf(column)})`).join(", ");
  const counts = all.map(({ condition }, i) => `(count(*) FILTER (WHERE ${condition("v.s")}))::int AS d${i}`);
  const rows = await source.query<{ c: number; rows: number; filled: number } & Record<`d${number}`, number>>(
    `SELECT v.c, count(*)::int AS rows, (count(*) FILTER (WHERE v.s <> ''))::int AS filled, ${counts.join(", ")}
       FROM (${select} LIMIT ${ROWS}) AS t, LATERAL (VALUES ${values}) AS v(c, s) GROUP BY v.c`,
  );
  return columns.map((column, at) => {
    const row = rows.find(({ c }) => c === at);
    const hits = all.flatMap(({ name }, i) => (row?.[`d${i}`] ? [[name, row[`d${i}`]]] : []));
    return { column: column.name, rows: row?.rows ?? 0, filled: row?.filled ?? 0, hits: Object.fromEntries(hits) };
  });
}

/** What is told of a column that the role of the session may not read. */
export const NOT_MEASURED = "not measured, the pipeline's role may not read it";

/** One line: "looked at 10000 rows: 312 e-mail, 0 phone". */
export function describeSample({ rows, hits }: ColumnSample): string {
  const counts: Partial<Record<DetectorName, number>> = { "e-mail": 0, phone: 0, ...hits };
  const found = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return `looked at ${rows} rows: ${found.join(", ")}`;
}
