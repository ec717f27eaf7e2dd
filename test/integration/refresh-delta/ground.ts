import type { RefreshRule } from "../../../src/environment/pipeline-schema.ts";
import { type Connection, quoteIdent, type Session, withSession } from "../../../src/platform/postgres.ts";
import { findGolden } from "../../../src/refresh/golden/find.ts";
import { approvePlan } from "../../../src/refresh/plan/gate.ts";
import { selectStatement } from "../../../src/refresh/plan/plan.ts";
import { MASK_KEY_SETTING } from "../../../src/refresh/plan/row.ts";
import { qualifiedName } from "../../../src/refresh/schema/tables.ts";

/** The rules that make `company.sql` copyable. */
export const RULES: RefreshRule[] = [
  { columns: "countries.name", keep: "names of countries" },
  { columns: "partners.code", mask: "token" },
  { columns: "partners.name", mask: "name" },
  { columns: "partners.email", mask: "email" },
  { columns: "messages.*", mask: "text" },
  { columns: "keyless.note", keep: "nothing personal" },
  { columns: "codes.code", keep: "nothing personal" },
  { columns: "parts*.note", mask: "text" },
];

/** What every table of the source looks like through the masks of a golden copy, and what stands in the copy: sorted rows. */
export async function bothSides(source: Connection, staging: Connection, maintenance: Connection) {
  const key = await withSession(maintenance, async (session) => {
    const golden = await findGolden(session, staging, staging.database);
    return golden?.record.maskKey ?? "";
  });
  const [expected, actual] = await Promise.all([
    withSession(source, (session) => masked(session, key), { search_path: "pg_catalog" }),
    withSession(staging, (session) => asItIs(session), { search_path: "pg_catalog" }),
  ]);
  return { expected, actual };
}

const rowsOf = async (session: Session, sql: string) =>
  (await session.query<{ row: string }>(`SELECT r::text AS row FROM (${sql}) r ORDER BY 1`)).map(({ row }) => row);

async function masked(session: Session, key: string): Promise<Record<string, string[]>> {
  await session.query("SELECT set_config($1, $2, false)", [MASK_KEY_SETTING, key]);
  const { plan } = await approvePlan(session, { rules: RULES });
  const tables: Record<string, string[]> = {};
  for (const planned of plan.tables) tables[planned.name] = await rowsOf(session, selectStatement(planned));
  return tables;
}

async function asItIs(session: Session): Promise<Record<string, string[]>> {
  const { plan } = await approvePlan(session, { rules: RULES });
  const tables: Record<string, string[]> = {};
  for (const { name, table, columns } of plan.tables) {
    const list = columns.map(({ column }) => quoteIdent(column.name)).join(", ");
    tables[name] = await rowsOf(session, `SELECT ${list} FROM ONLY ${qualifiedName(table)}`);
  }
  return tables;
}
