import type { MaskName } from "../../environment/mask-names.ts";
import type { Column } from "../schema/model.ts";
import type { FieldFacts } from "./facts.ts";

const NUMBERS = /^_?(?:int[248]|oid|float[48]|numeric|money|bool)$/;
const TIMES = /^_?(?:timestamp|timestamptz|time|timetz|interval)$/;
// Numbers, dates and selections that describe a person by themselves.
const PERSONAL_NAME =
  /birth|naissance|geburt|nacimiento|nascita|geboorte|nascimento|latitude|longitude|(?:^|_)(?:dob|wages?|salary|passport|visa)(?:_|$)/;
const PERSONAL_NUMBER =
  /(?:^|_)(?:phone|mobile|fax|ssn|ssnid|niss|siren|siret|bsn|pesel|iban|lat|lng|(?:national|identification|tax|vat|card|account)_(?:number|no|nr))(?:_?[0-9])?$/;
const PERSONAL_CHOICE = /gender|religio|ethnic|marital|blood|disabilit|pregnan|(?:^|_)sex(?:_|$)/;

/**
 * Why a column may be kept for its type alone, or undefined when a person or the catalogue must decide: numbers,
 * flags, times, dates, and Odoo's selections and references (values that a developer wrote, or ids).
 */
export function isSafeType(column: Column, field: FieldFacts | undefined): string | undefined {
  if (PERSONAL_NAME.test(column.name)) return undefined;
  if (NUMBERS.test(column.baseType)) {
    const personal = !column.baseType.endsWith("bool") && PERSONAL_NUMBER.test(column.name);
    return personal ? undefined : "number or flag";
  }
  if (TIMES.test(column.baseType) || column.baseType === "date") return "date or time";
  if (PERSONAL_CHOICE.test(column.name)) return undefined;
  if (column.kind === "e") return "enumeration";
  if (field?.manual === false && field.ttype === "selection") return "selection";
  if (field?.ttype === "reference") return "reference (model and id)";
  return undefined;
}

/** Is this type text in the wide sense: may it hold words of or about people? */
export function isText(baseType: string): boolean {
  return /^(?:text|varchar|bpchar|citext|name)$/.test(baseType);
}

const BY_NAME: [RegExp, MaskName][] = [
  [/mail/, "email"],
  [/phone|mobile|fax/, "phone"],
  [/token|secret|password|key|uuid/, "token"],
  [/url|website|link/, "url"],
  [/street|address/, "street"],
  [/city|town/, "city"],
  [/zip|postcode/, "zip"],
  [/iban|account/, "bank-account"],
  [/(?:^|_)(?:vat|ref|siret|code|number|identif)/, "identifier"],
  [/name/, "name"],
];

/** A mask to propose for an unclassified column, from its type and name; always one that fits the type. */
export function suggestedMask(column: Column, field: FieldFacts | undefined): MaskName | "null" {
  const { baseType } = column;
  if (baseType === "jsonb" || baseType === "json") {
    if (field?.translate) return field.ttype === "html" ? "translated-html" : "translated";
    if (field?.companyDependent) return "company-dependent";
    if (field?.ttype === "properties") return "properties";
    return "json";
  }
  if (baseType === "bytea") return "file";
  if (baseType === "date") return "date-year";
  if (NUMBERS.test(baseType)) return /latitude|longitude/.test(column.name) ? "geo" : "amount";
  if (!isText(baseType)) return "null";
  if (field?.ttype === "html") return "html";
  return BY_NAME.find(([pattern]) => pattern.test(column.name))?.[1] ?? "text";
}
