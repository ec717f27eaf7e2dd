import type { Session } from "../../platform/postgres.ts";

/** What a golden copy must remember so that a later refresh can build upon it; lives in the golden copy itself. */
export interface GoldenRecord {
  kind: "odoo-release-pipeline/golden@1";
  /** Run that made it. */
  id: string;
  /** When the full refresh that it goes back to took its snapshot (ISO 8601); its age, and that of its key. */
  bornAt: string;
  /** Snapshot that its rows show (ISO 8601). */
  snapshotAt: string;
  source: SourceIdentity;
  /** Oldest transaction that was still running at the snapshot (xid8): what is older is in the copy as it was. */
  horizon: string;
  /** Hex; the pseudonyms of the copy go back to it, so that it lives exactly as long. */
  maskKey: string;
  schemaSha256: string;
  /** By table name: what its rows were made by, and how many there are. */
  tables: Record<string, GoldenTable>;
  /** What the full refresh took from snapshot to finished copy, for forecasts. */
  full: { seconds: number; sourceBytes: number };
  /** What copying the finished database aside took, for forecasts. */
  clone: { seconds: number; bytes: number };
}

/** A table of the golden copy. */
export interface GoldenTable {
  sha256: string;
  rows: number;
  /** Statistics counters and file of the source's table at the snapshot; another text means that it may have changed. */
  counters: string;
}

/** Which history of transactions the source has: xids compare only within it. */
export interface SourceIdentity {
  systemIdentifier: string;
  timeline: number;
  database: string;
  major: number;
}

/** The source's identity and the snapshot's horizon; to be asked inside the snapshot. */
export async function readHorizon(session: Session): Promise<{ source: SourceIdentity; horizon: string }> {
  const [row] = await session.query<SourceIdentity & { horizon: string }>(
    `SELECT (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier",
            (SELECT timeline_id FROM pg_control_checkpoint()) AS timeline, current_database()::text AS database,
            current_setting('server_version_num')::int / 10000 AS major,
            pg_snapshot_xmin(pg_current_snapshot())::text AS horizon`,
  );
  if (!row) throw new Error("the source did not tell its identity");
  const { horizon, ...source } = row;
  return { source, horizon };
}

const COUNTERS = `
  SELECT n.nspname AS schema, c.relname AS name,
         concat_ws('/', pg_relation_filenode(c.oid), s.n_tup_ins, s.n_tup_upd, s.n_tup_del, d.stats_reset) AS counters
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_stat_all_tables s ON s.relid = c.oid
    JOIN pg_stat_database d ON d.datname = current_database() WHERE c.relkind = 'r' AND c.oid >= 16384`;

/** By table name as rules write it: a text that changes whenever the statistics see the table change. */
export async function readCounters(session: Session): Promise<Map<string, string>> {
  const rows = await session.query<{ schema: string; name: string; counters: string }>(COUNTERS);
  return new Map(
    rows.map(({ schema, name, counters }) => [schema === "public" ? name : `${schema}.${name}`, counters]),
  );
}

/** Writes the record into the golden copy, in the place of any older one. */
export async function writeGoldenRecord(golden: Session, record: GoldenRecord): Promise<void> {
  await golden.query(
    `CREATE SCHEMA IF NOT EXISTS _pipeline; CREATE TABLE IF NOT EXISTS _pipeline.golden (record jsonb NOT NULL);
     DELETE FROM _pipeline.golden`,
  );
  await golden.query("INSERT INTO _pipeline.golden (record) VALUES ($1)", [JSON.stringify(record)]);
}

/** The record of a golden copy, or undefined when the database has none. */
export async function readGoldenRecord(golden: Session): Promise<GoldenRecord | undefined> {
  const [there] = await golden.query<{ there: boolean }>("SELECT to_regclass('_pipeline.golden') IS NOT NULL AS there");
  if (!there?.there) return undefined;
  const [row] = await golden.query<{ record: GoldenRecord }>("SELECT record FROM _pipeline.golden");
  return row?.record.kind === "odoo-release-pipeline/golden@1" ? row.record : undefined;
}

/** A database made from a golden copy is not one itself, and has no use for the key. */
export async function forgetGoldenRecord(copy: Session): Promise<void> {
  await copy.query("DROP TABLE IF EXISTS _pipeline.golden");
}
