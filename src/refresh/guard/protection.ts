import { GUARD_MARK, GUARD_SCHEMA } from "../../environment/masked-views.ts";
import type { Session } from "../../platform/postgres.ts";
import { notOfExtension, userSchema } from "../schema/scope.ts";

/** The guard as it stands in a database. */
export interface InstalledGuard {
  /** Comment of its schema. */
  comment: string;
  views: { name: string; comment: string; columns: string[] }[];
}

/** What the role of a session may read of production, as the server says. */
export interface Protection {
  role: string;
  /** The guard, when this role has to read through it. */
  guard?: InstalledGuard;
  /** Tables and views outside the guard that the role can read, by itself or as a member of another. */
  readable: string[];
}

// What the role could become counts as what it is.
const RELATIONS = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind IN ('r', 'p') AS table,
         EXISTS (SELECT FROM pg_roles r WHERE pg_has_role(r.oid, 'MEMBER') AND has_schema_privilege(r.oid, n.oid, 'USAGE')
                    AND has_any_column_privilege(r.oid, c.oid, 'SELECT')) AS readable
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")} ORDER BY 1`;

const GUARD = `
  SELECT coalesce(obj_description(oid, 'pg_namespace'), '') AS comment FROM pg_namespace
   WHERE nspname = '${GUARD_SCHEMA}' AND has_schema_privilege(oid, 'USAGE')`;

const VIEWS = `
  SELECT c.relname AS name, coalesce(obj_description(c.oid, 'pg_class'), '') AS comment,
         array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = '${GUARD_SCHEMA}' AND c.relkind = 'v' AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1`;

/** Asks the server what the role of this session can read; search_path must be pg_catalog. */
export async function readProtection(session: Session): Promise<Protection> {
  const [who] = await session.query<{ role: string }>("SELECT current_user::text AS role");
  const relations = await session.query<{ name: string; table: boolean; readable: boolean }>(RELATIONS);
  const readable = relations.filter((relation) => relation.readable).map(({ name }) => name);
  const role = who?.role ?? "";
  const closed = relations.some((relation) => relation.table && !relation.readable);
  const [schema] = closed ? await session.query<{ comment: string }>(GUARD) : [];
  if (!schema?.comment.startsWith(GUARD_MARK)) return { role, readable };
  return { role, readable, guard: { ...schema, views: await session.query<InstalledGuard["views"][number]>(VIEWS) } };
}
