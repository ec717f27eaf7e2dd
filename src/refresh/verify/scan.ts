import type { Session } from "../../platform/postgres.ts";
import { WorkQueue } from "../copy/queue.ts";
import type { Plan } from "../plan/plan.ts";
import type { Progress } from "../progress.ts";
import { type Detector, type DetectorName, detectors } from "./detectors.ts";
import { readFrequencies } from "./frequencies.ts";
import { countKnown, SEEN, setScanKey } from "./known.ts";
import {
  commonTextsOf,
  countsOf,
  placeOf,
  type ScannedColumn,
  type ScannedTable,
  scannedTables,
  textsOf,
  tooLong,
} from "./scanned.ts";
import { SCHEMA_TEXTS } from "./schema-texts.ts";
import { type Hits, search } from "./search.ts";
import type { KnownKind } from "./tokens.ts";

/** A place of the copy in which a detector saw what should not be there; values are never told. */
export interface Finding {
  /** A table as rules name it, or an object of the schema. */
  table: string;
  column: string;
  detector: DetectorName | `known ${KnownKind}`;
  /** Rows for a pattern; for known values how many different ones, where a number counts with its letters and without. */
  count: number;
}

/** What the scan of the copy found. */
export interface ResidualScan {
  columns: number;
  /** Only rows that a delta wrote were searched; the others were when the golden copy was made. */
  onlyWritten: boolean;
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
  /** SQL condition on `t`: rows that a scan before has not seen; all by default. */
  rows?: string | undefined;
  progress: Progress;
}

/** Settings of a session that scans: compiling these statements would take longer than running them. */
export const SCAN_SETTINGS = {
  jit: "off",
  search_path: "pg_catalog",
  work_mem: "64MB",
  enable_sort: "off",
  temp_buffers: "64MB",
};

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
  const tables = scannedTables(plan, { frequencies: await readFrequencies(first), rows: options.rows ?? "true" });
  const scan: ResidualScan = {
    columns: 0,
    onlyWritten: options.rows !== undefined,
    findings: [],
    explained: [],
    unlike: [],
    known: await countKnown(first),
    notMeasured: [],
  };
  const all = detectors(options.allowedDomains);
  const stage = options.progress.stage("columns searched", columnsOf(tables));
  const queue = new WorkQueue([
    (session: Session) => stage.step("the schema", () => scanSchema(session, all, scan), 0),
    ...batches(tables).map((batch) => (session: Session) => {
      const work = async () => scanTables(session, await searchCommon(session, batch, all), all, scan);
      return stage.step(batch[0]?.table.name ?? "", work, columnsOf(batch));
    }),
  ]);
  await Promise.all(sessions.map((session) => queue.drain((work) => work(session))));
  await first.query(`DROP TABLE ${SEEN}`);
  for (const list of [scan.findings, scan.explained]) list.sort((a, b) => (place(a) < place(b) ? -1 : 1));
  return scan;
}

/** Searches the common values. Where something is found the rows are to be searched after all, so that they are counted. */
async function searchCommon(
  session: Session,
  tables: readonly ScannedTable[],
  all: readonly Detector[],
): Promise<ScannedTable[]> {
  const columns = tables.flatMap((table) => table.columns.filter(({ frequency }) => frequency.common.length > 0));
  if (columns.length === 0) return [...tables];
  const kept = new Map(columns.map((column) => [placeOf(column), column.kept]));
  const hits = (await search(session, columns.map(commonTextsOf).join(" UNION ALL "), all)).filter(
    ({ c, patterns, known }) => !kept.get(c) || patterns.length > 0 || known.length > 0,
  );
  const places = new Set(hits.map(({ c }) => c));
  const counted = (column: ScannedColumn) =>
    places.has(placeOf(column)) ? { ...column, frequency: { repeats: true, common: [] } } : column;
  return tables.map((table) => ({ ...table, columns: table.columns.map(counted) }));
}

const columnsOf = (tables: readonly ScannedTable[]) => tables.reduce((sum, { columns }) => sum + columns.length, 0);

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
  scan.columns += columnsOf(tables);
  const repeating = tables.map((table) => ({
    ...table,
    columns: table.columns.filter(({ frequency }) => frequency.repeats),
  }));
  const texts = [...repeating, ...(await withLooked(session, tables))].filter(({ columns }) => columns.length > 0);
  for (const { what, sql } of tables.flatMap(tooLong)) {
    const [row] = await session.query<{ count: number }>(sql);
    if (row && row.count > 0) scan.notMeasured.push(`${what}: ${row.count} value(s) are too long to be searched whole`);
  }
  if (texts.length === 0) return;
  const columns = new Map(texts.flatMap((table) => table.columns.map((column) => [placeOf(column), column])));
  for (const hits of await search(session, texts.map(textsOf).join(" UNION ALL "), all)) {
    const column = columns.get(hits.c) as ScannedColumn;
    if (!column.kept) scan.unlike.push({ column: hits.c, count: hits.looked });
    judgeHits(column, hits, scan);
  }
}

/** Of the columns that are not put together first, those in which some value is to be looked into. */
async function withLooked(session: Session, tables: readonly ScannedTable[]): Promise<ScannedTable[]> {
  const differing = tables
    .map((table) => ({ ...table, columns: table.columns.filter(({ frequency }) => !frequency.repeats) }))
    .filter(({ columns }) => columns.length > 0);
  if (differing.length === 0) return [];
  const rows = await session.query<{ at: number; counts: number[] }>(countsOf(differing));
  return rows.map(({ at, counts }) => {
    const table = differing[at] as ScannedTable;
    return { ...table, columns: table.columns.filter((_, i) => (counts[i] ?? 0) > 0) };
  });
}

function judgeHits(column: ScannedColumn, { patterns, known }: Hits, scan: ResidualScan): void {
  const name = { table: column.table, column: column.column };
  const told = patterns.filter(({ detector }) => !isOurs(column, detector));
  (column.kept ? scan.explained : scan.findings).push(...told.map((hit) => ({ ...name, ...hit })));
  for (const { kind, count } of known) {
    // The catalogue keeps names of things and texts of the program, where a customer's name may stand by chance.
    const byChance = kind === "name" && column.kept && column.by !== "rule";
    (byChance ? scan.explained : scan.findings).push({ ...name, detector: `known ${kind}`, count });
  }
}

/** What we put there ourselves: the hash of the staging password, and accounts whose check digits are right. */
function isOurs({ table, column, mask }: ScannedColumn, detector: DetectorName): boolean {
  if (detector === "password hash") return table === "res_users" && column === "password";
  return detector === "IBAN" && mask === "bank-account";
}

async function scanSchema(session: Session, all: readonly Detector[], scan: ResidualScan): Promise<void> {
  for (const { c, patterns, known } of await search(
    session,
    `SELECT d.c, d.s, 1 AS n FROM (${SCHEMA_TEXTS}) AS d`,
    all,
  )) {
    const name = { table: c, column: "(definition)" };
    scan.findings.push(...patterns.map((hit) => ({ ...name, ...hit })));
    scan.findings.push(...known.map(({ kind, count }): Finding => ({ ...name, detector: `known ${kind}`, count })));
  }
}
