import { quoteIdent } from "../../platform/postgres.ts";
import { isText } from "../classification/column-types.ts";
import type { ReservedRows } from "../classification/facts.ts";
import type { MaskName } from "../classification/treatment.ts";
import type { Column } from "../schema/model.ts";
import { jsonMask } from "./json-masks.ts";
import { textValue, tokenOf } from "./values.ts";

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
  /** SQL of the value that is masked, where it is not that of the column itself. */
  value?: string | undefined;
  /** Collects the tables of schema public that the expression reads besides its own row. */
  reads: Set<string>;
}

/** Masks whose value tells rows apart, so that a unique index on the column still holds. */
const UNIQUE_MASKS: ReadonlySet<MaskName> = new Set([
  ...(["name", "email", "phone", "street", "city", "identifier", "bank-account", "text", "html", "login"] as const),
  ...(["token", "url", "translated", "translated-html", "external-id", "secret", "barcode"] as const),
]);

/** Does this mask keep distinct rows distinct in this column? A narrow varchar(n) or a reference does not. */
export function keepsUnique(mask: MaskName, column: Column, ofOwnRow: boolean): boolean {
  return ofOwnRow && UNIQUE_MASKS.has(mask) && (column.maxLength === undefined || column.maxLength >= 10);
}

/** The SQL expression, on `t`, of the masked value; undefined when the mask does not fit the column's type. */
export function maskExpression(mask: MaskName, context: MaskContext): string | undefined {
  const { column } = context;
  const value = context.value ?? `t.${quoteIdent(column.name)}`;
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
  const masked = narrowed(textValue(mask, `${value}::text`, context), context.column, context.subject.id);
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
