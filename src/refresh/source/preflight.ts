import { allowConnections } from "../../environment/databases.ts";
import { type Connection, type Session, withSession } from "../../platform/postgres.ts";
import { notOfExtension, userSchema } from "../schema/scope.ts";
import { type IdentityFacts, judgeTarget, type ServerFacts, type StateFacts } from "./preflight-verdict.ts";

const SERVER = `
  SELECT (SELECT system_identifier::text FROM pg_control_system()) AS "systemIdentifier", current_setting('server_version_num')::int AS version,
         pg_is_in_recovery() AS "inRecovery", pg_postmaster_start_time()::text AS "startedAt", current_database() AS database`;

/** Asks both servers who they are, and looks into the database that is to be replaced; nothing is cleaned up for it. */
export async function gatherIdentity(
  source: Session,
  maintenance: Session,
  target: Connection,
  look: Look,
): Promise<IdentityFacts> {
  const [from] = await source.query<ServerFacts>(SERVER);
  const [to] = await maintenance.query<ServerFacts>(SERVER);
  return {
    source: from as ServerFacts,
    target: { ...(to as ServerFacts), database: target.database },
    staging: await describeStaging(maintenance, target, look),
  };
}

/** Whether a closed database may be opened for a moment, to see whose it is. */
interface Look {
  mayOpen: boolean;
}

/** Refuses a target that may be somebody's live database, or none of Odoo. */
export async function requireOwnDatabase(maintenance: Session, target: Connection, look: Look): Promise<void> {
  judgeTarget(await describeStaging(maintenance, target, look), target.database);
}

// A deployment at work keeps its database closed, and it stays so.
const DOOR = `
  SELECT datallowconn AS open,
         datallowconn OR NOT EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
             AND l.classid = hashtext('deploy-odoo')::bigint & 4294967295 AND l.objid = hashtext($1)::bigint & 4294967295) AS free
    FROM pg_database WHERE datname = $1`;

async function describeStaging(
  maintenance: Session,
  target: Connection,
  { mayOpen }: Look,
): Promise<IdentityFacts["staging"]> {
  const [door] = await maintenance.query<{ open: boolean; free: boolean }>(DOOR, [target.database]);
  if (!door) return "absent";
  if (door.open) return withSession(target, lookInto);
  if (!mayOpen || !door.free) return "closed";
  await allowConnections(maintenance, target.database, true);
  try {
    return await withSession(target, lookInto);
  } finally {
    await allowConnections(maintenance, target.database, false);
  }
}

async function lookInto(session: Session): Promise<IdentityFacts["staging"]> {
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
}

const SOURCE = `
  SELECT (SELECT count(*)::int FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
           WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND c.oid >= 16384
             AND l.mode = 'AccessExclusiveLock') AS "exclusiveLocks",
         EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
                    AND l.classid = hashtext('deploy-odoo')::bigint & 4294967295
                    AND l.objid = hashtext(current_database())::bigint & 4294967295) AS deploying`;

/** How things are on the source just now. */
export async function gatherBusiness(source: Session): Promise<Pick<StateFacts, "exclusiveLocks" | "deploying">> {
  const [row] = await source.query<Pick<StateFacts, "exclusiveLocks" | "deploying">>(SOURCE);
  return row ?? { exclusiveLocks: 0, deploying: false };
}
