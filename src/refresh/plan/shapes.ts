import type { MaskName } from "../../environment/mask-names.ts";
import { isText } from "../classification/column-types.ts";
import type { Column } from "../schema/model.ts";
import { shortName, title } from "./names.ts";
import { SENTENCE } from "./values.ts";

/** What masked values of a column look like, as text. */
export interface Shape {
  /** Anchored regular expression of PostgreSQL; the empty text is always allowed. */
  pattern: string;
  /** A text that is taken away before the comparison, wherever it stands. */
  without?: string;
}

/** What decides how the values of a mask look: the column, and the table whose row they speak of. */
export interface ShapeContext {
  column: Column;
  subjectTable: string;
}

const ID = "-?[0-9]+";
const TOKEN = "[0-9a-f]{32}";
const PLACEHOLDER = `Text ${ID} *`;
// What no telephone number and no account begins with, or is short enough to be.
const PADDED_ID = "([0-9]{1,7}|000[0-9]*)";

// Ranges that no authority gives out.
const VAT =
  "(ATU0|PT40)[0-9]{7}|LU0[0-9]{7}|BE00[0-9]{8}|DE90[0-9]{7}|ESZ9[0-9]{6}[A-Z]|FRA[2-9A-C]000[0-9]{6}|IT9[0-9]{6}999[0-9]|NL000[0-9]{6}B[0-9]{2}|PL00[01][0-9]{7}|SE000[0-9]{7}01";

/**
 * What a masked text looks like, as a regular expression without anchors. It is written down apart from the SQL that makes
 * the value, so that a mask which lets values through is told by their shape. Undefined: part of the value is kept, or it
 * differs from row to row, so that every value must be looked at.
 */
const TEXTS: Record<MaskName, ((context: ShapeContext) => string) | undefined> = {
  name: ({ subjectTable }) =>
    subjectTable === "res_partner" ? `Contact ${ID}(, Contact ${ID})?` : `${title(subjectTable)} ${ID}`,
  email: ({ subjectTable }) =>
    `${subjectTable === "res_partner" ? "p" : `${shortName(subjectTable)}-`}${ID}@example[.]invalid`,
  phone: () => "[+]888[0-9]{11}",
  street: () => `Street ${ID}`,
  city: () => `City ${ID}`,
  zip: () => "[0-9]{5}",
  identifier: () => `ID${ID}`,
  vat: () => `(/|${VAT})`,
  "bank-account": () => `(MASK${ID}|[A-Z]{2}[0-9]{2}0{4,}[0-9]{1,7})`,
  text: () => PLACEHOLDER,
  html: () => `<p>Text ${ID}</p>(<p> *</p>)*`,
  "translated-html": () => `<p>Text ${ID}</p>(<p> *</p>)*`,
  translated: () => PLACEHOLDER,
  login: () => `(admin|user${ID})`,
  secret: () => `dummy${ID}`,
  token: () => TOKEN,
  barcode: () => "[0-9]{18}",
  url: () => `https://example[.]invalid/${ID}`,
  "external-id": () => `ext-${ID}`,
  filename: () => `file-${ID}([.][A-Za-z0-9]{1,5})?`,
  "date-year": () => "2000-01-01",
  "constant-single": () => "single",
  domain: () => `\\[\\(0, "=", 1\\)\\]`,
  amount: () => PLACEHOLDER,
  geo: () => PLACEHOLDER,
  json: () => PLACEHOLDER,
  "company-dependent": () => PLACEHOLDER,
  properties: () => PLACEHOLDER,
  file: () => PLACEHOLDER,
  "parameter-value": undefined,
  "attachment-url": undefined,
  "attachment-file": undefined,
  "attachment-name": undefined,
  "template-address": undefined,
  "default-value": undefined,
};

const SAME_ON_ALL_ROWS: ReadonlySet<MaskName> = new Set(["domain", "constant-single"]);

// A number of more digits may be a telephone's.
const NUMBER = "-?[0-9]{1,7}([.][0-9]{1,6})?";
const LANGUAGE = "[a-z]{2,3}(_[A-Z][a-z]{3})?(_([A-Z]{2}|[0-9]{3}))?(@(latin|Cyrl|valencia|euro))?";
const COMPANY = "[0-9]{1,7}";
const PROPERTY = "[0-9a-f]{16}";

/** The shape of every value that this mask gives in this column; undefined when there is none. */
export function maskShape(mask: MaskName, context: ShapeContext): Shape | undefined {
  const pattern = maskPattern(mask, context);
  if (pattern === undefined) return undefined;
  // Comparing the long placeholders letter by letter would be most of the work of a scan.
  return pattern.includes("Text ") ? { pattern, without: SENTENCE.trim() } : { pattern };
}

function maskPattern(mask: MaskName, context: ShapeContext): string | undefined {
  const { baseType } = context.column;
  if (baseType === "json" || baseType === "jsonb") return jsonShape(mask, context);
  if (baseType === "bytea") return "^$";
  if (baseType === "uuid") return "^[0-9a-f-]{36}$";
  if (!isText(baseType)) return undefined;
  const text = TEXTS[mask]?.(context);
  if (text === undefined) return undefined;
  const limit = context.column.maxLength;
  if (limit === undefined || limit >= 128) return `^${text}$`;
  // Narrow columns hold the end of the value only.
  return limit < 32 && !SAME_ON_ALL_ROWS.has(mask) ? `^${PADDED_ID}$` : undefined;
}

/** What stands where a value was taken away: NULL, or in a column that must not be NULL something that says nothing. */
export function nothingShape(column: Column): Shape | undefined {
  const pattern = nothingPattern(column);
  return pattern === undefined ? undefined : { pattern };
}

function nothingPattern({ maxLength, baseType }: Column): string | undefined {
  if (/^jsonb?$/.test(baseType) || baseType.startsWith("_")) return "^\\{\\}$";
  if (baseType === "bytea") return "^$";
  if (!isText(baseType)) return undefined;
  return maxLength !== undefined && maxLength < 32 ? `^${PADDED_ID}$` : `^dummy${ID}$`;
}

function jsonShape(mask: MaskName, context: ShapeContext): string | undefined {
  if (context.column.baseType === "json" || mask === "json" || mask === "file") return "^(\\{\\}|\\[\\])$";
  if (TEXTS[mask] === undefined) return undefined;
  const text = mask === "login" || SAME_ON_ALL_ROWS.has(mask) ? PLACEHOLDER : TEXTS[mask](context);
  const bag = (key: string, value: string) => `^\\{("${key}": (${value}|null)(, (?="))?)*\\}$`;
  if (mask === "properties") return bag(PROPERTY, `${NUMBER}|true|false`);
  const quoted = `"${text}"`;
  if (mask === "company-dependent") return bag(COMPANY, `${quoted}|${NUMBER}|true|false`);
  return bag(`(${LANGUAGE}|${COMPANY})`, quoted);
}
