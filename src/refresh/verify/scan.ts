import type { Session } from "../../platform/postgres.ts";
import { WorkQueue } from "../copy/queue.ts";
import type { Plan } from "../plan/plan.ts";
import { type Detector, type DetectorName, detectors } from "./detectors.ts";
import { countKnown, FULL_HASH, KEY, QUICK_HASH, SEEN, setScanKey } from "./known.ts";
import { type ScannedColumn, type ScannedTable, scannedTables, textsOf, tooLong } from "./scanned.ts";
import { SCHEMA_TEXTS } from "./schema-texts.ts";
import { formsIn, type KnownKind } from "./tokens.ts";

/** A place of the copy in which a detector saw what should not be there; values are never told. */
export interface Finding {
  /** A table as rules name it, or an object of the schema. */
  table: string;
  column: string;
  detector: DetectorName | `known ${KnownKind}`;
  /** Rows for a pattern, different values for known ones. */
  count: number;
}

/** What the scan of the copy found. */
export interface ResidualScan {
  columns: number;
  findings: Finding[];
  /** Patterns in columns that are kept with a reason, and belong to nobody we know: told, not refused. */
  explained: Finding[];
  /** Columns with values that do not look like their mask, and how many; all of these went through all detectors. */
  unlike: { column: string; count: number }[];
  /** Values of production that were looked for, by kind. */
  known: Record<string, number>;
  /** What could not be looked at, and why. */
  notMeasured: string[];
}

/** What the scan is told besides the plan. */
export interface ScanOptions {
  /** Hex; that of `collectKnownValues`. */
  key: string;
  /** E-mail domains that may appear. */
  allowedDomains: readonly string[];
}

/** Settings of a session that scans: compiling these statements would take longer than running them. */
export const SCAN_SETTINGS = { jit: "off", search_path: "pg_catalog", work_mem: "64MB" };

// A table with less than this is looked at together with others: a statement each would be most of the work.
const SMALL_BYTES = 512 * 1024;
const BATCH = 20;

/**
 * Scans every column of the copy and the texts of its schema, with all detectors and for all known values. The sessions
 * share the work; only counts leave the server. The table of known hashes is dropped at the end.
 */
export async function scanCopy(sessions: readonly Session[], plan: Plan, options: ScanOptions): Promise<ResidualScan> {
  const [first] = sessions;
  if (!first) throw new Error("a scan needs a session");
  for (const session of sessions) await setScanKey(session, options.key);
  const tables = scannedTables(plan);
  const known = await countKnown(first);
  const scan: ResidualScan = { columns: 0, findings: [], explained: [], unlike: [], known, notMeasured: [] };
  const all = detectors(options.allowedDomains);
  await scanSchema(first, all, scan);
  const queue = new WorkQueue(batches(tables));
  await Promise.all(sessions.map((session) => queue.drain((batch) => scanTables(session, batch, all, scan))));
  await first.query(`DROP TABLE ${SEEN}`);
  for (const list of [scan.findings, scan.explained]) list.sort((a, b) => (place(a) < place(b) ? -1 : 1));
  return scan;
}

const place = ({ table, column, detector }: Finding) => `${table}.${column} ${detector}`;

function batches(tables: readonly ScannedTable[]): ScannedTable[][] {
  const bySize = tables.toSorted((a, b) => b.table.bytes - a.table.bytes);
  const batched = bySize.filter(({ table }) => table.bytes >= SMALL_BYTES).map((table) => [table]);
  const small = bySize.filter(({ table }) => table.bytes < SMALL_BYTES);
  for (let at = 0; at < small.length; at += BATCH) batched.push(small.slice(at, at + BATCH));
  return batched;
}

async function scanTables(
  session: Session,
  tables: readonly ScannedTable[],
  all: readonly Detector[],
  scan: ResidualScan,
): Promise<void> {
  const columns = tables.flatMap((table) => table.columns);
  scan.columns += columns.length;
  const filled = new Set<ScannedColumn>();
  for (const { c, present, found } of await countPatterns(session, textsOf(tables), all)) {
    const column = columns[Number(c)] as ScannedColumn;
    filled.add(column);
    if (!column.kept) scan.unlike.push({ column: `${column.table}.${column.column}`, count: present });
    const told = found.filter(({ detector }) => !isOurs(column, detector));
    (column.kept ? scan.explained : scan.findings).push(...told.map((hit) => ({ ...nameOf(column), ...hit })));
  }
  for (const { what, sql } of tables.flatMap(tooLong)) {
    const [row] = await session.query<{ count: number }>(sql);
    if (row && row.count > 0) scan.notMeasured.push(`${what}: ${row.count} value(s) are too long to be searched whole`);
  }
  const texts = textsOf(tables, (column) => filled.has(column));
  if (texts === "") return;
  for (const { c, kind, count } of await countKnownIn(session, texts)) {
    const column = columns[Number(c)] as ScannedColumn;
    // The catalogue keeps names of things and texts of the program, where a customer's name may stand by chance.
    const byChance = kind === "name" && column.kept && column.by !== "rule";
    (byChance ? scan.explained : scan.findings).push({ ...nameOf(column), detector: `known ${kind}`, count });
  }
}

const nameOf = ({ table, column }: ScannedColumn) => ({ table, column });

/** What we put there ourselves: the hash of the staging password, and accounts whose check digits are right. */
function isOurs({ table, column, mask }: ScannedColumn, detector: DetectorName): boolean {
  if (detector === "password hash") return table === "res_users" && column === "password";
  return detector === "IBAN" && mask === "bank-account";
}

async function scanSchema(session: Session, all: readonly Detector[], scan: ResidualScan): Promise<void> {
  const place = (c: string) => ({ table: c, column: "(definition)" });
  for (const { c, found } of await countPatterns(session, SCHEMA_TEXTS, all)) {
    scan.findings.push(...found.map((hit) => ({ ...place(c), ...hit })));
  }
  for (const { c, kind, count } of await countKnownIn(session, SCHEMA_TEXTS)) {
    scan.findings.push({ ...place(c), detector: `known ${kind}`, count });
  }
}

interface PatternHits {
  c: string;
  /** Texts that are there. */
  present: number;
  found: { detector: DetectorName; count: number }[];
}

/** Counts, by `c`, the rows `(c, s)` in which each detector sees something. */
async function countPatterns(session: Session, texts: string, all: readonly Detector[]): Promise<PatternHits[]> {
  const counts = all.map(
    ({ condition }, i) => `coalesce(sum(g.n) FILTER (WHERE ${condition("g.s")}), 0)::float8 AS d${i}`,
  );
  const rows = await session.query<{ c: string; present: number } & Record<`d${number}`, number>>(
    `SELECT g.c::text AS c, sum(g.n)::float8 AS present, ${counts.join(", ")}
       FROM (SELECT r.c, r.s, count(*) AS n FROM (${texts}) AS r GROUP BY r.c, r.s OFFSET 0) AS g GROUP BY g.c`,
  );
  return rows.map((row) => ({
    c: row.c,
    present: row.present,
    found: all.flatMap(({ name }, i) => (row[`d${i}`] ? [{ detector: name, count: row[`d${i}`] as number }] : [])),
  }));
}

/** Counts, by `c`, the known values that the rows `(c, s)` hold. */
function countKnownIn(session: Session, texts: string): Promise<{ c: string; kind: KnownKind; count: number }[]> {
  return session.query(
    `SELECT g.c::text AS c, seen.kind, count(DISTINCT seen.hash)::float8 AS count
       FROM (SELECT DISTINCT r.c, r.s FROM (${texts}) AS r OFFSET 0) AS g, ${KEY}, LATERAL (${formsIn("g.s")}) AS f, ${SEEN} AS seen
      WHERE seen.quick = ${QUICK_HASH} AND seen.hash = ${FULL_HASH} GROUP BY g.c, seen.kind`,
  );
}
