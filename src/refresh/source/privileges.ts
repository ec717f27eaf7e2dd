import { GUARD_MARK, GUARD_SCHEMA } from "../../environment/masked-views.ts";
import type { Session } from "../../platform/postgres.ts";
import { notOfExtension, userSchema } from "../schema/scope.ts";
import type { ExtensionFacts, FilteredTable, PrivilegeFacts, Unreadable } from "./privileges-verdict.ts";

// All tables are locked, and a lock asks for the whole table, not for columns of it.
const RELATIONS = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name, quote_ident(n.nspname) AS schema,
         CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind, has_schema_privilege(n.oid, 'USAGE') AS open
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'S') AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}
     AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')) ORDER BY n.nspname, c.relname`;

const VIEWS = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name, quote_ident(n.nspname) AS schema, 'TABLE' AS kind, true AS open
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = '${GUARD_SCHEMA}' AND c.relkind = 'v' AND starts_with(obj_description(c.oid, 'pg_class'), '${GUARD_MARK}')
     AND NOT has_table_privilege(c.oid, 'SELECT')
  UNION ALL
  SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), quote_ident(n.nspname), 'FUNCTION', true
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE n.nspname = '${GUARD_SCHEMA}' AND NOT has_function_privilege(p.oid, 'EXECUTE') ORDER BY 1`;

// Who reads through a view reads with the rights of its owner.
const reads = (guarded: boolean) =>
  guarded
    ? `SELECT DISTINCT d.refobjid AS relation, v.relowner AS role FROM pg_class v JOIN pg_namespace n ON n.oid = v.relnamespace
         JOIN pg_rewrite r ON r.ev_class = v.oid JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
        WHERE n.nspname = '${GUARD_SCHEMA}' AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> v.oid`
    : `SELECT c.oid AS relation, (SELECT oid FROM pg_roles WHERE rolname = current_user) AS role
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}`;

const filteredRows = (guarded: boolean) => `
  SELECT format('%I.%I', n.nspname, c.relname) AS name, quote_ident(o.rolname) AS role,
         array(SELECT quote_ident(polname) FROM pg_policy WHERE polrelid = c.oid ORDER BY polname) AS policies
    FROM (${reads(guarded)}) AS read JOIN pg_class c ON c.oid = read.relation
    JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_roles o ON o.oid = read.role
   WHERE c.relrowsecurity AND NOT o.rolsuper AND NOT o.rolbypassrls
     AND (c.relforcerowsecurity OR NOT pg_has_role(o.oid, c.relowner, 'USAGE')) ORDER BY 1`;

const GUARD_UNUSED = `
  SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = '${GUARD_SCHEMA}'
                    AND starts_with(obj_description(oid, 'pg_namespace'), '${GUARD_MARK}')) AS there, quote_ident(current_user) AS reader`;

const WRITER = `
  SELECT quote_ident(rolname) AS writer, rolcreatedb OR rolsuper AS "mayCreateDatabases",
         (SELECT quote_ident(pg_get_userbyid(datdba)) FROM pg_database WHERE datname = $1 AND NOT pg_has_role(datdba, 'USAGE')) AS owner,
         quote_ident($1) AS database
    FROM pg_roles WHERE rolname = current_user`;

// Hosted servers let a role of theirs make what by the catalogue only a superuser may; a library can do the same.
const DEPUTY = `
  EXISTS (SELECT FROM pg_roles d WHERE pg_has_role(d.oid, 'MEMBER')
             AND d.rolname IN ('rds_superuser', 'cloudsqlsuperuser', 'alloydbsuperuser', 'azure_pg_admin', 'neon_superuser'))
  OR coalesce(current_setting('extwlist.extensions', true), current_setting('supautils.privileged_extensions', true)) IS NOT NULL`;

const OFFERED = `
  SELECT e.name::text AS name, e.default_version AS offered,
         coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user) OR NOT v.superuser OR v.trusted OR ${DEPUTY}, true) AS "mayCreate"
    FROM pg_available_extensions e LEFT JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version`;

/** Asks both servers what the roles may do; nothing is tried. `guarded`: rows are read through the masked views. */
export async function gatherPrivileges(
  source: Session,
  maintenance: Session,
  { guarded, staging }: { guarded: boolean; staging: string },
): Promise<PrivilegeFacts> {
  const wanting = await source.query<Unreadable & { open: boolean }>(guarded ? VIEWS : RELATIONS);
  const [guard] = await source.query<{ there: boolean; reader: string }>(GUARD_UNUSED);
  const filtered = await source.query<FilteredTable & Record<string, unknown>>(filteredRows(guarded));
  const [at] = await maintenance.query<{
    writer: string;
    mayCreateDatabases: boolean;
    owner: string | null;
    database: string;
  }>(WRITER, [staging]);
  return {
    reader: guard?.reader ?? "",
    closedSchemas: [...new Set(wanting.filter(({ open }) => !open).map(({ schema }) => schema))],
    unreadable: wanting.map(({ name, schema, kind }) => ({ name, schema, kind })),
    guardUnused: !guarded && guard?.there === true,
    filtered,
    writer: at?.writer ?? "",
    mayCreateDatabases: at?.mayCreateDatabases ?? false,
    notOwned: at && at.owner !== null ? { database: at.database, owner: at.owner } : undefined,
    extensions: await extensionsOf(source, maintenance),
  };
}

async function extensionsOf(source: Session, maintenance: Session): Promise<ExtensionFacts[]> {
  const used = await source.query<{ name: string; quoted: string; version: string }>(
    "SELECT extname::text AS name, quote_ident(extname) AS quoted, extversion AS version FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY oid",
  );
  const rows = await maintenance.query<{ name: string; offered: string | null; mayCreate: boolean }>(OFFERED);
  const offers = new Map(rows.map((row) => [row.name, row]));
  return used.map(({ name, quoted, version }) => {
    const offer = offers.get(name);
    return {
      name: quoted,
      version,
      offered: offer && (offer.offered ?? version),
      mayCreate: offer?.mayCreate ?? false,
    };
  });
}
