import { GUARD_MARK, GUARD_SCHEMA } from "../../environment/masked-views.ts";
import { quoteIdent, quoteLiteral } from "../../platform/postgres.ts";
import { notOfExtension, userSchema } from "../schema/scope.ts";
import { inGuard } from "./names.ts";
import { schemaComment, viewComment } from "./verdict.ts";
import type { GuardView } from "./views.ts";

/** What a guard is made of. */
export interface GuardFacts {
  database: string;
  /** The role that will read through it. */
  role: string;
  views: readonly GuardView[];
  /** Absent while the plan cannot be known: these views only let the role ask what Odoo is. */
  planSha256?: string | undefined;
}

/**
 * The SQL that makes the guard: to be run once with psql, in the production database, by a superuser or the owner of
 * Odoo's tables. It may be run again, and does all or nothing.
 */
export function generateGuard({ database, role, views, planSha256 }: GuardFacts): string {
  const comment = planSha256 === undefined ? `${GUARD_MARK} without a plan` : schemaComment(planSha256);
  return [
    heading(`Masked views of database ${database} for role ${role}`),
    "BEGIN;",
    ...SETTINGS,
    doBlock(checks(database, role)),
    `DROP SCHEMA IF EXISTS ${GUARD_SCHEMA} CASCADE;`,
    `CREATE SCHEMA ${GUARD_SCHEMA};`,
    `COMMENT ON SCHEMA ${GUARD_SCHEMA} IS ${quoteLiteral(comment)};`,
    ...views.map(createView),
    SEQUENCES,
    `REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ${GUARD_SCHEMA} FROM PUBLIC;`,
    `GRANT CONNECT ON DATABASE ${quoteIdent(database)} TO ${quoteIdent(role)};`,
    `GRANT USAGE ON SCHEMA ${GUARD_SCHEMA} TO ${quoteIdent(role)};`,
    ...views.map(({ name }) => `GRANT SELECT ON ${inGuard(name)} TO ${quoteIdent(role)};`),
    `GRANT EXECUTE ON FUNCTION ${inGuard("sequences")}() TO ${quoteIdent(role)};`,
    doBlock(HAND_OVER),
    doBlock(whatElse(role)),
    "COMMIT;",
    "",
  ].join("\n");
}

/** The SQL that takes the guard and its role away again. */
export function removeGuard({ database, role }: Pick<GuardFacts, "database" | "role">): string {
  return [
    heading(`Takes the masked views of database ${database} and role ${role} away`),
    "BEGIN;",
    ...SETTINGS,
    doBlock(`BEGIN\n${inThisDatabase(database)}\n${ownSchema}\nEND`),
    `DROP SCHEMA IF EXISTS ${GUARD_SCHEMA} CASCADE;`,
    doBlock(`BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = ${quoteLiteral(role)}) THEN
    REVOKE ALL ON DATABASE ${quoteIdent(database)} FROM ${quoteIdent(role)};
    DROP ROLE ${quoteIdent(role)};
  END IF;
END`),
    "COMMIT;",
    "",
  ].join("\n");
}

// A line break in a name would end the comment.
const heading = (text: string) => `-- ${text.replaceAll(/\p{Cc}+/gu, " ")}.`;

const SETTINGS = [
  "SET LOCAL client_encoding = 'UTF8';",
  "SET LOCAL standard_conforming_strings = on;",
  "SET LOCAL search_path = pg_catalog;",
  "SET LOCAL client_min_messages = warning;",
  "SET LOCAL lock_timeout = '10s';",
];

function createView(view: GuardView): string {
  const name = inGuard(view.name);
  return [
    `CREATE VIEW ${name} WITH (security_barrier = true) AS`,
    `${view.sql};`,
    `COMMENT ON VIEW ${name} IS ${quoteLiteral(viewComment(view))};`,
  ].join("\n");
}

// A function, since a view would hinder Odoo in dropping a sequence, and a privilege would be missing on a new one.
const SEQUENCES = `CREATE FUNCTION ${inGuard("sequences")}()
  RETURNS TABLE (name text, last bigint, called boolean)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT format('"%s"."%s"', replace(n.nspname, '"', '""'), replace(c.relname, '"', '""')) AS quoted FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
              WHERE c.relkind = 'S' AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}
  LOOP
    RETURN QUERY EXECUTE format('SELECT %L::text, last_value, is_called FROM %s', one.quoted, one.quoted);
  END LOOP;
END
$body$;`;

// Odoo's own role can then take the views away before an update, and they show no more than it may read.
const HAND_OVER = `DECLARE
  owners name[];
  one record;
BEGIN
  SELECT array_agg(DISTINCT pg_get_userbyid(c.relowner)) INTO owners FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'S') AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")};
  IF coalesce(cardinality(owners), 0) <> 1 THEN
    RAISE WARNING 'The tables do not belong to one role, so the views stay with %, and deploy-odoo cannot take them away before an update', current_user;
    RETURN;
  END IF;
  EXECUTE format('ALTER SCHEMA ${GUARD_SCHEMA} OWNER TO %I', owners[1]);
  EXECUTE format('ALTER FUNCTION ${inGuard("sequences")}() OWNER TO %I', owners[1]);
  FOR one IN SELECT relname FROM pg_class WHERE relnamespace = '${GUARD_SCHEMA}'::regnamespace AND relkind = 'v' LOOP
    EXECUTE format('ALTER VIEW ${GUARD_SCHEMA}.%I OWNER TO %I', one.relname, owners[1]);
  END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'The views stay with %, and deploy-odoo cannot take them away before an update: %', current_user, SQLERRM;
END`;

/** A DO statement, quoted so that no name in it can end it. */
function doBlock(body: string): string {
  let tag = "$do$";
  for (let number = 1; body.includes(tag); number++) tag = `$do${number}$`;
  return `DO ${tag}\n${body}\n${tag};`;
}

const inThisDatabase = (database: string) => `  IF current_database() <> ${quoteLiteral(database)} THEN
    RAISE EXCEPTION 'This is database %, which this script was not made for', current_database();
  END IF;`;

const ownSchema = `  IF EXISTS (SELECT FROM pg_namespace WHERE nspname = '${GUARD_SCHEMA}'
                AND coalesce(obj_description(oid, 'pg_namespace'), '') NOT LIKE '${GUARD_MARK} %') THEN
    RAISE EXCEPTION 'Schema ${GUARD_SCHEMA} is there already, and was not made by a script like this';
  END IF;`;

/** Makes the role when it is missing, and refuses one that has other work: taking its rights away would break that. */
function checks(database: string, role: string): string {
  const [name, ident] = [quoteLiteral(role), quoteIdent(role)];
  return `DECLARE
  wrong text;
BEGIN
${inThisDatabase(database)}
${ownSchema}
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${name}) THEN
    CREATE ROLE ${ident} NOLOGIN;
  END IF;
  SELECT CASE
      WHEN rolname = current_user THEN 'runs this script'
      WHEN rolsuper OR rolcreaterole OR rolreplication OR rolbypassrls THEN 'may do more than read'
      WHEN EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid) THEN 'is a member of another role'
      WHEN EXISTS (SELECT FROM pg_shdepend d WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid
                      AND d.deptype = 'o') THEN 'owns something'
    END INTO wrong FROM pg_roles r WHERE rolname = ${name};
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'Role % %; name a role that only reads masked views', ${name}, wrong;
  END IF;
  IF NOT pg_has_role(${name}, 'USAGE') THEN
    GRANT ${ident} TO CURRENT_USER;
  END IF;
  -- It owns nothing, so this only takes away what was granted to it in this database.
  DROP OWNED BY ${ident};
END`;
}

/** Tells what the role can read nevertheless: what is open to everybody is not ours to close. */
function whatElse(role: string): string {
  return `DECLARE
  open text;
BEGIN
  SELECT string_agg(format('%I.%I', n.nspname, c.relname), ', ' ORDER BY 1) INTO open
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}
     AND has_schema_privilege(${quoteLiteral(role)}, n.oid, 'USAGE')
     AND has_any_column_privilege(${quoteLiteral(role)}, c.oid, 'SELECT');
  IF open IS NOT NULL THEN
    RAISE WARNING 'Role % can still read %, which is open to everybody (PUBLIC)', ${quoteLiteral(role)}, open;
  END IF;
END`;
}
