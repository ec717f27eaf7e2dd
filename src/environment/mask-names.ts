/**
 * Every mask that a rule may name. Masks are derived from the row's id, so that they are stable, unique where a unique
 * index needs it, and independent of the masked value. NULL stays NULL and '' stays ''.
 */
export const MASK_NAMES = [
  "name", // 'Contact 42' on partners, '<Model> 42' elsewhere; a reference to a partner wins when the rule knows one
  "email", // 'p42@example.invalid'
  "phone", // '+88800000000042': a country code that is nobody's
  "street", // 'Street 42'
  "city", // 'City 42'
  "zip", // '00042'
  "identifier", // national and company numbers: 'ID42'
  "vat", // tax number with valid check digits of the same country, nobody's; null where the country is not one of ours
  "bank-account", // valid dummy IBAN, else 'MASK42'
  "text", // plain placeholder, about as long as the value
  "html", // '<p>…</p>' placeholder, about as long as the value
  "login", // 'user42', reserved users keep theirs
  "secret", // 'dummy' where NOT NULL forbids null
  "token", // hash of run key and id: unique, never the source's
  "barcode", // 18 digits from a hash of run key and id
  "url", // 'https://example.invalid/42'
  "date-year", // 1 January of the same year
  "amount", // the next multiple of 500 towards zero
  "geo", // 0 / NULL-like value of the type
  "json", // '{}' of the column's type: neither keys nor values survive
  "translated", // jsonb by language: keys survive, each value becomes the text placeholder
  "translated-html", // jsonb by language: keys survive, each value becomes the html placeholder
  "company-dependent", // jsonb by company id: keys survive, text values are masked
  "properties", // Odoo property bags: keys survive, text values become null
  "file", // bytea placeholder
  "external-id", // 'ext-42'
  "filename", // 'file-42' with the extension kept
  "parameter-value", // ir_config_parameter.value: kept when its key is on the allow-list, else '' (see parameters)
  "attachment-url", // ir_attachment.url: kept on kept rows, else null
  "attachment-file", // ir_attachment.store_fname, checksum: kept on kept rows, else those of the placeholder
  "template-address", // addresses of templates: expressions such as {{ object.email }} stay, text with an @ does not
  "domain", // '[(0, "=", 1)]', the search domain that finds nothing
  "default-value", // ir_default.json_value: kept unless the field is a text (field_id), then 'null'
  "constant-single", // 'single': a marital status that every version knows, for the column that must not be NULL
  "attachment-name", // ir_attachment.name: kept on kept rows (assets, views), else 'Attachment 42'
] as const;

/** The name of a mask, as written in rules. */
export type MaskName = (typeof MASK_NAMES)[number];
