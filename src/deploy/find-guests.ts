import { hostProcesses } from "../environment/processes.ts";
import { readOdooConfig } from "../odoo/config.ts";
import { ExpectedError } from "../platform/errors.ts";
import { quoteIdent, type Session } from "../platform/postgres.ts";
import {
  asOdooServer,
  describeGuests,
  guestsAmong,
  isOwnService,
  type OdooProcess,
  type SessionGroup,
  strangersAmong,
} from "./guests.ts";
import type { DeploymentRun } from "./run.ts";

/** Where Odoo's packages put the configuration that a server without `-c` reads. */
const PACKAGED_CONFIG = "/etc/odoo/odoo.conf";
const STOPPED_WITHIN_MS = 5_000;
const EVERY_MS = 250;

/**
 * Looks, before anything is closed, who else uses the database that an update is going to change: Odoo servers of this
 * host that are not the service, and sessions that are not its own. In production ExpectedError "database-shared";
 * elsewhere a warning, since they are sent away.
 */
export async function refuseGuests(run: DeploymentRun): Promise<void> {
  const sessions = strangersAmong(await sessionsOf(run.admin, run.names.live), {
    role: run.config.connection.user,
    name: run.config.raw.db_app_name,
  });
  judge(run, guestsAmong(sessions, run.request.expendable), await otherServers(run));
  const unending = sessions.filter(({ mayEnd }) => !mayEnd);
  if (unending.length > 0) throw mayNotEnd(run, unending);
}

/** Better said now than by a server that refuses it when the door is closed. */
function mayNotEnd({ names, config }: DeploymentRun, sessions: readonly SessionGroup[]): ExpectedError {
  return new ExpectedError({
    code: "sessions-protected",
    message: `Role ${config.connection.user} may not end the sessions of others in ${names.live}: ${describeGuests(sessions, [])}.`,
    remedy: `Let an administrator run once: GRANT pg_signal_backend, pg_read_all_stats TO ${quoteIdent(config.connection.user)}. Sessions of superusers have to be closed by themselves.`,
  });
}

/** Once the service is stopped, whoever is still in the database, or comes back, is not the service. */
export async function refuseRemaining(run: DeploymentRun): Promise<void> {
  for (let waited = 0; ; waited += EVERY_MS) {
    const guests = guestsAmong(await sessionsOf(run.admin, run.names.live), run.request.expendable);
    if (guests.length === 0) return;
    if (waited >= STOPPED_WITHIN_MS) return judge(run, guests, []);
    await run.clock.sleep(EVERY_MS);
  }
}

function judge(run: DeploymentRun, guests: readonly SessionGroup[], servers: readonly OdooProcess[]): void {
  if (guests.length === 0 && servers.length === 0) return;
  const found = describeGuests(guests, servers);
  const { live } = run.names;
  if (run.request.instance.role !== "production") {
    run.warn(`Others use the database ${live}: ${found}.`);
    return;
  }
  throw new ExpectedError({
    code: "database-shared",
    message: `Others use the database ${live}, which this deployment is going to change: ${found}.`,
    remedy:
      "Stop and disable an Odoo server that is not the service of this environment: it would serve old code on the new database. Stop other programs for the time of the deployment, or say in policies.end_sessions of the pipeline file whose sessions may be ended: by roles, applications or clients.",
  });
}

async function sessionsOf(admin: Session, database: string): Promise<SessionGroup[]> {
  const rows = await admin.query<SessionGroup & Record<string, unknown>>(
    `SELECT usename::text AS role, coalesce(application_name, '') AS application, CASE client_port WHEN -1 THEN 'a local socket' ELSE coalesce(host(client_addr), 'an address that is not shown') END AS client, count(*)::int AS count,
            bool_and(pg_has_role(a.usesysid, 'MEMBER') OR pg_has_role('pg_signal_backend', 'USAGE') AND NOT r.rolsuper) AS "mayEnd"
       FROM pg_stat_activity a JOIN pg_roles r ON r.oid = a.usesysid WHERE datname = $1 AND pid <> pg_backend_pid()
      GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    [database],
  );
  return rows.map(({ role, application, client, count, mayEnd }) => ({ role, application, client, count, mayEnd }));
}

/** Odoo servers of this host for the same database that do not belong to the environment's service. */
async function otherServers(run: DeploymentRun): Promise<OdooProcess[]> {
  const processes = await hostProcesses();
  const service = { service: run.request.instance.service, port: run.config.httpPort };
  const own = new Set(processes.filter((process) => isOwnService(process, service)).map(({ session }) => session));
  const servers = processes
    .flatMap((process) => asOdooServer(process) ?? [])
    .filter(({ session }) => !own.has(session));
  const others: OdooProcess[] = [];
  const seen = new Set<number>();
  for (const server of servers) {
    if (seen.has(server.session) || !(await servesOurs(run, server))) continue;
    seen.add(server.session); // one line for a server and its workers
    others.push(server);
  }
  return others;
}

/** A server whose configuration we may not read is told by its sessions only. */
async function servesOurs(run: DeploymentRun, { config = PACKAGED_CONFIG, database }: OdooProcess): Promise<boolean> {
  const theirs = await readOdooConfig(config).catch(() => undefined);
  if (theirs === undefined) return false;
  const server = ({ connection }: typeof theirs) => [connection.host, connection.port].join(" ");
  return server(theirs) === server(run.config) && (database ?? theirs.dbName) === run.names.live;
}
