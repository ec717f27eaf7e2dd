import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Session } from "../../../src/platform/postgres.ts";
import { type DetectorName, detectors } from "../../../src/refresh/verify/detectors.ts";
import { formsIn, formsOf, type KnownKind } from "../../../src/refresh/verify/tokens.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";

const servers: PostgresServer[] = [];
const sessions = new Map<number, Session>();

beforeAll(async () => {
  for (const version of [14, 18] as const) {
    const server = await startPostgres({ version });
    servers.push(server);
    sessions.set(version, await connect(server.odoo, { search_path: "pg_catalog" }));
  }
});

afterAll(async () => {
  for (const session of sessions.values()) await session.end();
  for (const server of servers) await server.stop();
});

function on(version: number): Session {
  const session = sessions.get(version);
  if (!session) throw new Error(`no PostgreSQL ${version} was started`);
  return session;
}

const all = detectors(["our-company.com"]);

/** Names of the detectors that see something in a text, by a server of that version. */
async function seenIn(version: number, text: string): Promise<DetectorName[]> {
  const columns = all.map(({ condition }, i) => `${condition("t.s")} AS d${i}`);
  const [row] = await on(version).query<Record<string, boolean>>(
    `SELECT ${columns.join(", ")} FROM (SELECT $1::text AS s) AS t`,
    [text],
  );
  return all.flatMap(({ name }, i) => (row?.[`d${i}`] === true ? [name] : []));
}

const HEX32 = "0123456789abcdef".repeat(2);

// What each detector must see, and nothing else in the same text.
const SEEN: [DetectorName, string][] = [
  ["e-mail", "anna.aerts@real-company.com"],
  ["e-mail", "Write to <Anna+x@mail.real-company.co.uk>, please"],
  ["e-mail", '{"en_US": "mailto:a@b.io"}'],
  ["phone", "+33 6 12 34 56 78"],
  ["phone", "+32470123456"],
  ["phone", "call 0032 470 12 34 56 today"],
  ["phone", "06 12 34 56 78"],
  ["phone", "tel: 06.12.34.56.78"],
  ["phone", "0470/12 34 56 or +32 (0)470 12 34 56"],
  ["phone", "(202) 555-0143"],
  ["phone", "212-555-0187"],
  ["IBAN", "BE68539007547034"],
  ["IBAN", "pay to BE68 5390 0754 7034 BEFORE friday"],
  ["IBAN", "FR14 2004 1010 0505 0001 3M02 606"],
  ["IBAN", "DE89370400440532013000."],
  ["VAT number", "BE0477472701"],
  ["VAT number", "VAT: FR23334175221"],
  ["VAT number", "ATU12345675"],
  ["payment card", "4111 1111 1111 1111"],
  ["payment card", "5500000000000004"],
  ["payment card", "3782 822463 10005"],
  ["payment card", "visa4111111111111111"],
  ["password hash", "$pbkdf2-sha512$600000$K4Ww9h6jFGJMqXWOkfJeqw$In9BzOjZH7D6C7"],
  ["password hash", "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"],
  ["password hash", "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ"],
  ["private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"],
  ["private key", "-----BEGIN PRIVATE KEY-----"],
  ["private key", "-----BEGIN PGP PRIVATE KEY BLOCK-----"],
  ["provider secret", `${"sk"}_live_${HEX32}`],
  ["provider secret", `${"wh"}sec_${HEX32}`],
  ["provider secret", `AKIA${"IOSFODNN7EXAMPLE"}`],
  ["provider secret", `token=${"gh"}p_${"a1B2c3".repeat(6)}`],
  ["provider secret", `${"xo"}xb-123456789012-abcdef`],
  ["provider secret", `${"AI"}za${"0aB-".repeat(8)}0aB`],
  ["provider secret", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"],
];

// What looks a little like it, and is nobody's.
const UNSEEN = [
  "",
  "p42@example.invalid",
  "someone@our-company.com, demo@example.com, root@localhost",
  "@media (max-width: 100px) { a@b }",
  "+88800000000042",
  "2026-11-25 10:00:00",
  "01.02.2026 10:15",
  "25/11/2026 - 26/11/2026",
  "1 234 567 890,00 EUR",
  "0.12345678901234",
  "SO/2026/00042, INV/2026/00017",
  "0123456789012",
  "5901234123457",
  "ID42 MASK42 ext-42 Text 42",
  "BE68539007547035",
  "4111 1111 1111 1112",
  "1234567890123456",
  HEX32,
  "550e8400-e29b-41d4-a716-446655440000",
  "0abf4111-1111-1111-1111-a0b1c2d3e4f5",
  "0abf0cde-4111-1111-1111-1111a0b1c2d3",
  "19.0.1.0.0",
  "base.group_user,sale.group_sale_salesman",
  "$6 per hour, $5$",
  "-----BEGIN CERTIFICATE-----",
  "sk_test",
  "M 10.5 20.25 L 100.125 200.75 Z",
];

describe.each([14, 18])("on PostgreSQL %i", (version) => {
  test.each(SEEN)("%s is seen in %j, and nothing else", async (detector, text) => {
    expect(await seenIn(version, text)).toEqual([detector]);
  });

  test.each(UNSEEN)("nothing is seen in %j", async (text) => {
    expect(await seenIn(version, text)).toEqual([]);
  });
});

test("no text makes a detector or a form fail", async () => {
  const nasty = fc.oneof(
    fc.string({ unit: "binary", maxLength: 80 }),
    fc.stringMatching(/^[A-Z]{2}[0-9]{2}[A-Z0-9 ]{0,40}$/),
    fc.stringMatching(/^[+0-9 ./()-]{0,60}$/),
    fc.stringMatching(/^[A-Za-z@.' ]{0,60}$/),
  );
  const kinds: KnownKind[] = ["e-mail", "phone", "account", "identifier", "name", "secret"];
  const conditions = all.map(({ condition }) => condition("t.s")).join(" OR ");
  const forms = [formsIn("t.s"), ...kinds.map((kind) => formsOf(kind, "t.s"))].join(" UNION ALL ");
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        nasty.map((text) => text.replaceAll("\0", "")),
        { minLength: 20, maxLength: 50 },
      ),
      async (texts) => {
        const rows = await on(18).query<{ n: number }>(
          `SELECT count(*)::int AS n FROM unnest($1::text[]) AS t(s), LATERAL (SELECT ${conditions} AS any) AS d, LATERAL (SELECT count(*) FROM (${forms}) AS f) AS c`,
          [texts],
        );
        expect(rows).toEqual([{ n: texts.length }]);
      },
    ),
    { numRuns: 30 },
  );
});

// A value of production, and texts of a copy in which it must be recognised.
const RECOGNISED: [KnownKind, string, string[]][] = [
  ["e-mail", "Anna@Real-Company.com ", ["anna@real-company.com", "<a href='mailto:ANNA@real-company.com'>"]],
  ["phone", "+32 470 12 34 56", ["+32470123456", "call 0032 470/12.34.56 now", "32470123456"]],
  ["phone", "0470 12 34 56", ["phone 0470/123456"]],
  ["account", "BE68 5390 0754 7034", ["be68539007547034", "to BE68 5390 0754 7034."]],
  ["account", "123-456789-01", ["12345678901", "account 123 456789 01"]],
  ["identifier", "BE 0477.472.701", ["BE0477472701", "vat=be0477472701;"]],
  ["name", "Anna Aerts", ["anna aerts", "<b>Anna Aerts</b> called", "Dear Anna Aerts, hello", '"Aerts, Anna Aerts"']],
  ["name", "Chloé van der Berg", ["Mrs Chloé van der Berg has", "chloé van der berg"]],
  ["name", "O'Hara-Petit Noémie", ["O'Hara-Petit Noémie"]],
  ["secret", "WorkbenchSecret4711", ["https://hooks/?token=WorkbenchSecret4711&x", '{"k": "WorkbenchSecret4711"}']],
  ["secret", "$pbkdf2-sha512$600000$K4Ww9h6jFGJMqXWOkfJeqw$In9B", ["K4Ww9h6jFGJMqXWOkfJeqw"]],
];

const UNRECOGNISED: [KnownKind, string, string][] = [
  ["name", "Anna", "Anna"],
  ["name", "Room 12", "Room 12"],
  ["phone", "12345", "12345"],
  ["phone", "0470123456", "0470123457"],
  ["secret", "password", "password"],
  ["secret", "$pbkdf2-sha512$1$abc", "pbkdf2-sha512"],
  ["e-mail", "demo@example.com", "demo@example.com"],
];

const common = (kind: KnownKind) =>
  `SELECT count(*)::int AS n FROM (SELECT $1::text AS a, $2::text AS b) AS t,
     LATERAL (${formsOf(kind, "t.a")}) AS x, LATERAL (${formsIn("t.b")}) AS y WHERE x.form = y.form AND x.value = y.value`;

test.each(RECOGNISED.flatMap(([kind, value, texts]) => texts.map((text) => [kind, value, text] as const)))(
  "the %s %j is recognised in %j",
  async (kind, value, text) => {
    for (const session of sessions.values()) {
      expect((await session.query<{ n: number }>(common(kind), [value, text]))[0]?.n).toBeGreaterThan(0);
    }
  },
);

test.each(UNRECOGNISED)("the %s %j is too common to be looked for, or is not in %j", async (kind, value, text) => {
  expect(await on(18).query(common(kind), [value, text])).toEqual([{ n: 0 }]);
});
