import { type Connection, type Session, withSession } from "../../platform/postgres.ts";
import { notOfExtension, userSchema } from "../schema/scope.ts";
import { judgeTarget, type PreflightFacts, type ServerFacts } from "./preflight-verdict.ts";

const SERVER = `
  SELECT (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier", current_setting('server_version_num')::int AS version,
         pg_is_in_recovery() AS "inRecovery", pg_postmaster_start_time()::text AS "startedAt", current_database() AS database`;

const CAN_CREATE = "SELECT rolcreatedb OR rolsuper AS allowed FROM pg_roles WHERE rolname = current_user";

const SOURCE = `
  SELECT pg_database_size(current_database())::float8 AS bytes,
         (SELECT count(*)::int FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
           WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND c.oid >= 16384
             AND l.mode = 'AccessExclusiveLock') AS "exclusiveLocks",
         EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
                    AND l.classid = hashtext('deploy-odoo')::bigint & 4294967295
                    AND l.objid = hashtext(current_database()) ::bigint & 4294967295) AS deploying,
         array(SELECT extname::text FROM pg_extension) AS extensions`;

/** A machine that may carry the target's server. */
interface Disk {
  freeBytes(folder: string): Promise<number | undefined>;
}

/** Looks at both servers without writing anything. */
export async function gatherPreflight(
  source: Session,
  maintenance: Session,
  target: Connection,
  node: Disk,
): Promise<PreflightFacts> {
  const [from] = await source.query<ServerFacts>(SERVER);
  const [to] = await maintenance.query<ServerFacts>(SERVER);
  const [size] = await source.query<{
    bytes: number;
    exclusiveLocks: number;
    deploying: boolean;
    extensions: string[];
  }>(SOURCE);
  const [may] = await maintenance.query<{ allowed: boolean }>(CAN_CREATE);
  const available = await maintenance.query<{ name: string }>("SELECT name::text FROM pg_available_extensions");
  const names = new Set(available.map((row) => row.name));
  return {
    source: from as ServerFacts,
    target: { ...(to as ServerFacts), database: target.database },
    sourceBytes: size?.bytes ?? 0,
    exclusiveLocks: size?.exclusiveLocks ?? 0,
    deploying: size?.deploying ?? false,
    mayCreateDatabases: may?.allowed ?? false,
    missingExtensions: (size?.extensions ?? []).filter((name) => !names.has(name)),
    staging: await describeStaging(maintenance, target),
    freeBytes: await freeOnServer(maintenance, node),
  };
}

/** Refuses a target that may be somebody's live database, or none of Odoo. */
export async function requireOwnDatabase(maintenance: Session, target: Connection): Promise<void> {
  judgeTarget(await describeStaging(maintenance, target), target.database);
}

async function describeStaging(maintenance: Session, target: Connection): Promise<PreflightFacts["staging"]> {
  const [row] = await maintenance.query<{ open: boolean }>(
    "SELECT datallowconn AS open FROM pg_database WHERE datname = $1",
    [target.database],
  );
  if (!row) return "absent";
  if (!row.open) return "closed";
  return withSession(target, async (session) => {
    const [tables] = await session.query<{ parameters: boolean; any: boolean; ours: boolean }>(
      `SELECT to_regclass('public.ir_config_parameter') IS NOT NULL AS parameters,
              to_regclass('_pipeline.manifest') IS NOT NULL AS ours,
              EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                       WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}) AS any`,
    );
    if (!tables?.any) return "empty";
    if (!tables.parameters) return tables.ours ? "neutralized" : "foreign";
    const [flag] = await session.query<{ value: string }>(
      "SELECT lower(value) AS value FROM public.ir_config_parameter WHERE key = 'database.is_neutralized'",
    );
    return flag?.value === "true" ? "neutralized" : "live";
  });
}

/** Free bytes where the server keeps its data, when that is the node and it may look; else not measured. */
async function freeOnServer(maintenance: Session, node: Disk): Promise<number | undefined> {
  const [row] = await maintenance
    .query<{ directory: string }>(
      "SELECT current_setting('data_directory', true) AS directory WHERE inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr()",
    )
    .catch(() => []);
  return row?.directory ? node.freeBytes(row.directory) : undefined;
}
