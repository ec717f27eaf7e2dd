import { quoteLiteral } from "../../platform/postgres.ts";

// Lengths by the IBAN registry: what follows the account in a sentence must not be taken for a part of it.
const IBAN_LENGTHS =
  `AD24 AE23 AT20 BE16 BG22 BR29 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GR27 HR21 HU28 IE22 IL23
  IT27 KW30 LI21 LT20 LU20 LV21 MA28 MC27 MT31 NL18 NO15 PL28 PT25 QA29 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TN24 TR26 UA29`
    .trim()
    .split(/\s+/)
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const);

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * SQL condition: `account`, an expression of capital letters and digits that begins with two letters and two digits,
 * begins with an IBAN of its country whose check digits are right (mod 97). Total: casts see digits only.
 */
export function isIban(account: string): string {
  const lengths = `CASE left(${account}, 2) ${IBAN_LENGTHS.map(([country, length]) => `WHEN '${country}' THEN ${length}`).join(" ")} END`;
  const rearranged = `substr(left(${account}, ${lengths}), 5) || left(${account}, 4)`;
  const number = `(SELECT string_agg((position(d.c IN '${DIGITS}') - 1)::text, '' ORDER BY d.n)::numeric % 97
    FROM string_to_table(${rearranged}, NULL) WITH ORDINALITY AS d(c, n))`;
  return `(length(${account}) >= ${lengths} AND ${number} = 1)`;
}

/** SQL condition: `digits`, an expression of digits only, is a card number of a known issuer with a right check digit. */
export function isCardNumber(digits: string): string {
  const issuer = quoteLiteral(
    "^(4[0-9]{15}|5[1-5][0-9]{14}|2[2-7][0-9]{14}|3[47][0-9]{13}|6(011|5[0-9]{2})[0-9]{12})$",
  );
  const doubled = `CASE WHEN d.n % 2 = 1 THEN d.c::int ELSE (d.c::int * 2) / 10 + (d.c::int * 2) % 10 END`;
  const sum = `(SELECT sum(${doubled}) FROM string_to_table(reverse(${digits}), NULL) WITH ORDINALITY AS d(c, n))`;
  return `(${digits} ~ ${issuer} AND ${sum} % 10 = 0)`;
}
