import { quoteLiteral } from "../../platform/postgres.ts";
import { EMAIL, harmlessDomains, withDigit } from "./detectors.ts";

/** Kinds of values of production that are looked for on the copy, by keyed hashes. */
export type KnownKind = "e-mail" | "phone" | "account" | "identifier" | "name" | "secret";

/** The forms in which values are compared: what people write between letters and digits does not count. */
type Form = "address" | "digits" | "code" | "words" | "string";

// The apostrophe and the hyphen are parts of names.
const WORD = "[[:alpha:]][[:alpha:]'-]*";
// Words that begin with a capital letter, or with a letter of a script that has none; short ones like "van der" between.
const NAME_RUN = `((?![[:lower:]])${WORD}(?:,? (?:[[:lower:]]{1,3} ){0,2}(?![[:lower:]])${WORD})+)`;
const DIGIT_RUN = "([0-9](?:[ ./()-]{0,2}[0-9]){7,})";
const STRING = "([A-Za-z0-9_-]{8,})";
const ACCOUNT = "\\m([A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?)\\M";

const digits = (text: string) => `ltrim(regexp_replace(${text}, '[^0-9]', '', 'g'), '0')`;
const code = (text: string) => `upper(regexp_replace(${text}, '[^A-Za-z0-9]', '', 'g'))`;
const words = (text: string) => `btrim(lower(regexp_replace(${text}, '[^[:alpha:]''-]+', ' ', 'g')))`;
const firstFour = (text: string) => `array_to_string((string_to_array(${text}, ' '))[1:4], ' ')`;
const found = (text: string, pattern: string) => `regexp_matches(${text}, ${quoteLiteral(pattern)}, 'g') AS m`;

// Long enough not to be met by chance; a word of the language or the name of an algorithm is no secret.
const LONG_ENOUGH: Record<Form, (form: string) => string> = {
  address: (form) => `${form} LIKE '%_@_%._%'`,
  digits: (form) => `length(${form}) >= 8`,
  code: (form) => `length(${form}) >= 8 AND ${form} ~ '[0-9]{4}'`,
  words: (form) => `length(${form}) >= 8 AND ${form} ~ '^[^ ]{2,} [^ ]{2}'`,
  string: (form) =>
    `length(${form}) >= 12 AND ${form} ~ '[0-9]' AND ${form} ~ '[A-Za-z]' AND ${form} !~ '^(pbkdf2|argon2|sha[0-9])'`,
};

const select = (form: Form, value: string, from = "", condition = "true") =>
  `SELECT '${form}' AS form, x.value FROM ${from ? `${from}, ` : ""}LATERAL (SELECT ${value}) AS x (value)
    WHERE ${condition} AND ${LONG_ENOUGH[form]("x.value")}`;

/** What is dear to compute; without OFFSET it would be computed again wherever it is used. */
const once = (expression: string) => `${expression} OFFSET 0`;

/**
 * SQL of a query of `(form, value)`: the forms by which a value of production is known; `text` is a text expression. Total,
 * as everything here.
 */
export function formsOf(kind: KnownKind, text: string): string {
  const codes = [
    select("code", once(code(text))),
    select("digits", once(digits(text)), "", `length(${digits(text)}) >= 9`),
  ];
  const harmful = (address: string) => `${address} !~ ${quoteLiteral(harmlessDomains())}`;
  const address = `lower(btrim(${text}))`;
  const hasMore = `btrim(${text}) ~ '[][<>(),;:"[:space:]]'`;
  const forms: Record<KnownKind, string[]> = {
    // Alone, or with a name and among others, as Odoo writes senders and recipients.
    "e-mail": [
      select("address", address, "", `NOT ${hasMore} AND ${harmful(address)}`),
      select("address", "lower(m[1])", found(`CASE WHEN ${hasMore} THEN ${text} END`, EMAIL), harmful("lower(m[1])")),
    ],
    phone: [select("digits", once(digits(text)))],
    account: codes,
    identifier: codes,
    // A name with digits is nobody's. In a longer text four words are what is compared.
    name: [words(text), firstFour(words(text))].map((form) => select("words", once(form), "", `${text} !~ '[0-9@]'`)),
    secret: [select("string", "m[1]", found(text, STRING))],
  };
  return forms[kind].join(" UNION ALL ");
}

/** SQL of a query of `(form, value)`: names in a text of the copy, whole or among its words; digits do not matter. */
export function nameForms(text: string): string {
  const windows = `regexp_matches(${text}, ${quoteLiteral(NAME_RUN)}, 'g') AS m,
    LATERAL (SELECT string_to_array(${words("m[1]")}, ' ') AS w OFFSET 0) AS run,
    unnest(run.w, run.w[2:], run.w[3:], run.w[4:]) AS u(a, b, c, d),
    LATERAL (VALUES (u.a || ' ' || u.b), (u.a || ' ' || u.b || ' ' || u.c), (u.a || ' ' || u.b || ' ' || u.c || ' ' || u.d)) AS k(run)`;
  return [
    select("words", words(text), "", `length(${text}) BETWEEN 8 AND 200`),
    select("words", "k.run", windows),
  ].join(" UNION ALL ");
}

/** What else than names a text may hold, each with a pattern without which it cannot, and the query of its forms. */
const VALUES: { needs: string; forms: (text: string) => string }[] = [
  { needs: "@", forms: (text) => select("address", "lower(m[1])", found(text, EMAIL)) },
  { needs: DIGIT_RUN, forms: (text) => select("digits", digits("m[1]"), found(text, DIGIT_RUN)) },
  {
    needs: "[0-9](?:[^A-Za-z0-9]*[0-9]){3}",
    forms: (text) => select("code", code(text), "", `length(${text}) BETWEEN 8 AND 60`),
  },
  { needs: ACCOUNT, forms: (text) => select("code", code("m[1]"), found(text, ACCOUNT)) },
  {
    needs: `${STRING.slice(1, -1)}`,
    forms: (text) =>
      `SELECT y.form, y.value FROM ${found(text, STRING)}, LATERAL (${select("code", code("m[1]"))} UNION ALL ${select("string", "m[1]")}) AS y`,
  },
];

/** SQL conditions on a text whose digits are all 0, one of which holds where the text has a known value other than a name. */
export function mayHoldValues(blind: string): string[] {
  return VALUES.map(({ needs }) => {
    const matches = `${blind} ~ ${quoteLiteral(needs)}`;
    return needs === "@" ? matches : withDigit(blind, matches);
  });
}

/** SQL of a query of `(form, value)`: the values other than names in a text; only those whose `flag(i)` is true. */
export function valueForms(text: string, flag: (index: number) => string): string {
  // CASE keeps the pattern from being tried where it cannot match.
  return VALUES.map(
    ({ forms }, i) => `SELECT * FROM (${forms(`CASE WHEN ${flag(i)} THEN ${text} END`)}) AS f${i}`,
  ).join(" UNION ALL ");
}

/** SQL of a query of `(form, value)`: everything in a text of the copy that may be a known value. */
export function formsIn(text: string): string {
  return `${nameForms(text)} UNION ALL ${valueForms(text, () => "true")}`;
}
