/**
 * SQL of the tax number that stands for `value` (SQL of a text) on the row `id`: of the country that the value begins with,
 * with check digits that are right, so that Odoo accepts it for any partner, and out of a range that no authority has given
 * out. `otherwise` (SQL) where the value names none of these countries.
 */
export function taxNumber(value: string, id: string, otherwise: string): string {
  const cases = Object.entries(COUNTRIES).map(
    ([country, number]) => `WHEN '${country}' THEN '${country}' || ${number}`,
  );
  // Six digits, never all 0; a subquery of its own, since the check digits ask for them again and again.
  const digits = `lpad(((abs((${id})::numeric) - 1) % 999999 + 1)::text, 6, '0')`;
  return `(SELECT CASE upper(left(translate(${value}, ' .-/', ''), 2)) ${cases.join(" ")} ELSE ${otherwise} END
    FROM (SELECT ${digits} AS d OFFSET 0) AS n)`;
}

const digit = (at: number) => `substr(n.d, ${at}, 1)::int`;
const doubled = (at: number) => `substr('0246813579', ${digit(at)} + 1, 1)::int`;
const weighted = (weights: readonly number[]) =>
  weights.map((weight, at) => `${weight} * ${digit(at + 1)}`).join(" + ");

/** The digits' sum by Luhn, of which every second one counts double. */
const luhn = (first: "doubled" | "single") =>
  [1, 2, 3, 4, 5, 6].map((at) => ((at % 2 === 1) === (first === "doubled") ? doubled(at) : digit(at))).join(" + ");

const polish = `(${weighted([2, 3, 4, 5, 6, 7])}) % 11`;

/** ISO 7064, mod 11,10, of "90" and the six digits. */
function german(): string {
  const twice = (check: string) => `coalesce(nullif(${check}, 0), 10) * 2 % 11`;
  const check = [1, 2, 3, 4, 5, 6].reduce((before, at) => `((${twice(before)} + ${digit(at)}) % 10)`, "7");
  return `'90' || n.d || (11 - ${twice(check)}) % 10`;
}

// What makes each unreal: see the comment. A number that a form or a document of the country refuses is of no use, and one
// that somebody else has is none of ours.
const COUNTRIES: Readonly<Record<string, string>> = {
  // U0: they begin at U1
  AT: `'U0' || n.d || (16 - (${luhn("doubled")}) % 10) % 10`,
  // 00: they begin at 02
  BE: "'00' || n.d || lpad((97 - n.d::int % 97)::text, 2, '0')",
  // 9: they begin with 1 to 8
  DE: german(),
  // Z9: the numbers of foreigners with Z are at Z3
  ES: "'Z9' || n.d || substr('TRWAGMYFPDXBNJZSQVHLCKE', ('29' || n.d)::int % 23 + 1, 1)",
  // A letter as the key: foreseen, not in use
  FR: "'A' || substr('23456789ABC', (n.d::int + 1) % 11 + 1, 1) || '000' || n.d",
  // 9: the tax code of who has no VAT number; 999: none of the offices that give these out
  IT: `'9' || n.d || '999' || (10 - (36 + ${luhn("doubled")}) % 10) % 10`,
  // 0: they begin with 1
  LU: "'0' || right(n.d, 5) || lpad((right(n.d, 5)::int % 89)::text, 2, '0')",
  // 000: the numbers of a self-employed person are random, and three zeros are rare
  NL: "'000' || n.d || 'B' || lpad((98 - ('2321000' || n.d || '1100')::bigint % 97)::text, 2, '0')",
  // 00: no tax office; where the check digit would be 10 there is no number, and the one beside it is taken
  PL: `CASE ${polish} WHEN 10 THEN '001' || n.d || '6' ELSE '000' || n.d || ${polish} END`,
  // 40: nobody's range
  PT: `'40' || n.d || (11 - (36 + ${weighted([7, 6, 5, 4, 3, 2])}) % 11) % 11 % 10`,
  // 000: the third digit of an organisation is 2 at least
  SE: `'000' || n.d || (10 - (${luhn("single")}) % 10) % 10 || '01'`,
};
