import { createHash } from "node:crypto";
import { quoteLiteral, type Session } from "../../src/platform/postgres.ts";
import type { TextColumn } from "./canary-exclusions.ts";

/** A column that a new row cannot do without. */
export interface RequiredColumn {
  name: string;
  type: string;
  /** The table that it points at, if it is a foreign key. */
  target?: string | undefined;
  /** The values of a selection, in their order. */
  choices: string[];
  maxLength?: number | undefined;
}

/** What a planter has to know of a table. */
export interface TableShape {
  name: string;
  /** "res.partner"; undefined for a table that Odoo has no model for. */
  model?: string | undefined;
  hasId: boolean;
  texts: TextColumn[];
  required: RequiredColumn[];
}

interface Raw {
  table: string;
  column: string;
  type: string;
  category: string;
  max_length: number | null;
  not_null: boolean;
  has_default: boolean;
  target: string | null;
  model: string | null;
  ttype: string | null;
  translated: boolean;
  company_dependent: boolean;
  choices: string[];
}

// ir_act_* are the only models whose table is not their name.
const COLUMNS = `
  WITH fields AS (
    SELECT CASE f.model WHEN 'ir.actions.server' THEN 'ir_act_server' WHEN 'ir.actions.act_window' THEN 'ir_act_window'
             WHEN 'ir.actions.report' THEN 'ir_act_report_xml' WHEN 'ir.actions.client' THEN 'ir_act_client'
             WHEN 'ir.actions.act_url' THEN 'ir_act_url' ELSE replace(f.model, '.', '_') END AS tbl,
           f.*, array(SELECT s.value FROM ir_model_fields_selection s WHERE s.field_id = f.id ORDER BY s.sequence, s.id) AS choices
      FROM ir_model_fields f WHERE f.store)
  SELECT c.relname AS table, a.attname AS column, format_type(a.atttypid, NULL) AS type, t.typcategory AS category,
         CASE WHEN a.atttypmod > 4 AND t.typname IN ('varchar', 'bpchar') THEN a.atttypmod - 4 END AS max_length,
         a.attnotnull AS not_null, a.atthasdef OR a.attidentity <> '' AS has_default,
         (SELECT o.confrelid::regclass::text FROM pg_constraint o
           WHERE o.contype = 'f' AND o.conrelid = c.oid AND o.conkey = ARRAY[a.attnum] LIMIT 1) AS target,
         f.model, f.ttype, coalesce(to_jsonb(f) ->> 'translate', 'false') NOT IN ('false', '') AS translated,
         coalesce((to_jsonb(f) ->> 'company_dependent')::bool, false) AS company_dependent, coalesce(f.choices, '{}') AS choices
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN fields f ON f.tbl = c.relname AND f.name = a.attname
   WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
   ORDER BY c.relname, a.attnum`;

// What a new row needs besides, for the CHECK constraints of its table.
const CHECKED: Record<string, readonly string[]> = {
  account_move_line: ["account_id"],
  event_registration_answer: ["value_text_box"],
  mail_activity: ["user_id"],
  mail_message_reaction: ["partner_id"],
  mail_notification: ["res_partner_id"],
  mailing_mailing: ["email_from"],
  mailing_trace: ["res_id"],
};

/** The tables of an Odoo database that have a column for text, json or bytes. */
export async function readTextColumns(session: Session): Promise<TableShape[]> {
  const tables = Map.groupBy(await session.query<Raw>(COLUMNS), (raw) => raw.table);
  return [...tables].map(([name, columns]) => shapeOf(name, columns)).filter((table) => table.texts.length > 0);
}

function shapeOf(name: string, columns: Raw[]): TableShape {
  return {
    name,
    model: columns.find((raw) => raw.model)?.model ?? undefined,
    hasId: columns.some((raw) => raw.column === "id"),
    texts: columns.filter(isText).map((raw) => ({
      table: name,
      column: raw.column,
      type: raw.type,
      maxLength: raw.max_length ?? undefined,
      ttype: raw.ttype ?? undefined,
      translated: raw.translated,
      companyDependent: raw.company_dependent,
    })),
    required: columns.filter((raw) => isRequired(raw)).map(requiredOf),
  };
}

function isRequired(raw: Raw): boolean {
  // Odoo takes for granted that a row knows when it was made.
  const expected = /^(create|write)_date$/.test(raw.column) || CHECKED[raw.table]?.includes(raw.column) === true;
  return expected || (raw.not_null && !raw.has_default);
}

function requiredOf(raw: Raw): RequiredColumn {
  return {
    name: raw.column,
    type: raw.type,
    target: raw.target ?? undefined,
    choices: raw.choices,
    maxLength: raw.max_length ?? undefined,
  };
}

function isText({ category, type }: Raw): boolean {
  return category === "S" || /^(jsonb?|bytea|xml|text\[\]|character varying\[\])$/.test(type);
}

const FREE_FIELD = "(SELECT id FROM ir_model_fields WHERE model = 'res.partner' AND name = 'function')";

/** SQL for a value that a new row needs and that means nothing; a state is the last one, so that no job takes it up. */
export function fillerFor(table: TableShape, column: RequiredColumn, seed: string): string {
  if (table.name === "ir_default" && column.name === "field_id") return FREE_FIELD;
  if (table.name === "ir_filters" && column.name === "sort") return "'[]'";
  if (/^(res_)?model$/.test(column.name)) return "'res.partner'";
  if (column.target) return `(SELECT max(id) FROM ${column.target})`;
  if (column.choices.length > 0) {
    return quoteLiteral((column.name === "state" ? column.choices.at(-1) : column.choices[0]) ?? "");
  }
  if (/^(bigint|integer|smallint|numeric|double precision)$/.test(column.type)) return "1";
  if (column.type === "boolean") return "false";
  if (/^(date|timestamp)/.test(column.type)) return "now()";
  if (/^jsonb?$/.test(column.type)) return `'{"en_US": "filler"}'`;
  const hash = createHash("sha256").update(`${seed}/${table.name}.${column.name}/filler`).digest("hex");
  return quoteLiteral(`f${hash}`.slice(0, Math.min(column.maxLength ?? 32, 32)));
}
