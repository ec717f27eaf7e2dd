import type { MaskName } from "../../environment/mask-names.ts";
import { quoteLiteral } from "../../platform/postgres.ts";
import type { MaskContext } from "./masks.ts";
import { partnerName, rowName, shortName } from "./names.ts";
import { MASK_KEY_SETTING } from "./row.ts";
import { taxNumber } from "./tax-numbers.ts";

/** SQL of the text that stands for a value (SQL of a text); never empty, and NULL only for a tax number of a country that is not known. */
export function textValue(mask: MaskName, value: string, context: MaskContext): string {
  const { subject, reserved, column } = context;
  const { id } = subject;
  switch (mask) {
    case "name":
      return subject.table === "res_partner" ? partnerName(id, reserved) : rowName(subject.table, id);
    case "email":
      return `${quoteLiteral(subject.table === "res_partner" ? "p" : `${shortName(subject.table)}-`)} || ${id} || '@example.invalid'`;
    case "phone":
      return phone(id);
    case "street":
      return `'Street ' || ${id}`;
    case "city":
      return `'City ' || ${id}`;
    case "zip":
      return `right(lpad(${digits(id)}, 10, '0'), 5)`;
    case "identifier":
      return `'ID' || ${id}`;
    case "vat":
      return taxNumber(value, id, column.notNull || column.domainNotNull ? "'/'" : "NULL"); // a / is Odoo's "has none"
    case "bank-account":
      return bankAccount(value, id);
    case "token":
      return tokenOf(context);
    case "barcode":
      return barcode(context);
    case "secret":
      return `'dummy' || ${id}`;
    case "url":
      return `'https://example.invalid/' || ${id}`;
    case "external-id":
      return `'ext-' || ${id}`;
    case "filename":
      return `'file-' || ${id} || coalesce(substring(${value} FROM '\\.[A-Za-z0-9]{1,5}$'), '')`;
    case "html":
    case "translated-html":
      return `'<p>Text ' || ${id} || '</p>' || ${filler("<p>", "</p>", value)}`;
    case "date-year":
      return "'2000-01-01'";
    default:
      return column.maxLength === undefined ? `'Text ' || ${id} || ${filler(" ", "", value)}` : `'Text ' || ${id}`;
  }
}

/** SQL of an id's digits; the sign of a negative one becomes a 9. */
export function digits(id: string): string {
  return `translate((${id})::text, '-', '9')`;
}

// +888 was given back to the ITU: nobody can be called there, yet the libraries that check and format numbers know it,
// so that Odoo sanitizes the number to itself.
function phone(id: string): string {
  return `'+888' || right(lpad(${digits(id)}, 19, '0'), 11)`;
}

/** What long placeholders are filled with. */
export const SENTENCE = "This text takes the place of one of about the same length that stayed in production. ";

/**
 * None, one, two or four pieces of 250 characters, as the value is short, a paragraph, a page or more: forms and reports look
 * as they do in reality, and a copy of much text is still a fraction of it.
 */
function filler(before: string, after: string, value: string): string {
  const piece = quoteLiteral(`${before}${SENTENCE.repeat(3).trim()}${after}`);
  // octet_length reads the length of the value alone: what lies in TOAST is not fetched.
  return `repeat(${piece}, CASE WHEN octet_length(${value}) < 256 THEN 0 WHEN octet_length(${value}) < 1024 THEN 1 WHEN octet_length(${value}) < 4096 THEN 2 ELSE 4 END)`;
}

const keyed = ({ table, column, subject }: MaskContext): string =>
  `sha256(convert_to(current_setting('${MASK_KEY_SETTING}') || ${quoteLiteral(`/${table}.${column.name}/`)} || ${subject.id}, 'UTF8'))`;

/** 32 hexadecimal digits that nobody can compute without the key of the run. */
export function tokenOf(context: MaskContext): string {
  return `left(encode(${keyed(context)}, 'hex'), 32)`;
}

/** 18 digits that nobody can compute without the key of the run, as scanners expect of a barcode. */
function barcode(context: MaskContext): string {
  return `lpad(('x' || left(encode(${keyed(context)}, 'hex'), 14))::bit(56)::bigint::text, 18, '0')`;
}

/** An IBAN stays one with valid check digits (mod 97), of its country and length; anything else becomes MASK<id>. */
function bankAccount(value: string, id: string): string {
  const account = `upper(translate(${value}, ' -', ''))`;
  const body = `lpad(${digits(id)}, length(${account}) - 4, '0')`;
  const country = `(ascii(${account}) - 55)::text || (ascii(substr(${account}, 2, 1)) - 55)::text`;
  const check = `lpad((98 - (${body} || ${country} || '00')::numeric % 97)::text, 2, '0')`;
  return `CASE WHEN ${account} ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$' THEN left(${account}, 2) || ${check} || ${body} ELSE 'MASK' || ${id} END`;
}
