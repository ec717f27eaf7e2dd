import type { Session } from "../../platform/postgres.ts";
import { userSchema } from "../schema/scope.ts";

/** What a golden copy must remember so that a later refresh can build upon it; lives in the golden copy itself. */
export interface GoldenRecord {
  kind: "odoo-release-pipeline/golden@1";
  /** Run that made it. */
  id: string;
  /** Version of the pipeline that masked and searched it. */
  tool: string;
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
  /** Statistics counters and file of the source's table before the snapshot; another text means that it may have changed. */
  counters: string;
}

/** Which history of transactions the source has, and which tables: xids compare only within them. */
export interface SourceIdentity {
  systemIdentifier: string;
  timeline: number;
  database: string;
  /** Another database may take the name, such as a restore point of this one. */
  databaseOid: number;
  /** SHA-256 (hex) of the object ids of tables and the numbers of their columns: what is made anew looks the same. */
  objectsSha256: string;
  major: number;
}

// A server that was just promoted says so in its control file only after a checkpoint, which may take minutes.
const TIMELINE = `
  CASE WHEN pg_is_in_recovery()
       THEN greatest((SELECT timeline_id FROM pg_control_checkpoint()), (SELECT min_recovery_end_timeline FROM pg_control_recovery()))
       ELSE ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int END`;

const OBJECTS = `
  SELECT encode(sha256(convert_to(coalesce(string_agg(o.text, ';' ORDER BY o.oid), ''), getdatabaseencoding()::name)), 'hex')
    FROM (SELECT c.oid, concat_ws(' ', c.oid, n.nspname, c.relname, (SELECT string_agg(a.attnum::text, ' ' ORDER BY a.attnum)
                 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)) AS text
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND ${userSchema("n")}) AS o`;

/** The source's identity and the snapshot's horizon; to be asked inside the snapshot. */
export async function readHorizon(session: Session): Promise<{ source: SourceIdentity; horizon: string }> {
  const [row] = await session.query<SourceIdentity & { horizon: string }>(
    `SELECT (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier",
            ${TIMELINE} AS timeline, current_database()::text AS database,
            (SELECT oid FROM pg_database WHERE datname = current_database()) AS "databaseOid", (${OBJECTS}) AS "objectsSha256",
            current_setting('server_version_num')::int / 10000 AS major,
            pg_snapshot_xmin(pg_current_snapshot())::text AS horizon`,
  );
  if (!row) throw new Error("the source did not tell its identity");
  const { horizon, ...source } = row;
  return { source, horizon };
}

const COUNTERS = `
  SELECT n.nspname AS schema, c.relname AS name,
         concat_ws('/', pg_relation_filenode(c.oid), s.n_tup_ins, s.n_tup_upd, s.n_tup_del, d.stats_reset, pg_postmaster_start_time()) AS counters
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_stat_all_tables s ON s.relid = c.oid
    JOIN pg_stat_database d ON d.datname = current_database() WHERE c.relkind = 'r' AND c.oid >= 16384 AND NOT pg_is_in_recovery()`;

/**
 * By table name as rules write it: a text that changes whenever the statistics see the table change, or the server, which may
 * lose them in a crash, was started again. Nothing on a standby, whose statistics do not see what its primary writes.
 */
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
