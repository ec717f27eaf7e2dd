import { quoteIdent, quoteLiteral } from "../../platform/postgres.ts";
import { isText } from "../classification/column-types.ts";
import type { ReservedRows } from "../classification/facts.ts";
import type { MaskName } from "../classification/treatment.ts";
import type { Column } from "../schema/model.ts";
import { MASK_KEY_SETTING } from "./row.ts";

/** The row that a masked value speaks of: the row itself, or the one that a reference of it points at. */
export interface Subject {
  table: string;
  /** SQL expression of its id, an integer. */
  id: string;
  /** It is the row itself. */
  own: boolean;
}

/** What a mask must know to become SQL. */
export interface MaskContext {
  table: string;
  column: Column;
  subject: Subject;
  reserved: ReservedRows;
  /** Collects the tables of schema public that the expression reads besides its own row. */
  reads: Set<string>;
}

/** Masks whose value tells rows apart, so that a unique index on the column still holds. */
const UNIQUE_MASKS: ReadonlySet<MaskName> = new Set([
  ...(["name", "email", "phone", "street", "city", "identifier", "bank-account", "text", "html", "login"] as const),
  ...(["token", "url", "translated", "translated-html", "external-id", "secret"] as const),
]);

/** Does this mask keep distinct rows distinct in this column? A narrow varchar(n) or a reference does not. */
export function keepsUnique(mask: MaskName, column: Column, ofOwnRow: boolean): boolean {
  return ofOwnRow && UNIQUE_MASKS.has(mask) && (column.maxLength === undefined || column.maxLength >= 10);
}

/** The SQL expression, on `t`, of the masked value; undefined when the mask does not fit the column's type. */
export function maskExpression(mask: MaskName, context: MaskContext): string | undefined {
  const { column } = context;
  const value = `t.${quoteIdent(column.name)}`;
  const bare = expressionFor(mask, value, context);
  return bare === undefined ? undefined : `(${bare})::${column.type}`;
}

/** The SQL expression for "no value": NULL, or where NULL is forbidden something of the type that says nothing. */
export function nothingExpression(context: MaskContext): string | undefined {
  const { column } = context;
  if (!column.notNull && !column.domainNotNull) return `NULL::${column.type}`;
  const bare = harmless(column, context.subject.id);
  return bare === undefined ? undefined : `(${bare})::${column.type}`;
}

function harmless(column: Column, id: string): string | undefined {
  if (isText(column.baseType)) return narrowed(`'dummy' || ${id}`, column, id);
  if (/^jsonb?$/.test(column.baseType)) return "'{}'";
  if (column.baseType === "bytea") return "''";
  if (column.baseType.startsWith("_")) return "'{}'";
  return /^(?:int[248]|float[48]|numeric)$/.test(column.baseType) ? "0" : undefined;
}

function expressionFor(mask: MaskName, value: string, context: MaskContext): string | undefined {
  const { column } = context;
  const type = column.baseType;
  if (mask === "secret" && !column.notNull) return "NULL";
  if (isText(type)) return textMask(mask, value, context);
  if (type === "jsonb" || type === "json") return jsonMask(mask, value, context);
  if (type === "date") return `date_trunc('year', ${value})::date`;
  if (/^timestamp(?:tz)?$/.test(type)) return `date_trunc('year', ${value})`;
  if (/^(?:int[248]|float[48]|numeric)$/.test(type) && mask === "amount") return `round(${value}::numeric / 500) * 500`;
  if (type === "uuid" && mask === "token") return `CASE WHEN ${value} IS NOT NULL THEN ${tokenOf(context)}::uuid END`;
  if (type === "bytea") return `CASE WHEN ${value} IS NOT NULL THEN ''::bytea END`;
  return column.notNull ? harmless(column, context.subject.id) : "NULL";
}

function textMask(mask: MaskName, value: string, context: MaskContext): string {
  const special = specialText(mask, value, context);
  if (special) return special;
  const masked = narrowed(textValue(mask, value, context), context.column, context.subject.id);
  return `CASE WHEN ${value} IS NULL THEN NULL WHEN ${value}::text = '' THEN '' ELSE ${masked} END`;
}

// Right, not left: the id at the end is what tells rows apart.
function narrowed(expression: string, column: Column, id: string): string {
  const limit = column.maxLength;
  if (limit === undefined || limit >= 128) return expression;
  if (limit < 32) return `right(lpad((${id})::text, 10, '0'), ${limit})`;
  return `right(${expression}, ${limit})`;
}

/** Masks that keep part of what is there, or say the same on every row. */
function specialText(
  mask: MaskName,
  value: string,
  { subject, reserved, column, reads }: MaskContext,
): string | undefined {
  const nothing = column.notNull ? "''" : "NULL";
  switch (mask) {
    case "login":
      return [
        `CASE WHEN ${value} IS NULL THEN NULL`,
        reserved.systemUsers.length > 0 ? `WHEN t.id IN (${reserved.systemUsers.join(", ")}) THEN ${value}::text` : "",
        reserved.adminUser === undefined ? "" : `WHEN t.id = ${reserved.adminUser} THEN 'admin'`,
        `ELSE 'user' || ${subject.id} END`,
      ].join(" ");
    case "template-address":
      return `CASE WHEN position('@' IN ${value}::text) > 0 THEN ${nothing} ELSE ${value} END`;
    case "domain":
      return `CASE WHEN ${value} IS NOT NULL THEN '[(0, "=", 1)]' END`;
    case "default-value":
      reads.add("ir_model_fields");
      return `CASE WHEN t.field_id IN (SELECT f.id FROM public.ir_model_fields f WHERE f.ttype IN
        ('char', 'text', 'html', 'binary', 'json', 'jsonb', 'properties', 'serialized')) THEN 'null' ELSE ${value} END`;
    case "constant-single":
      return `CASE WHEN ${value} IS NOT NULL THEN 'single' END`;
    case "parameter-value":
      return value; // only rows on the allow-list are copied at all
    default:
      return undefined;
  }
}

/** The text that stands for a value; never empty, never NULL. */
function textValue(mask: MaskName, value: string, context: MaskContext): string {
  const { subject } = context;
  const { id } = subject;
  switch (mask) {
    case "name":
      return nameOf(value, context);
    case "email":
      return `${quoteLiteral(subject.table === "res_partner" ? "p" : `${shortName(subject.table)}-`)} || ${id} || '@example.invalid'`;
    case "phone":
      return `'+33555' || lpad((${id})::text, 10, '0')`;
    case "street":
      return `'Street ' || ${id}`;
    case "city":
      return `'City ' || ${id}`;
    case "zip":
      return `right(lpad((${id})::text, 10, '0'), 5)`;
    case "identifier":
      return `'ID' || ${id}`;
    case "bank-account":
      return bankAccount(`${value}::text`, id);
    case "token":
      return tokenOf(context);
    case "secret":
      return `'dummy' || ${id}`;
    case "url":
      return `'https://example.invalid/' || ${id}`;
    case "external-id":
      return `'ext-' || ${id}`;
    case "filename":
      return `'file-' || ${id} || coalesce(substring(${value}::text FROM '\\.[A-Za-z0-9]{1,5}$'), '')`;
    case "html":
    case "translated-html":
      return `'<p>Text ' || ${id} || '</p>'`;
    case "date-year":
      return "'2000-01-01'";
    default:
      return `'Text ' || ${id}`;
  }
}

function nameOf(value: string, { table, subject, reserved, reads }: MaskContext): string {
  const masked = `${quoteLiteral(`${title(subject.table)} `)} || ${subject.id}`;
  const ownNames = subject.table === "res_partner" && (table === "res_partner" || table === "res_company");
  if (!ownNames || reserved.namedPartners.length === 0) return masked;
  // what a row says of another may be out of date, or a person's: the name of the other row itself is known to be none
  const kept = subject.own ? value : `(SELECT p.name FROM public.res_partner p WHERE p.id = ${subject.id})`;
  if (kept !== value) reads.add("res_partner");
  return `CASE WHEN ${subject.id} IN (${reserved.namedPartners.join(", ")}) THEN ${kept}::text ELSE ${masked} END`;
}

const TITLES: Record<string, string> = {
  res_partner: "Contact",
  resource_resource: "Resource",
  hr_employee: "Employee",
  crm_lead: "Lead",
};

function title(table: string): string {
  const words = shortName(table).replaceAll("-", " ");
  return TITLES[table] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

function shortName(table: string): string {
  return table
    .replace(/^.*\./, "")
    .replaceAll(/[^a-z0-9]+/gi, "-")
    .slice(0, 40);
}

function tokenOf({ table, column, subject }: MaskContext): string {
  const salt = quoteLiteral(`/${table}.${column.name}/`);
  const text = `current_setting('${MASK_KEY_SETTING}') || ${salt} || ${subject.id}`;
  return `left(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 32)`;
}

/** An IBAN stays one with valid check digits (mod 97), of its country and length; anything else becomes MASK<id>. */
function bankAccount(value: string, id: string): string {
  const account = `upper(translate(${value}, ' -', ''))`;
  const body = `lpad((${id})::text, length(${account}) - 4, '0')`;
  const country = `(ascii(${account}) - 55)::text || (ascii(substr(${account}, 2, 1)) - 55)::text`;
  const check = `lpad((98 - (${body} || ${country} || '00')::numeric % 97)::text, 2, '0')`;
  return `CASE WHEN ${account} ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$' THEN left(${account}, 2) || ${check} || ${body} ELSE 'MASK' || ${id} END`;
}

// Languages and company ids may stay as keys; any other key may be a person's.
const LANGUAGE = "'^[a-z]{2,3}(_[A-Za-z]{2,4})?(_[A-Z]{2})?(@[a-z]+)?$'";

function jsonMask(mask: MaskName, value: string, context: MaskContext): string {
  const empty = `CASE WHEN ${value} IS NOT NULL THEN '{}' END`;
  if (context.column.baseType === "json") return empty; // reading its keys may throw
  const rebuilt = (item: string, keys: string) =>
    `CASE WHEN jsonb_typeof(${value}) = 'object'
          THEN coalesce((SELECT jsonb_object_agg(k, ${item}) FROM jsonb_each(${value}) e(k, v) WHERE ${keys}), '{}'::jsonb)
          WHEN ${value} IS NOT NULL THEN '{}'::jsonb END`;
  const text = `to_jsonb((${textValue(mask, `${value}::text`, context)})::text)`;
  const byType = (whenText: string) =>
    `CASE jsonb_typeof(v) WHEN 'number' THEN v WHEN 'boolean' THEN v WHEN 'string' THEN ${whenText} ELSE 'null'::jsonb END`;
  switch (mask) {
    case "json":
    case "file":
      return `CASE WHEN jsonb_typeof(${value}) = 'array' THEN '[]'::jsonb WHEN ${value} IS NOT NULL THEN '{}'::jsonb END`;
    case "properties":
      return rebuilt(byType("'null'::jsonb"), "k ~ '^[0-9a-f]{16}$'");
    case "company-dependent":
      return rebuilt(byType(text), "k ~ '^[0-9]+$'");
    default:
      return rebuilt(
        `CASE WHEN jsonb_typeof(v) = 'string' THEN ${text} ELSE 'null'::jsonb END`,
        `k ~ ${LANGUAGE} OR k ~ '^[0-9]+$'`,
      );
  }
}
