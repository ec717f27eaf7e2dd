import type { Session } from "../../platform/postgres.ts";
import type { Schema } from "../schema/model.ts";
import { type OdooQueries, odooQueries } from "./odoo-queries.ts";

/** What Odoo's registry says of a table. */
export interface ModelFacts {
  model: string;
  label: string;
  transient: boolean;
}

/** What Odoo's registry says of a column. */
export interface FieldFacts {
  ttype: string;
  label: string;
  translate: boolean;
  companyDependent: boolean;
  /** Made by hand or with Studio. */
  manual: boolean;
}

/** A unique index or constraint: the columns it touches (expressions and predicates included). */
export interface UniqueIndex {
  name: string;
  columns: string[];
}

/** A CHECK constraint and the columns it reads. */
export interface CheckConstraint {
  name: string;
  columns: string[];
  expression: string;
}

/** A foreign key, child side; single-column in every Odoo database. */
export interface ForeignKey {
  name: string;
  columns: string[];
  parent: number;
  parentColumns: string[];
}

/** Rows that stay usable on staging: ids of users and partners that Odoo itself owns, and of the own companies. */
export interface ReservedRows {
  /** User ids whose login is kept, except the administrator's, which becomes "admin". */
  systemUsers: number[];
  adminUser?: number | undefined;
  /** Partners that keep their name: OdooBot, public user, portal template, own companies. */
  namedPartners: number[];
  /** Their names, by id. */
  partnerNames: ReadonlyMap<number, string>;
}

/** Everything that classification and planning look at; read inside the snapshot. */
export interface SourceFacts {
  schema: Schema;
  isOdoo: boolean;
  /** The series of the installed base module, such as 19; undefined without one. */
  series?: number | undefined;
  /** By table name in schema public. */
  models: Map<string, ModelFacts>;
  /** Tables of many2many relations. */
  relations: Set<string>;
  /** By "table.column". */
  fields: Map<string, FieldFacts>;
  /** Columns of the primary key, by table. */
  primaryKeys: Map<number, string[]>;
  uniqueIndexes: Map<number, UniqueIndex[]>;
  checks: Map<number, CheckConstraint[]>;
  foreignKeys: Map<number, ForeignKey[]>;
  reserved: ReservedRows;
}

// Models whose table is not their name with underscores.
const TABLE_OF_MODEL: Record<string, string> = {
  "ir.actions.act_window": "ir_act_window",
  "ir.actions.act_window.view": "ir_act_window_view",
  "ir.actions.act_window_close": "ir_actions",
  "ir.actions.act_url": "ir_act_url",
  "ir.actions.server": "ir_act_server",
  "ir.actions.client": "ir_act_client",
  "ir.actions.report": "ir_act_report_xml",
  "ir.actions.actions": "ir_actions",
};

/** The table of a model such as "res.partner". */
export function tableOfModel(model: string): string {
  return TABLE_OF_MODEL[model] ?? model.replaceAll(".", "_");
}

/** Reads what Odoo knows of its tables, and what constrains them; in the snapshot, search_path pg_catalog. */
export async function readFacts(
  session: Session,
  schema: Schema,
  queries: OdooQueries = odooQueries(schema),
): Promise<SourceFacts> {
  const isOdoo = schema.tables.some((table) => table.schema === "public" && table.name === "ir_model_fields");
  const primaryKeys = await session.query<{ table: number; columns: string[] }>(PRIMARY_KEYS);
  const constraints = {
    primaryKeys: new Map(primaryKeys.map(({ table, columns }): [number, string[]] => [table, columns])),
    uniqueIndexes: Map.groupBy(await session.query<UniqueIndex & { table: number }>(UNIQUE), (row) => row.table),
    checks: Map.groupBy(await session.query<CheckConstraint & { table: number }>(CHECKS), (row) => row.table),
    foreignKeys: Map.groupBy(await session.query<ForeignKey & { table: number }>(FOREIGN_KEYS), (row) => row.table),
  };
  const noOdoo = {
    models: new Map<string, ModelFacts>(),
    relations: new Set<string>(),
    fields: new Map<string, FieldFacts>(),
    reserved: { systemUsers: [], namedPartners: [], partnerNames: new Map<number, string>() },
  };
  return { schema, isOdoo, ...constraints, ...(isOdoo ? await readOdoo(session, queries) : noOdoo) };
}

const UNIQUE = `
  SELECT i.indrelid AS table, ic.relname AS name,
         array(SELECT DISTINCT a.attname::text FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum > 0
                  AND (a.attnum = ANY (i.indkey) OR EXISTS (
                       SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                          AND d.refclassid = 'pg_class'::regclass AND d.refobjid = i.indrelid AND d.refobjsubid = a.attnum))) AS columns
    FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indisunique AND i.indrelid >= 16384
  UNION ALL
  SELECT o.conrelid, o.conname, array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = o.conrelid AND a.attnum = ANY (o.conkey))
    FROM pg_constraint o WHERE o.contype = 'x'`;

const PRIMARY_KEYS = `
  SELECT o.conrelid AS table, array(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k(num, at)
           JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.num ORDER BY k.at) AS columns
    FROM pg_constraint o WHERE o.contype = 'p' AND o.conrelid >= 16384`;

const CHECKS = `
  SELECT o.conrelid AS table, o.conname AS name, pg_get_expr(o.conbin, o.conrelid) AS expression,
         array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = o.conrelid AND a.attnum = ANY (o.conkey)) AS columns
    FROM pg_constraint o WHERE o.contype = 'c' AND o.conrelid >= 16384`;

const FOREIGN_KEYS = `
  SELECT o.conrelid AS table, o.conname AS name, o.confrelid AS parent,
         array(SELECT a.attname::text FROM unnest(o.conkey) WITH ORDINALITY k(num, at)
                 JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.num ORDER BY k.at) AS columns,
         array(SELECT a.attname::text FROM unnest(o.confkey) WITH ORDINALITY k(num, at)
                 JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.num ORDER BY k.at) AS "parentColumns"
    FROM pg_constraint o WHERE o.contype = 'f'`;

interface ModelRow {
  model: string;
  label: string;
  transient: boolean;
}

interface FieldRow {
  model: string;
  name: string;
  ttype: string;
  label: string;
  relation_table: string | null;
  translate: boolean;
  company_dependent: boolean;
  manual: boolean;
}

async function readOdoo(session: Session, queries: OdooQueries) {
  const models = await session.query<ModelRow>(queries.models);
  const fields = await session.query<FieldRow>(queries.fields);
  const relations = await session.query<{ name: string }>(queries.relations);
  const [base] = await session.query<{ series: number | null }>(queries.series);
  return {
    models: new Map(models.map((row): [string, ModelFacts] => [tableOfModel(row.model), row])),
    relations: new Set([
      ...relations.map((row) => row.name),
      ...fields.flatMap((row) => (row.ttype === "many2many" && row.relation_table ? [row.relation_table] : [])),
    ]),
    fields: new Map(
      fields.map((row): [string, FieldFacts] => [`${tableOfModel(row.model)}.${row.name}`, fieldOf(row)]),
    ),
    reserved: await readReserved(session, queries.reserved),
    series: base?.series ?? undefined,
  };
}

function fieldOf(row: FieldRow): FieldFacts {
  return {
    ttype: row.ttype,
    label: row.label,
    translate: row.translate,
    companyDependent: row.company_dependent,
    manual: row.manual,
  };
}

async function readReserved(session: Session, sql: string): Promise<ReservedRows> {
  const rows = await session.query<{ user: number | null; partner: number; name: string | null; admin: boolean }>(sql);
  // The administrator is a person: that partner is masked like any other.
  const named = rows.filter((row) => !row.admin).sort((a, b) => a.partner - b.partner);
  return {
    systemUsers: rows.flatMap((row) => (row.user === null || row.admin ? [] : [row.user])),
    adminUser: rows.find((row) => row.admin)?.user ?? undefined,
    namedPartners: [...new Set(named.map((row) => row.partner))],
    partnerNames: new Map(named.flatMap((row) => (row.name === null ? [] : [[row.partner, row.name] as const]))),
  };
}
