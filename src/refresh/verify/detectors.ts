import { quoteLiteral } from "../../platform/postgres.ts";
import { isCardNumber, isIban } from "./check-digits.ts";

/** What a text can be searched for without knowing any value of production. */
export type DetectorName =
  | "e-mail"
  | "phone"
  | "IBAN"
  | "VAT number"
  | "payment card"
  | "password hash"
  | "private key"
  | "provider secret";

/** A search for one kind of value. */
export interface Detector {
  name: DetectorName;
  /** SQL condition: the text expression `text` holds such a value. Total: no cast or function in it can fail. */
  condition(text: string): string;
  /** SQL condition that holds for every such text with its digits replaced by 0, and for few others. */
  mayHold(blind: string): string;
}

/** E-mail addresses in a text, for `regexp_matches(..., 'g')`; the address is the first group. */
export const EMAIL = `([A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,})`;

// Reserved by RFC 2606 and 6761: nobody can have an address there.
const RESERVED_DOMAINS = ["example.com", "example.org", "example.net", "invalid", "localhost"];

/** Pattern of an address in a domain that nobody owns, or that the team allows. */
export function harmlessDomains(allowed: readonly string[] = []): string {
  const domains = [...RESERVED_DOMAINS, ...allowed].map((domain) => domain.replaceAll(/[^A-Za-z0-9-]/g, "\\$&"));
  return `[@.](${domains.join("|")})$`;
}

const IBAN = "\\m([A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)\\M";
// Not within a UUID, which one in ten thousand of them would else be refused for.
const CARD =
  "(?<![0-9])(?<![0-9a-fA-F]{4})([2-6][0-9]{3}(?:[ -]?[0-9]{4}){3}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5})(?![0-9])(?![0-9a-fA-F]{8}(?![0-9A-Za-z]))";

// With + or 00, but not as our own mask writes it; or one separator throughout and nine digits at least, which no date has; or as North America writes it.
const phones = (but: { zero: string; lessThanTwo: string; ours: string; dates: string }) => [
  `(?<![0-9A-Za-z)])(?:\\+|00)${but.ours}${but.zero}(?:[ ./()-]{0,3}[0-9]){7,13}(?![0-9])`,
  `(?<![0-9A-Za-z.,/+-])${but.dates}(?=\\(?(?:[0-9][ ./)-]{0,2}){9,11}(?![0-9]))\\(?0${but.zero}[0-9]{0,3}\\)?([ ./-])[0-9]{2,4}(?:\\1[0-9]{2,4}){1,4}(?![0-9])`,
  `(?<![0-9A-Za-z.,/+-])\\(?${but.lessThanTwo}[0-9]{2}\\)?[ .-]{1,2}${but.lessThanTwo}[0-9]{2}[.-][0-9]{4}(?![0-9A-Za-z-])`,
];
const PHONE = phones({
  zero: "[1-9]",
  lessThanTwo: "[2-9]",
  ours: "(?!888[0-9]{11}(?![0-9]))",
  dates: "(?![0-9]{2}[./-][0-9]{2}[./-](?:19|20)[0-9]{2}(?![0-9]))",
});

// The same with every digit a 0.
const BLIND_PHONE = phones({ zero: "0", lessThanTwo: "0", ours: "", dates: "" });
const BLIND_CARD = "(?<![0-9])(?:0{4}(?:[ -]?0{4}){3}|0{4}[ -]?0{6}[ -]?0{5})";

// The formats of the EU, the United Kingdom and Switzerland; a register's number without its country is like any other.
const VAT =
  `\\m(ATU[0-9]{8}|BE[01][0-9]{9}|BG[0-9]{9,10}|CHE-?[0-9]{3}[.]?[0-9]{3}[.]?[0-9]{3}|CY[0-9]{8}[A-Z]|CZ[0-9]{8,10}|DE[0-9]{9}
  |DK[0-9]{8}|EE[0-9]{9}|EL[0-9]{9}|ES[A-Z0-9][0-9]{7}[A-Z0-9]|FI[0-9]{8}|FR[A-HJ-NP-Z0-9]{2}[0-9]{9}|GB[0-9]{9}([0-9]{3})?|HR[0-9]{11}
  |HU[0-9]{8}|IE[0-9][A-Z0-9+*][0-9]{5}[A-Z]{1,2}|IT[0-9]{11}|LT[0-9]{9}([0-9]{3})?|LU[0-9]{8}|LV[0-9]{11}|MT[0-9]{8}|NL[0-9]{9}B[0-9]{2}
  |PL[0-9]{10}|PT[0-9]{9}|RO[0-9]{6,10}|SE[0-9]{12}|SI[0-9]{8}|SK[0-9]{10})\\M`.replaceAll(/\s+/g, "");

const HASH = "\\$(pbkdf2-sha(256|512)|argon2(id|i|d)|scrypt|[56]|2[aby])\\$[A-Za-z0-9./+=,$]{16}";

// Each begins with what its issuer put there so that leaks can be found.
const SECRET =
  `\\m(([sr]k|whsec)_(live_|test_)?[A-Za-z0-9]{16}|A(KIA|SIA)[0-9A-Z]{16}\\M|gh[pousr]_[A-Za-z0-9]{30}|github_pat_[A-Za-z0-9_]{22}
  |glpat-[A-Za-z0-9_-]{20}|xox[abprs]-[A-Za-z0-9-]{10}|AIza[0-9A-Za-z_-]{35}|SG[.][A-Za-z0-9_-]{16,}[.][A-Za-z0-9_-]{16}|ya29[.][A-Za-z0-9_-]{20}
  |shp(at|ca|pa|ss)_[0-9a-fA-F]{32}|xkeysib-[0-9a-f]{32}|dop_v1_[0-9a-f]{32}|npm_[A-Za-z0-9]{36}|sq0[a-z]{3}-[A-Za-z0-9_-]{22}|SK[0-9a-f]{32}\\M
  |eyJ[A-Za-z0-9_-]{8,}[.]eyJ[A-Za-z0-9_-]{8,}[.][A-Za-z0-9_-]{8})`.replaceAll(/\s+/g, "");

const any = (text: string, pattern: string, condition: string) =>
  `EXISTS (SELECT FROM regexp_matches(${text}, ${quoteLiteral(pattern)}, 'g') AS m WHERE ${condition})`;
const matches = (text: string, pattern: string) => `${text} ~ ${quoteLiteral(pattern)}`;
// Regular expressions are dear: most texts can be told from their letters not to hold what is looked for.
const when = (quick: string, slow: string) => `CASE WHEN ${quick} THEN ${slow} ELSE false END`;

/** SQL condition on a text whose digits are all 0: `condition`, which needs a digit to hold. */
export const withDigit = (blind: string, condition: string) => when(`position('0' IN ${blind}) > 0`, condition);

/** All detectors; `allowedDomains` are e-mail domains that may appear besides the reserved ones. */
export function detectors(allowedDomains: readonly string[] = []): Detector[] {
  const foreign = `lower(m[1]) !~ ${quoteLiteral(harmlessDomains(allowedDomains))}`;
  const oneOf = (text: string, patterns: readonly string[]) => patterns.map((p) => matches(text, p)).join(" OR ");
  return [
    {
      name: "e-mail",
      condition: (t) => when(`position('@' IN ${t}) > 0`, any(t, EMAIL, foreign)),
      mayHold: (b) => when(`position('@' IN ${b}) > 0`, matches(b, EMAIL)),
    },
    { name: "phone", condition: (t) => oneOf(t, PHONE), mayHold: (b) => withDigit(b, oneOf(b, BLIND_PHONE)) },
    {
      name: "IBAN",
      condition: (t) => any(t, IBAN, isIban("translate(m[1], ' ', '')")),
      mayHold: (b) => withDigit(b, matches(b, IBAN)),
    },
    { name: "VAT number", condition: (t) => matches(t, VAT), mayHold: (b) => withDigit(b, matches(b, VAT)) },
    {
      name: "payment card",
      condition: (t) => any(t, CARD, isCardNumber("translate(m[1], ' -', '')")),
      mayHold: (b) => withDigit(b, matches(b, BLIND_CARD)),
    },
    { name: "password hash", condition: (t) => matches(t, HASH), mayHold: (b) => `position('$' IN ${b}) > 0` },
    {
      name: "private key",
      condition: (t) => `${t} LIKE '%-----BEGIN%PRIVATE KEY%-----%'`,
      mayHold: (b) => `position('-----BEGIN' IN ${b}) > 0`,
    },
    {
      name: "provider secret",
      condition: (t) => matches(t, SECRET),
      mayHold: (b) => matches(b, "[A-Za-z0-9_.-]{16}"),
    },
  ];
}
