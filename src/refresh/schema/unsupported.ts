import type { Session } from "../../platform/postgres.ts";
import type { CatalogueObject } from "./left-out.ts";
import { notOfExtension, userSchema } from "./scope.ts";

/** Rows of one system catalogue: kind and name, and the identity by which pg_depend knows the object. */
const ofCatalogue = (catalogue: string, alias: string, kind: string, name: string) => `
  SELECT '${kind} ' || ${name} AS what, '${catalogue}'::regclass::oid::int8 AS classid, ${alias}.oid::int8 AS objid
    FROM ${catalogue} ${alias}`;

const inSchema = (catalogue: string, alias: string, kind: string, name: string, namespace: string) => `
  ${ofCatalogue(catalogue, alias, kind, `format('%I.%I', n.nspname, ${name})`)} JOIN pg_namespace n ON n.oid = ${alias}.${namespace}
   WHERE ${userSchema("n")} AND ${notOfExtension(catalogue, `${alias}.oid`)}`;

const global = (catalogue: string, alias: string, kind: string, name: string) =>
  `${ofCatalogue(catalogue, alias, kind, name)} WHERE ${alias}.oid >= 16384 AND ${notOfExtension(catalogue, `${alias}.oid`)}`;

// Known and left out on purpose: owners and privileges (the target's role owns the copy), comments, publications,
// subscriptions, security labels, tablespaces, planner statistics (they hold raw values).
const INVENTORY = [
  `${inSchema("pg_class", "c", "foreign table", "c.relname", "relnamespace")} AND c.relkind = 'f'`,
  `${inSchema("pg_class", "c", "typed table", "c.relname", "relnamespace")} AND c.relkind IN ('r', 'p') AND c.reloftype <> 0`,
  // A property of a table: what depends on the table does not depend on it.
  `SELECT what, classid, NULL FROM (${inSchema("pg_class", "c", "row security on", "c.relname", "relnamespace")}
     AND (c.relrowsecurity OR c.relforcerowsecurity)) AS s`,
  `${inSchema("pg_type", "t", "type", "t.typname", "typnamespace")}
     AND (t.typtype IN ('r', 'm', 'p') OR t.typtype = 'b' AND t.typcategory <> 'A')`,
  `${inSchema("pg_proc", "p", "aggregate", "p.proname", "pronamespace")} AND p.prokind = 'a'`,
  inSchema("pg_operator", "o", "operator", "o.oprname", "oprnamespace"),
  inSchema("pg_opclass", "o", "operator class", "o.opcname", "opcnamespace"),
  inSchema("pg_opfamily", "o", "operator family", "o.opfname", "opfnamespace"),
  inSchema("pg_collation", "o", "collation", "o.collname", "collnamespace"),
  inSchema("pg_conversion", "o", "conversion", "o.conname", "connamespace"),
  inSchema("pg_ts_config", "o", "text search configuration", "o.cfgname", "cfgnamespace"),
  inSchema("pg_ts_dict", "o", "text search dictionary", "o.dictname", "dictnamespace"),
  ofCatalogue("pg_policy", "p", "policy", "format('%I on %s', p.polname, p.polrelid::regclass)"),
  global(
    "pg_cast",
    "c",
    "cast",
    "format('from %s to %s', format_type(c.castsource, NULL), format_type(c.casttarget, NULL))",
  ),
  global("pg_event_trigger", "t", "event trigger", "t.evtname"),
  global("pg_foreign_server", "s", "foreign server", "s.srvname"),
  global("pg_am", "a", "access method", "a.amname"),
  global("pg_language", "l", "procedural language", "l.lanname"),
].join("\n  UNION ALL ");

/** Everything in the source that the copy could not have; empty for every ordinary Odoo database. */
export async function readUnsupported(session: Session): Promise<CatalogueObject[]> {
  const rows = await session.query<CatalogueObject & Record<string, unknown>>(INVENTORY);
  return rows
    .map((row) => ({ what: row.what, classid: numberOf(row.classid), objid: numberOf(row.objid) }))
    .sort((a, b) => (a.what < b.what ? -1 : 1));
}

const numberOf = (value: unknown) => (value === null ? null : Number(value));

/** Number of large objects. Odoo keeps nothing in them; no table says which row one belongs to. */
export async function countLargeObjects(session: Session): Promise<number> {
  const [row] = await session.query<{ count: number }>("SELECT count(*)::float8 AS count FROM pg_largeobject_metadata");
  return row?.count ?? 0;
}
