import { createHash } from "node:crypto";
import type { TextColumn } from "./canary-exclusions.ts";

/** What every canary can be told by, in any case: the whole word, or a cut one followed by a digit. */
const CANARY = /kanari(?:envogel|\d)/i;

/** The same as a regular expression of PostgreSQL, for `~*`. */
export const CANARY_SQL = "kanari(envogel|[0-9])";

/** Is there a canary in this text or these bytes, plain or as base64? */
export function containsCanary(text: string | Buffer): boolean {
  const content = typeof text === "string" ? text : text.toString("latin1");
  return CANARY.test(content) || BASE64.some((part) => content.includes(part));
}

// "kanarienvogel" in base64 at each of the three offsets, without the letters that depend on the neighbours.
const BASE64 = [0, 1, 2].map((offset) => {
  const encoded = Buffer.from(`${" ".repeat(offset)}kanarienvogel`).toString("base64");
  return encoded.slice(Math.ceil((offset * 4) / 3), -4);
});

/** The value to plant in a column, as text that PostgreSQL casts to the column's type; undefined when none fits. */
export function canaryFor(column: TextColumn, seed: string): string | undefined {
  const hash = createHash("sha256").update(`${seed}/${column.table}.${column.column}`).digest("hex");
  // Spaces, so that no secret seems to hold the name of its field.
  const place = `${column.table} ${column.column}`.replaceAll("_", " ");
  const sentence = `Canaria ${place} kanarienvogel-${hash.slice(0, 8)}@geheim.example`;
  if (column.type === "bytea") return `\\x${Buffer.from(`kanarienvogel${hash.slice(0, 11)}`).toString("hex")}`;
  if (/^jsonb?$/.test(column.type)) return JSON.stringify(jsonCanary(column, sentence, hash));
  if (column.type === "xml") return `<canaria>${sentence}</canaria>`;
  if (column.type.endsWith("[]")) return `{"${sentence}"}`;
  const text = FORMATS[`${column.table}.${column.column}`]?.(sentence) ?? formatByName(column, sentence);
  return cut(text, column.maxLength, hash);
}

// Text with a grammar: what reads it must not stumble over the canary.
const FORMATS: Record<string, (sentence: string) => string> = {
  "ir_filters.domain": asDomain,
  "ir_filters.context": asDictionary,
  "mailing_filter.mailing_domain": asDomain,
  "mailing_mailing.mailing_domain": asDomain,
  "ir_default.json_value": (sentence) => JSON.stringify(sentence),
  "mail_alias.alias_defaults": asDictionary,
  "website.custom_code_head": (sentence) => `<!-- ${sentence} -->`,
};

function formatByName({ table, column, ttype }: TextColumn, sentence: string): string {
  if (table === "ir_profile" && column !== "name") return asDictionary(sentence);
  if (/^(cover_properties|notification_parameters|last_order_preparation_change|iap_enrich_info)$/.test(column)) {
    return asDictionary(sentence);
  }
  return ttype === "html" ? `<p>${sentence}</p>` : sentence;
}

function asDomain(sentence: string): string {
  return `[("create_uid.name", "=", "${sentence}")]`;
}

function asDictionary(sentence: string): string {
  return JSON.stringify({ canaria: sentence });
}

function jsonCanary(column: TextColumn, sentence: string, hash: string): unknown {
  const text = column.ttype === "html" ? `<p>${sentence}</p>` : sentence;
  if (column.translated) return { en_US: text };
  if (column.companyDependent) return { 1: text };
  if (column.ttype === "properties") return { [hash.slice(0, 16)]: sentence };
  if (column.column === "field_info") return { name: sentence, desc: sentence, type: "char" };
  if (column.column === "html_field_history") return { description: [{ revision_id: 1, patch: sentence }] };
  // Keys are data too.
  return { canaria: sentence, [sentence]: { text: sentence } };
}

/** Cuts to varchar(n), and no shorter than a canary can be recognised. */
function cut(text: string, maxLength: number | undefined, hash: string): string | undefined {
  if (maxLength === undefined || text.length <= maxLength) return text;
  const digits = hash.replaceAll(/\D/g, "").padEnd(10, "0");
  return maxLength < 7 ? undefined : `kanari${digits}`.slice(0, maxLength);
}
