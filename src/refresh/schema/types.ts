import { quoteIdent, quoteLiteral, type Session } from "../../platform/postgres.ts";
import type { SchemaObject } from "./model.ts";
import { notOfExtension, userSchema } from "./scope.ts";

/** A schema object with the id by which dependencies name it: t… type, p… routine, c… relation. */
export interface Node extends SchemaObject {
  node: string;
}

const ENUMS = `
  SELECT 't' || t.oid AS node, format('%I.%I', n.nspname, t.typname) AS name, array_agg(l.enumlabel::text ORDER BY l.enumsortorder) AS labels
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_enum l ON l.enumtypid = t.oid
   WHERE ${userSchema("n")} AND ${notOfExtension("pg_type", "t.oid")} GROUP BY 1, 2`;

const DOMAINS = `
  SELECT 't' || t.oid AS node, format('%I.%I', n.nspname, t.typname) AS name, format_type(t.typbasetype, t.typtypmod) AS base,
         t.typdefault AS default_value, t.typnotnull AS not_null,
         CASE WHEN t.typcollation NOT IN (0, b.typcollation)
              THEN (SELECT format('%I.%I', cn.nspname, co.collname) FROM pg_collation co
                      JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = t.typcollation) END AS collation,
         coalesce((SELECT array_agg(format('CONSTRAINT %I %s', o.conname, pg_get_constraintdef(o.oid)) ORDER BY o.conname)
                     FROM pg_constraint o WHERE o.contypid = t.oid AND o.contype = 'c'), '{}') AS checks
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type b ON b.oid = t.typbasetype
   WHERE t.typtype = 'd' AND ${userSchema("n")} AND ${notOfExtension("pg_type", "t.oid")}`;

const COMPOSITES = `
  SELECT 't' || t.oid AS node, format('%I.%I', n.nspname, t.typname) AS name,
         array_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum) AS attributes
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_class c ON c.oid = t.typrelid AND c.relkind = 'c'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
   WHERE ${userSchema("n")} AND ${notOfExtension("pg_type", "t.oid")} GROUP BY 1, 2`;

const ROUTINES = `
  SELECT 'p' || p.oid AS node, format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name,
         pg_get_functiondef(p.oid) AS ddl
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
   WHERE p.prokind IN ('f', 'p', 'w') AND ${userSchema("n")} AND ${notOfExtension("pg_proc", "p.oid")}`;

const SEQUENCES = `
  SELECT 'c' || c.oid AS node, n.nspname AS schema, c.relname AS name, c.relpersistence = 'u' AS unlogged,
         format('AS %s INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s', format_type(s.seqtypid, NULL),
                s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END) AS options,
         EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i') AS identity,
         (SELECT format('%I.%I.%I', tn.nspname, tc.relname, ta.attname) FROM pg_depend d
            JOIN pg_class tc ON tc.oid = d.refobjid JOIN pg_namespace tn ON tn.oid = tc.relnamespace
            JOIN pg_attribute ta ON ta.attrelid = d.refobjid AND ta.attnum = d.refobjsubid
           WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'a' LIMIT 1) AS owner
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")} ORDER BY n.nspname, c.relname`;

const VIEWS = `
  SELECT 'c' || c.oid AS node, format('%I.%I', n.nspname, c.relname) AS name, c.relkind = 'm' AS materialized, c.relispopulated AS populated,
         coalesce(c.reloptions, '{}') AS options, pg_get_viewdef(c.oid) AS definition
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('v', 'm') AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}`;

/** Enumerations, domains and composite types. */
export async function readTypes(session: Session): Promise<Node[]> {
  const enums = await session.query<{ node: string; name: string; labels: string[] }>(ENUMS);
  const domains = await session.query<DomainRow>(DOMAINS);
  const composites = await session.query<{ node: string; name: string; attributes: string[] }>(COMPOSITES);
  return [
    ...enums.map(({ node, name, labels }) => ({
      node,
      key: `type ${name}`,
      ddl: `CREATE TYPE ${name} AS ENUM (${labels.map(quoteLiteral).join(", ")})`,
    })),
    ...domains.map((domain) => ({ node: domain.node, key: `domain ${domain.name}`, ddl: createDomain(domain) })),
    ...composites.map(({ node, name, attributes }) => ({
      node,
      key: `type ${name}`,
      ddl: `CREATE TYPE ${name} AS (${attributes.join(", ")})`,
    })),
  ];
}

interface DomainRow {
  node: string;
  name: string;
  base: string;
  default_value: string | null;
  not_null: boolean;
  collation: string | null;
  checks: string[];
}

function createDomain(row: DomainRow): string {
  const parts = [`CREATE DOMAIN ${row.name} AS ${row.base}`];
  if (row.collation) parts.push(`COLLATE ${row.collation}`);
  if (row.default_value !== null) parts.push(`DEFAULT ${row.default_value}`);
  if (row.not_null) parts.push("NOT NULL");
  return [...parts, ...row.checks].join(" ");
}

/** Functions, procedures and window functions. */
export async function readRoutines(session: Session): Promise<Node[]> {
  const rows = await session.query<{ node: string; name: string; ddl: string }>(ROUTINES);
  return rows.map(({ node, name, ddl }) => ({ node, key: `function ${name}`, ddl }));
}

/** A sequence; those of identity columns are made by their table and have no statement of their own. */
export interface Sequence {
  schema: string;
  name: string;
  create?: Node | undefined;
  owner?: SchemaObject | undefined;
}

/** Every sequence, identity ones included. */
export async function readSequences(session: Session): Promise<Sequence[]> {
  const rows = await session.query<SequenceRow>(SEQUENCES);
  return rows.map((row) => {
    const name = `${quoteIdent(row.schema)}.${quoteIdent(row.name)}`;
    const create = `CREATE ${row.unlogged ? "UNLOGGED " : ""}SEQUENCE ${name} ${row.options}`;
    return {
      schema: row.schema,
      name: row.name,
      create: row.identity ? undefined : { node: row.node, key: `sequence ${name}`, ddl: create },
      owner: row.owner
        ? { key: `sequence owner ${name}`, ddl: `ALTER SEQUENCE ${name} OWNED BY ${row.owner}` }
        : undefined,
    };
  });
}

interface SequenceRow {
  node: string;
  schema: string;
  name: string;
  unlogged: boolean;
  options: string;
  identity: boolean;
  owner: string | null;
}

/** A view; `populated` says whether a materialized one holds rows on the source. */
interface View extends Node {
  name: string;
  materialized: boolean;
  populated: boolean;
}

/** Views and materialized views; the latter are made empty, and those that are filled on the source are filled at the end. */
export async function readViews(session: Session): Promise<View[]> {
  const rows = await session.query<{
    node: string;
    name: string;
    materialized: boolean;
    populated: boolean;
    options: string[];
    definition: string;
  }>(VIEWS);
  return rows.map(({ node, name, materialized, populated, options, definition }) => ({
    node,
    name,
    materialized,
    populated,
    key: `view ${name}`,
    ddl: [
      `CREATE ${materialized ? "MATERIALIZED " : ""}VIEW ${name}`,
      options.length > 0 ? ` WITH (${options.join(", ")})` : "",
      ` AS\n${definition.replace(/;\s*$/, "")}`,
      materialized ? "\nWITH NO DATA" : "",
    ].join(""),
  }));
}
