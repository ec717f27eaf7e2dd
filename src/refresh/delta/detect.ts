import type { Session } from "../../platform/postgres.ts";
import { WorkQueue } from "../copy/queue.ts";
import type { GoldenRecord } from "../golden/record.ts";
import { type Plan, type PlannedTable, readingOf, tableHash, whereOf } from "../plan/plan.ts";
import type { Progress } from "../progress.ts";
import { type TableChange, type TableFacts, wayOf, whyStale } from "./ways.ts";

// Small tables are looked at many at a time: a round trip each would be most of the work.
const SMALL_BYTES = 1024 * 1024;
const BATCH = 50;

/** SQL condition on `t`: this version of the row was written by a transaction that the golden copy may not have seen. */
export function writtenSince(horizon: string): string {
  // Modulo arithmetic: frozen rows keep their xmin, and one from before half a cycle ago only looks newer.
  return `age(t.xmin) <= age('${BigInt(horizon)}'::xid8::xid)`;
}

/** What detection looks at. */
export interface Detection {
  plan: Plan;
  golden: GoldenRecord;
  /** Reserved partners, whose names other rows may show. */
  ownPartners: readonly number[];
  /** By table name, when the team trusts the statistics: tables with the same text as then are not looked at. */
  counters?: ReadonlyMap<string, string> | undefined;
  progress: Progress;
}

/**
 * Finds what changed on the source since the golden copy, reading each table once and no value that is stored aside.
 * Every session is inside the snapshot. Returns a way for every table of the plan.
 */
export async function detectChanges(sessions: readonly Session[], detection: Detection): Promise<TableChange[]> {
  const { plan, golden, counters } = detection;
  const keys = await readKeys(sessions[0] as Session);
  const found: TableFacts[] = [];
  const looked: PlannedTable[] = [];
  for (const planned of plan.tables) {
    const before = golden.tables[planned.name];
    const quiet = before !== undefined && counters?.get(planned.name) === before.counters;
    if (planned.emptiedBecause || planned.table.empty) found.push({ planned, rows: 0, changed: 0 });
    else if (quiet) found.push({ planned, rows: before.rows, changed: 0 });
    else looked.push(planned);
  }
  const queue = new WorkQueue(batches(looked));
  const stage = detection.progress.stage("tables looked at for changes", looked.length);
  const work = (session: Session) =>
    queue.drain(async (tables) => {
      const count = () => countChanges(session, tables, golden.horizon);
      found.push(...(await stage.step(tables[0]?.name ?? "", count, tables.length)));
    });
  await Promise.all(sessions.map(work));
  const moved = await movedTables(sessions[0] as Session, found, detection);
  return found.map((facts) => {
    const before = golden.tables[facts.planned.name];
    const stale = whyStale(facts.planned, { sha256: tableHash(facts.planned), golden: before, moved });
    return wayOf({ ...facts, key: usableKey(facts.planned, keys.get(facts.planned.table.oid)) }, before, stale);
  });
}

function batches(tables: readonly PlannedTable[]): PlannedTable[][] {
  const large = tables.filter((planned) => planned.table.bytes >= SMALL_BYTES);
  const small = tables.filter((planned) => planned.table.bytes < SMALL_BYTES);
  const batched = large.toSorted((a, b) => b.table.bytes - a.table.bytes).map((planned) => [planned]);
  for (let at = 0; at < small.length; at += BATCH) batched.push(small.slice(at, at + BATCH));
  return batched;
}

async function countChanges(session: Session, tables: readonly PlannedTable[], horizon: string): Promise<TableFacts[]> {
  const counts = tables.map(
    (planned, index) =>
      `SELECT ${index} AS index, count(*)::float8 AS rows, (count(*) FILTER (WHERE ${writtenSince(horizon)}))::float8 AS changed
         FROM ${readingOf(planned).from}${whereOf(planned)}`,
  );
  const rows = await session.query<{ index: number; rows: number; changed: number }>(counts.join(" UNION ALL "));
  return rows.map(({ index, ...counted }) => ({ planned: tables[index] as PlannedTable, ...counted }));
}

interface Key {
  table: number;
  column: string;
  unique: boolean;
}

const KEYS = `
  SELECT i.indrelid AS table, a.attname AS column, i.indnkeyatts = 1 AS unique
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
   WHERE i.indisprimary AND i.indrelid >= 16384 AND a.atttypid IN ('int4'::regtype, 'int8'::regtype)`;

async function readKeys(session: Session): Promise<Map<number, Key>> {
  return new Map((await session.query<Key & Record<string, unknown>>(KEYS)).map((key) => [key.table, key]));
}

/** A key that a mask changes is no key between both sides. */
function usableKey(planned: PlannedTable, key: Key | undefined): Key | undefined {
  return planned.columns.some(({ column, asIs }) => asIs && column.name === key?.column) ? key : undefined;
}

/**
 * Names of the tables in which anything is other than in the golden copy, for those whose masks read them. Of partners
 * only the reserved ones are ever read.
 */
async function movedTables(
  session: Session,
  found: readonly TableFacts[],
  { golden, ownPartners }: Detection,
): Promise<Set<string>> {
  const moved = new Set(
    found
      .filter(({ planned, rows, changed }) => changed > 0 || rows !== (golden.tables[planned.name]?.rows ?? 0))
      .map(({ planned }) => planned.name),
  );
  if (!moved.has("res_partner") || ownPartners.length === 0) return moved;
  const partners = found.find(({ planned }) => planned.name === "res_partner")?.planned;
  if (!partners) return moved;
  const [row] = await session.query<{ changed: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM ${readingOf(partners).from} WHERE t.id = ANY ($1::int[]) AND ${writtenSince(golden.horizon)}) AS changed`,
    [ownPartners],
  );
  if (!row?.changed) moved.delete("res_partner");
  return moved;
}
