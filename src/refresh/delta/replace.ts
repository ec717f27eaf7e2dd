import { pipeline } from "node:stream/promises";
import { quoteIdent } from "../../platform/postgres.ts";
import { columnList } from "../copy/format.ts";
import { readingOf, whereOf } from "../plan/plan.ts";
import { qualifiedName } from "../schema/tables.ts";
import { writtenSince } from "./detect.ts";
import { stream, type TableWork } from "./stream.ts";

// As many ranges as a server groups without effort, and no more rows in one than are worth asking for.
const RANGES = 262_144;
const SMALLEST_SHIFT = 4;

/**
 * Replaces changed rows by id. Old versions and vanished rows go first, so that a unique value may move from one row to
 * another. Which rows vanished is only looked for when the numbers say that some did.
 */
export async function replaceRows(work: TableWork): Promise<{ rows: number; bytes: number }> {
  const { change, target, horizon } = work;
  const name = qualifiedName(change.planned.table);
  const columns = columnList(change.planned);
  const key = quoteIdent(change.key?.column ?? "");
  // Without the table's constraints: a generated column that must not be NULL does not travel.
  await target.query(`CREATE TEMP TABLE delta_rows ON COMMIT DROP AS SELECT ${columns} FROM ONLY ${name} WITH NO DATA`);
  const arrived = await stream(work, writtenSince(horizon), "pg_temp.delta_rows");
  await target.query("ANALYZE pg_temp.delta_rows");
  const [removed] = await target.query<{ rows: number }>(
    `WITH gone AS (DELETE FROM ONLY ${name} AS t USING pg_temp.delta_rows d WHERE t.${key} = d.${key} RETURNING 1)
     SELECT count(*)::float8 AS rows FROM gone`,
  );
  if (change.before - (removed?.rows ?? 0) !== change.rows - change.changed) await removeVanished(work);
  await target.query(
    `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM pg_temp.delta_rows`,
  );
  return arrived;
}

/** Removes the rows whose keys the source no longer has; only unchanged ones stand in the target now. */
async function removeVanished(work: TableWork): Promise<void> {
  const { change, target, source } = work;
  const name = qualifiedName(change.planned.table);
  const key = `t.${quoteIdent(change.key?.column ?? "")}`;
  const range = await rangeOf(work, key);
  const differing = await differingRanges(work, range, { written: false });
  const among = `(${range}) = ANY ('{${differing.join(",")}}')`;
  await target.query("CREATE TEMP TABLE delta_keys (key bigint) ON COMMIT DROP");
  const keys = `SELECT ${key} FROM ${readingOf(change.planned).from}${whereOf(change.planned, among)}`;
  await pipeline(source.copyOut(`COPY (${keys}) TO STDOUT`), target.copyIn("COPY pg_temp.delta_keys FROM STDIN"));
  await target.query("ANALYZE pg_temp.delta_keys");
  await target.query(
    `DELETE FROM ONLY ${name} AS t WHERE ${among} AND NOT EXISTS (SELECT 1 FROM pg_temp.delta_keys d WHERE d.key = ${key})`,
  );
}

/** Copies every range of keys again in which a row was written or is missing. */
export async function replaceRanges(work: TableWork): Promise<{ rows: number; bytes: number }> {
  const name = qualifiedName(work.change.planned.table);
  const key = `t.${quoteIdent(work.change.key?.column ?? "")}`;
  const range = await rangeOf(work, key);
  const differing = await differingRanges(work, range, { written: true });
  const among = `(${range}) = ANY ('{${differing.join(",")}}')`;
  await work.target.query(`DELETE FROM ONLY ${name} AS t WHERE ${among}`);
  return stream(work, among, name);
}

/** SQL expression of the number of the range that a key is in; shifting rounds down, also below zero. */
async function rangeOf({ change, source }: TableWork, key: string): Promise<string> {
  const [row] = await source.query<{ span: number }>(
    `SELECT coalesce(max(${key})::float8 - min(${key})::float8, 0) AS span FROM ${readingOf(change.planned).from}`,
  );
  const shift = Math.max(SMALLEST_SHIFT, Math.ceil(Math.log2(Math.max(1, (row?.span ?? 0) / RANGES))));
  return `${key}::bigint >> ${shift}`;
}

/**
 * Numbers of the ranges that differ: those that hold other unchanged rows than the target and, when `written` matters, those
 * in which a row was written.
 */
async function differingRanges(work: TableWork, range: string, { written }: { written: boolean }): Promise<string[]> {
  const { change, source, target } = work;
  const name = qualifiedName(change.planned.table);
  const since = writtenSince(work.horizon);
  await target.query("CREATE TEMP TABLE delta_ranges (number bigint, unchanged bigint, written bigint) ON COMMIT DROP");
  const counts = `SELECT ${range}, count(*) FILTER (WHERE NOT ${since}), count(*) FILTER (WHERE ${since})
                    FROM ${readingOf(change.planned).from}${whereOf(change.planned)} GROUP BY 1`;
  await pipeline(source.copyOut(`COPY (${counts}) TO STDOUT`), target.copyIn("COPY pg_temp.delta_ranges FROM STDIN"));
  const rows = await target.query<{ number: string }>(
    `SELECT coalesce(s.number, h.number)::text AS number FROM pg_temp.delta_ranges s
       FULL JOIN (SELECT ${range} AS number, count(*) AS rows FROM ONLY ${name} AS t GROUP BY 1) h ON h.number = s.number
      WHERE coalesce(s.unchanged, 0) <> coalesce(h.rows, 0)${written ? " OR s.written > 0" : ""}`,
  );
  return rows.map(({ number }) => number);
}
