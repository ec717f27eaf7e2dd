import type { Session } from "../../platform/postgres.ts";
import type { Detector, DetectorName } from "./detectors.ts";
import { FULL_HASH, KEY, QUICK_HASH, SEEN } from "./known.ts";
import { type KnownKind, mayHoldValues, nameForms, valueForms } from "./tokens.ts";

/** What was found in one place of a search; values are counted, never told. */
export interface Hits {
  /** The place, as the searched rows name it. */
  c: string;
  /** Rows that were searched. */
  looked: number;
  /** Rows in which a detector saw something. */
  patterns: { detector: DetectorName; count: number }[];
  /** Different values of production that stand there. */
  known: { kind: KnownKind; count: number }[];
}

const LETTERS = "[[:alpha:]]";

// Anything that is long enough to be known, or that a detector looks for.
const SUSPICIOUS = [
  "@|[$]|-----",
  "[0-9](?:[^A-Za-z0-9]*[0-9]){3}",
  "[A-Za-z0-9_.-]{12}",
  "[A-Z]{2}[-A-Z0-9+*.]{6}",
  `${LETTERS}[^0-9${LETTERS.slice(1, -1)}]+${LETTERS}`,
].join("|");

// INV/2026/00042, WH/OUT/00042, S/0042; without a year or a second word, fewer letters and digits than an identifier has.
const DOCUMENT_NUMBER =
  "^([A-Z]{1,5}[0-9]?(/[A-Z]{1,5})?/(19|20)[0-9]{2}/([01][0-9]/)?[0-9]{1,8}|[A-Z]{1,5}[0-9]?/[A-Z]{1,5}/[0-9]{1,6}|[A-Z]{1,3}/[0-9]{1,4})$";

/**
 * SQL condition that holds for every text in which a detector or a known value may be found, and not for most others: two
 * automata, where all detectors one by one would be the work of a minute on a large database.
 */
export function suspicious(text: string): string {
  return `${longEnough(text)} AND ${text} ~ '${SUSPICIOUS}' AND ${text} !~ '${DOCUMENT_NUMBER}'`;
}

/** SQL condition without which no text is suspicious; cheap. */
export const longEnough = (text: string): string =>
  `(octet_length(${text}) >= 8 OR octet_length(${text}) >= 6 AND position('@' IN ${text}) > 0)`;

/**
 * Searches the texts `s` of the rows `(c, s, n)` that `texts` gives: `c` is a place, `n` how often the text stands there.
 * Most texts differ from others in their digits only; what can be told without digits is asked once for all of them.
 */
export async function search(session: Session, texts: string, detectors: readonly Detector[]): Promise<Hits[]> {
  await session.query(`BEGIN; CREATE TEMP TABLE scanned ON COMMIT DROP AS
    SELECT r.c::text AS c, r.s, sum(r.n) AS n, translate(r.s, '123456789', '000000000') AS blind
      FROM (${texts}) AS r WHERE r.s <> '' GROUP BY r.c, r.s`);
  const flags = [
    ...detectors.map(({ mayHold }, i) => `${mayHold("g.blind")} AS p${i}`),
    ...mayHoldValues("g.blind").map((condition, i) => `${condition} AS v${i}`),
  ];
  await session.query(`CREATE TEMP TABLE scanned_blind ON COMMIT DROP AS
    SELECT g.c, g.blind, ${flags.join(", ")} FROM (SELECT DISTINCT c, blind FROM scanned OFFSET 0) AS g`);
  await session.query("ANALYZE scanned; ANALYZE scanned_blind");
  const patterns = await findPatterns(session, detectors);
  const known = [...(await findNames(session)), ...(await findValues(session))];
  const places = await session.query<{ c: string; looked: number }>(
    "SELECT c, sum(n)::float8 AS looked FROM scanned GROUP BY c ORDER BY c",
  );
  await session.query("COMMIT");
  return places.map(({ c, looked }) => ({
    ...{ c, looked },
    patterns: patterns.filter((hit) => hit.c === c).map(({ detector, count }) => ({ detector, count })),
    known: known.filter((hit) => hit.c === c).map(({ kind, count }) => ({ kind, count })),
  }));
}

const either = (names: string[]) => (names.length > 0 ? names.join(" OR ") : "false");

async function findPatterns(session: Session, detectors: readonly Detector[]) {
  const counts = detectors.map(
    ({ condition }, i) =>
      `coalesce(sum(s.n) FILTER (WHERE CASE WHEN b.p${i} THEN ${condition("s.s")} ELSE false END), 0)::float8 AS d${i}`,
  );
  const rows = await session.query<{ c: string } & Record<`d${number}`, number>>(
    `SELECT s.c, ${counts.join(", ")} FROM scanned s JOIN scanned_blind b ON b.c = s.c AND b.blind = s.blind
      WHERE ${either(detectors.map((_, i) => `b.p${i}`))} GROUP BY s.c`,
  );
  return rows.flatMap((row) =>
    detectors.flatMap(({ name }, i) => {
      const count = row[`d${i}`] ?? 0;
      return count > 0 ? [{ c: row.c, detector: name, count }] : [];
    }),
  );
}

interface KnownHit {
  c: string;
  kind: KnownKind;
  count: number;
}

const lookUp = (from: string, forms: string) => `
  SELECT l.c, seen.kind, count(DISTINCT seen.hash)::float8 AS count
    FROM (${from} OFFSET 0) AS l, ${KEY}, LATERAL (${forms}) AS f, ${SEEN} AS seen
   WHERE seen.quick = ${QUICK_HASH} AND seen.hash = ${FULL_HASH} GROUP BY l.c, seen.kind`;

/** Digits are no part of a name. */
function findNames(session: Session): Promise<KnownHit[]> {
  const from = "SELECT c, blind FROM scanned_blind WHERE blind ~ '[[:alpha:]][^[:alpha:]]+[[:alpha:]]'";
  return session.query<KnownHit & Record<string, unknown>>(lookUp(from, nameForms("l.blind")));
}

function findValues(session: Session): Promise<KnownHit[]> {
  const flags = mayHoldValues("b.blind").map((_, i) => `b.v${i}`);
  const from = `SELECT s.c, s.s, ${flags.join(", ")} FROM scanned s JOIN scanned_blind b ON b.c = s.c AND b.blind = s.blind
                 WHERE ${either(flags)}`;
  return session.query<KnownHit & Record<string, unknown>>(
    lookUp(
      from,
      valueForms("l.s", (i) => `l.v${i}`),
    ),
  );
}
