import type { Instance } from "../../environment/resolve.ts";
import { readOdooConfig } from "../../odoo/config.ts";
import { neutralizeWith } from "../../odoo/neutralize.ts";
import { ExpectedError } from "../../platform/errors.ts";
import { type Connection, type Session, withSession } from "../../platform/postgres.ts";
import { excludeDeployment } from "../activation/activate.ts";
import { lockTarget } from "../activation/recovery.ts";
import { thisNode } from "../node/target-node.ts";
import { SOURCE_SETTINGS, TARGET_SETTINGS } from "../sessions.ts";
import { type Check, check, IDENTITY, verifyHarmless } from "../verify/verify.ts";
import { type NeutralizeAlone, type Neutralized, neutralizeAloneSchema } from "./alone.ts";

// A running Odoo may be at any row; it is not stopped, and does not keep this waiting without an end.
const SETTINGS = { ...TARGET_SETTINGS, lock_timeout: "60s", synchronous_commit: "on" };

/** The host program's command `neutralize`: neutralizes the target's database as it is, in one transaction, and looks. */
export async function neutralizeCommand(request: unknown): Promise<Neutralized> {
  const { target, source, ...wish } = neutralizeAloneSchema.parse(request);
  const { connection, dbName } = await readOdooConfig(target.config);
  return await withSession({ ...connection, database: "postgres" }, async (maintenance) => {
    await lockTarget(maintenance, dbName);
    await excludeDeployment(maintenance, target, dbName, "it was not neutralized");
    const production = source && (await readOdooConfig(source.config)).connection;
    const work = (session: Session) => neutralizeDatabase(session, { ...wish, target, production });
    return { database: dbName, ...(await withSession(connection, work, SETTINGS)) };
  });
}

interface Wish extends Omit<NeutralizeAlone, "source"> {
  production: Connection | undefined;
}

async function neutralizeDatabase(session: Session, { target, production, ...wish }: Wish) {
  const known = production && (await withSession(production, whoIs, SOURCE_SETTINGS));
  const own = await whoIs(session);
  await refuseProduction(session, target, own, known);
  const newIdentity = known !== undefined && own.uuid === known.uuid;
  const { neutralizeScripts } = thisNode({ target });
  const request = { ...wish, url: target.url, newIdentity };
  const { signOn, ...done } = await neutralizeWith(session, neutralizeScripts, request);
  const checks = await verifyHarmless(session, signOn.providers);
  if (known) checks.push(check("own database.uuid", (await whoIs(session)).uuid !== known.uuid, "compared"));
  requireHarmless(checks, target);
  return { ...done, checks, warnings: signOn.warnings };
}

interface Identity {
  system: string;
  database: string;
  /** A hash of `database.uuid`. */
  uuid: string | undefined;
}

async function whoIs(session: Session): Promise<Identity> {
  const [server] = await session.query<Omit<Identity, "uuid">>(
    `SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) AS system, current_database() AS database`,
  );
  const [identity] = await session.query<{ uuid: string }>(IDENTITY);
  return { ...(server as Identity), uuid: identity?.uuid };
}

const FLAG = "SELECT 1 FROM public.ir_config_parameter WHERE key = 'database.is_neutralized' AND lower(value) = 'true'";

/** Where production cannot be compared with, only a database that was neutralized before is beyond doubt. */
async function refuseProduction(session: Session, target: Instance, own: Identity, production: Identity | undefined) {
  if (production && own.system === production.system && own.database === production.database)
    throw new ExpectedError({
      code: "same-database",
      message: `The database of ${target.name}, ${own.database}, is production's: neutralizing would switch production off.`,
      remedy: `Give ${target.name}'s odoo.conf its own db_name.`,
    });
  if (production || (await session.query(FLAG)).length > 0) return;
  throw new ExpectedError({
    code: "target-protected",
    message: `Database ${own.database} is not neutralized (database.is_neutralized is not set), and production is on another node, so it may be somebody's live database.`,
    remedy: `If it is ${target.name}'s, neutralize it once (odoo-bin neutralize) or refresh it; if not, correct db_name in its odoo.conf.`,
  });
}

function requireHarmless(checks: readonly Check[], target: Instance): void {
  const bad = checks.filter(({ outcome }) => outcome !== "passed");
  if (bad.length === 0) return;
  throw new ExpectedError({
    code: "verification-failed",
    message: `The database of ${target.name} was neutralized, and still is not harmless: ${bad.map(({ name, detail }) => `${name} (${detail})`).join("; ")}.`,
    remedy: "Stop its service, and repair what the checks name; a running Odoo may have written it meanwhile.",
  });
}
