import type { Session } from "../../platform/postgres.ts";
import { notOfExtension, userSchema } from "./scope.ts";

const foreign = (catalogue: string, alias: string, kind: string, name: string, namespace: string) => `
  SELECT '${kind} ' || ${name} AS what FROM ${catalogue} ${alias} JOIN pg_namespace n ON n.oid = ${alias}.${namespace}
   WHERE ${userSchema("n")} AND ${notOfExtension(catalogue, `${alias}.oid`)}`;

const qualified = (name: string) => `format('%I.%I', n.nspname, ${name})`;

// Known and left out on purpose: owners and privileges (the target's role owns the copy), comments, publications,
// subscriptions, security labels, tablespaces, planner statistics (they hold raw values).
const INVENTORY = [
  `${foreign("pg_class", "c", "foreign table", qualified("c.relname"), "relnamespace")} AND c.relkind = 'f'`,
  `${foreign("pg_class", "c", "typed table", qualified("c.relname"), "relnamespace")} AND c.relkind IN ('r', 'p') AND c.reloftype <> 0`,
  `${foreign("pg_class", "c", "row security on", qualified("c.relname"), "relnamespace")} AND (c.relrowsecurity OR c.relforcerowsecurity)`,
  `${foreign("pg_type", "t", "type", qualified("t.typname"), "typnamespace")}
     AND (t.typtype IN ('r', 'm', 'p') OR t.typtype = 'b' AND t.typcategory <> 'A')`,
  `${foreign("pg_proc", "p", "aggregate", qualified("p.proname"), "pronamespace")} AND p.prokind = 'a'`,
  foreign("pg_operator", "o", "operator", qualified("o.oprname"), "oprnamespace"),
  foreign("pg_opclass", "o", "operator class", qualified("o.opcname"), "opcnamespace"),
  foreign("pg_opfamily", "o", "operator family", qualified("o.opfname"), "opfnamespace"),
  foreign("pg_collation", "o", "collation", qualified("o.collname"), "collnamespace"),
  foreign("pg_conversion", "o", "conversion", qualified("o.conname"), "connamespace"),
  foreign("pg_ts_config", "o", "text search configuration", qualified("o.cfgname"), "cfgnamespace"),
  foreign("pg_ts_dict", "o", "text search dictionary", qualified("o.dictname"), "dictnamespace"),
  `SELECT 'policy ' || polname FROM pg_policy`,
  `SELECT 'cast from ' || format_type(castsource, NULL) || ' to ' || format_type(casttarget, NULL) FROM pg_cast c
    WHERE c.oid >= 16384 AND ${notOfExtension("pg_cast", "c.oid")}`,
  `SELECT 'event trigger ' || evtname FROM pg_event_trigger t WHERE ${notOfExtension("pg_event_trigger", "t.oid")}`,
  `SELECT 'foreign server ' || srvname FROM pg_foreign_server s WHERE ${notOfExtension("pg_foreign_server", "s.oid")}`,
  `SELECT 'access method ' || amname FROM pg_am a WHERE a.oid >= 16384 AND ${notOfExtension("pg_am", "a.oid")}`,
  `SELECT 'procedural language ' || lanname FROM pg_language l WHERE l.oid >= 16384 AND ${notOfExtension("pg_language", "l.oid")}`,
].join("\n  UNION ALL ");

/** Names everything in the source that the copy could not have; empty for every ordinary Odoo database. */
export async function readUnsupported(session: Session): Promise<string[]> {
  const rows = await session.query<{ what: string }>(INVENTORY);
  return rows.map((row) => row.what).sort();
}

/** Number of large objects. Odoo keeps nothing in them; no table says which row one belongs to. */
export async function countLargeObjects(session: Session): Promise<number> {
  const [row] = await session.query<{ count: number }>("SELECT count(*)::float8 AS count FROM pg_largeobject_metadata");
  return row?.count ?? 0;
}
