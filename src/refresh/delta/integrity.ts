import { type Connection, DatabaseError, quoteIdent, type Session } from "../../platform/postgres.ts";
import { apply } from "../copy/build.ts";
import type { Schema } from "../schema/model.ts";
import { qualifiedName } from "../schema/tables.ts";
import type { Sessions } from "../sessions.ts";
import type { TableChange } from "./ways.ts";

// A role that may set it neither fires triggers nor checks foreign keys; otherwise they are taken away meanwhile.
const WITHOUT_TRIGGERS = "SELECT set_config('session_replication_role', 'replica', false)";

/** Opens a session for changing rows that are consistent only at the end: no trigger fires where the role may say so. */
export async function openTarget(
  sessions: Sessions,
  target: Connection,
  role: string,
  settings: Record<string, string>,
) {
  const session = await sessions.open(target, role, settings);
  await mayIgnoreTriggers(session);
  return session;
}

async function mayIgnoreTriggers(session: Session): Promise<boolean> {
  try {
    await session.query(WITHOUT_TRIGGERS);
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && error.sqlState === "42501") return false;
    throw error;
  }
}

// Even NOT VALID, a foreign key checks new rows and cascades deletions; where triggers are ignored ($2) it does neither, and
// one that stays VALID would speak for rows that nobody checked. Those of partitions belong to their parent.
const FOREIGN_KEYS = `
  WITH RECURSIVE touching AS (
    SELECT o.oid, o.conparentid FROM pg_constraint o
     WHERE o.contype = 'f' AND (o.conrelid::regclass = ANY ($1::regclass[]) OR o.confrelid::regclass = ANY ($1::regclass[]))
    UNION SELECT p.oid, p.conparentid FROM pg_constraint p JOIN touching t ON p.oid = t.conparentid)
  SELECT o.conname AS name, format('%I.%I', n.nspname, c.relname) AS table,
         format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, o.conname) AS ddl
    FROM touching t JOIN pg_constraint o ON o.oid = t.oid JOIN pg_class c ON c.oid = o.conrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace WHERE t.conparentid = 0 AND (o.convalidated OR NOT $2::boolean)`;

// Triggers and rules that would act, with the statements that silence them and restore their mode.
const ACTING = `
  WITH acting AS (
    SELECT 'TRIGGER' AS kind, tgrelid AS relation, tgname AS name, tgenabled AS enabled FROM pg_trigger
     WHERE NOT tgisinternal
    UNION ALL SELECT 'RULE', ev_class, rulename, ev_enabled FROM pg_rewrite WHERE rulename <> '_RETURN')
  SELECT format('ALTER TABLE %I.%I DISABLE %s %I', n.nspname, c.relname, kind, a.name) AS off,
         format('ALTER TABLE %I.%I ENABLE %s %s %I', n.nspname, c.relname,
                CASE a.enabled WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END, kind, a.name) AS on
    FROM acting a JOIN pg_class c ON c.oid = a.relation JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE a.enabled = ANY ($2::"char"[]) AND c.oid::regclass = ANY ($1::regclass[])`;

/**
 * Runs `work` while no foreign key and no trigger of the changed tables acts on the target: rows arrive table by table,
 * and a deletion must not cascade into rows that are right already. Afterwards both are as they were; keys that
 * had to go are NOT VALID, for the caller to validate.
 */
export async function withoutIntegrity<T>(
  session: Session,
  schema: Schema,
  changes: readonly TableChange[],
  work: () => Promise<T>,
): Promise<T> {
  const ignoring = await mayIgnoreTriggers(session);
  const tables = changes.filter(({ way }) => way !== "same").map(({ planned }) => qualifiedName(planned.table));
  // Those marked ALWAYS or REPLICA act even then.
  const modes = ignoring ? ["A", "R"] : ["O", "A", "R"];
  const acting = await session.query<{ off: string; on: string }>(ACTING, [tables, modes]);
  const keys = await session.query<{ name: string; table: string; ddl: string }>(FOREIGN_KEYS, [tables, ignoring]);
  const statements = [...acting.map(({ off }) => off), ...keys.map(({ ddl }) => ddl)];
  if (statements.length > 0) await session.query(statements.join(";\n"));
  const result = await work();
  const dropped = new Set(keys.map(({ name, table }) => `foreign key ${quoteIdent(name)} on ${table}`));
  await apply(
    session,
    schema.foreignKeys.filter(({ key }) => dropped.has(key)),
  );
  if (acting.length > 0) await session.query(acting.map(({ on }) => on).join(";\n"));
  return result;
}
