import type { MaskName } from "../../environment/mask-names.ts";
import { quoteIdent } from "../../platform/postgres.ts";
import { isText } from "../classification/column-types.ts";
import type { ReservedRows } from "../classification/facts.ts";
import type { Column } from "../schema/model.ts";
import { jsonMask } from "./json-masks.ts";
import { digits, textValue, tokenOf } from "./values.ts";

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
  if (!isMandatory(column)) return `NULL::${column.type}`;
  const bare = harmless(column, context.subject.id);
  return bare === undefined ? undefined : `(${bare})::${column.type}`;
}

const isMandatory = (column: Column) => column.notNull || column.domainNotNull;

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
  if (mask === "secret" && !isMandatory(column)) return "NULL";
  if (isText(type)) return textMask(mask, value, context);
  if (type === "jsonb" || type === "json") return jsonMask(mask, value, context);
  if (type === "date" || /^timestamp(?:tz)?$/.test(type)) return firstOfYear(value, type);
  if (/^(?:int[248]|float[48]|numeric)$/.test(type) && mask === "amount") {
    return `div(${value}::numeric, 500) * 500`; // towards zero: no type is too narrow for it
  }
  if (type === "uuid" && mask === "token") return `CASE WHEN ${value} IS NOT NULL THEN ${tokenOf(context)}::uuid END`;
  if (type === "bytea") return `CASE WHEN ${value} IS NOT NULL THEN ''::bytea END`;
  return isMandatory(column) ? harmless(column, context.subject.id) : "NULL";
}

// A date may lie outside the years of a timestamp, and the first day of the first year of either outside of it.
function firstOfYear(value: string, type: string): string {
  const first =
    type === "date"
      ? `make_date(greatest(extract(year FROM ${value})::int, -4713), 1, 1)`
      : `date_trunc('year', greatest(${value}, '4713-01-02 BC'))`;
  return `CASE WHEN isfinite(${value}) THEN ${first} ELSE ${value} END`;
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
  if (limit < 32) return `right(lpad(${digits(id)}, ${Math.max(limit, 19)}, '0'), ${limit})`;
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
        `ELSE ${narrowed(`'user' || ${subject.id}`, column, subject.id)} END`,
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
