import { readOdooConfig } from "../../odoo/config.ts";
import { type Connection, type Session, withSession } from "../../platform/postgres.ts";
import { odooQueries } from "../classification/odoo-queries.ts";
import { resolvePlan } from "../plan/gate.ts";
import type { RefreshRequest } from "../request.ts";
import { refreshRequestSchema } from "../request-schema.ts";
import { readSchema } from "../schema/read.ts";
import { SOURCE_SETTINGS } from "../sessions.ts";
import { generateGuard, removeGuard } from "./generate.ts";
import type { GeneratedGuard } from "./generated.ts";
import { type Protection, readProtection } from "./protection.ts";
import { staleViews } from "./verdict.ts";
import { type GuardView, guardedOdooQueries, supportViews, tableViews } from "./views.ts";

/** Role of a guard whose reader is not named by `refresh.connection`. */
const DEFAULT_ROLE = "odoo_refresh";

/** The host program's command `generate-guard`: reads production, changes nothing. */
export async function generateGuardCommand(request: unknown): Promise<GeneratedGuard> {
  const parsed = refreshRequestSchema.parse(request);
  const connection = parsed.connection ?? (await readOdooConfig(parsed.source.config)).connection;
  const role = parsed.connection?.user ?? DEFAULT_ROLE;
  return await guardFor(connection, parsed, role);
}

/** The guard of a database for a role, by the rules of now. */
export function guardFor(
  connection: Connection,
  rules: Pick<RefreshRequest, "rules" | "leaveOut">,
  role: string,
): Promise<GeneratedGuard> {
  const work = async (session: Session): Promise<GeneratedGuard> => {
    const { views, planSha256 } = await viewsFor(session, rules);
    const facts = { database: connection.database, role };
    return {
      ...facts,
      sql: generateGuard({ ...facts, views, planSha256 }),
      remove: removeGuard(facts),
      ...(planSha256 === undefined ? {} : { planSha256 }),
    };
  };
  return withSession(connection, work, SOURCE_SETTINGS);
}

async function viewsFor(session: Session, { rules, leaveOut }: Pick<RefreshRequest, "rules" | "leaveOut">) {
  await session.query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  const schema = await readSchema(session, leaveOut);
  const support = supportViews(schema);
  const guarded = mayAsk(await readProtection(session), support);
  if (guarded === undefined) return { views: support };
  const queries = guarded ? guardedOdooQueries() : odooQueries(schema);
  const { plan, sha256, ownPartners } = await resolvePlan(session, { rules, schema, queries });
  return { views: [...support, ...tableViews(plan, ownPartners)], planSha256: sha256 };
}

/** Whether Odoo's tables are asked through the guard; undefined when the role cannot ask them in any way. */
function mayAsk({ guard, readable }: Protection, support: readonly GuardView[]): boolean | undefined {
  if (support.length === 0 || readable.includes("public.ir_model_fields")) return false;
  return guard && staleViews(support, guard).length === 0 ? true : undefined;
}
