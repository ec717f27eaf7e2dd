import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/platform/clock.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { type Connection, connect, quoteIdent, type Session, withSession } from "../../../src/platform/postgres.ts";
import { type ApprovedPlan, approvePlan } from "../../../src/refresh/plan/gate.ts";
import { selectStatement } from "../../../src/refresh/plan/plan.ts";
import { MASK_KEY_SETTING } from "../../../src/refresh/plan/row.ts";
import { Progress } from "../../../src/refresh/progress.ts";
import { SOURCE_SETTINGS, TARGET_SETTINGS } from "../../../src/refresh/sessions.ts";
import { collectKnownValues } from "../../../src/refresh/verify/known.ts";
import { type ResidualScan, SCAN_SETTINGS, scanCopy } from "../../../src/refresh/verify/scan.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase } from "../refresh/ground.ts";

const TABLES = `
  CREATE TABLE customers (id serial PRIMARY KEY, partner_name text, email text, phone text, vat text, iban text, api_key text,
    comment text, data jsonb, photo bytea, tags text[], page xml, shout text GENERATED ALWAYS AS (upper(comment)) STORED);
  CREATE TABLE categories (id serial PRIMARY KEY, name text);`;
const ROWS = `
  INSERT INTO customers (partner_name, email, phone, vat, iban, api_key, comment, data, photo, tags, page) VALUES
    ('Anna Aerts', 'anna@real-company.com', '+32 470 12 34 56', 'BE0477472701', 'BE68 5390 0754 7034', 'key4711abcdefgh', 'good', '{"a": 1}', 'jpg', '{red}', '<p/>'),
    ('Chloé van der Berg', 'chloe@elsewhere.org', '0470 65 43 21', 'FR23334175221', 'DE89370400440532013000', 'key4712abcdefgh', 'bad', '{"a": 2}', 'jpg', '{blue}', '<p/>'),
    ('Dirk Evers', NULL, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
  INSERT INTO categories (name) VALUES ('Office Furniture');`;
const KEPT = ["comment", "data", "photo", "tags", "page"];
const RULES = [
  ...KEPT.map((column) => ({ columns: `customers.${column}`, keep: "the team says so" })),
  { columns: "customers.partner_name", mask: "name" },
  { columns: "customers.email", mask: "email" },
  { columns: "customers.phone", mask: "phone" },
  { columns: "customers.vat", mask: "identifier" },
  { columns: "customers.iban", mask: "bank-account" },
  { columns: "customers.api_key", mask: "token" },
  { columns: "customers.shout", keep: "computed from the comment" },
  { columns: "categories.name", keep: "names of things" },
];
const KEY = "5a".repeat(32);

let server: PostgresServer;
let source: Session;
let target: Connection;
let approved: ApprovedPlan;

beforeAll(async () => {
  server = await startPostgres();
  source = await connect(await makeDatabase(server.odoo, "production", TABLES + ROWS), SOURCE_SETTINGS);
  target = await makeDatabase(server.odoo, "copy", TABLES);
  approved = await approvePlan(source, { rules: RULES });
  await source.query(`SELECT set_config('${MASK_KEY_SETTING}', 'key', false)`);
  await fill();
});

afterAll(async () => {
  await source?.end();
  await server?.stop();
});

/** Fills the copy with the masked rows, as a refresh does. */
const fill = () =>
  withSession(target, async (session) => {
    await session.query("TRUNCATE customers, categories");
    for (const planned of approved.plan.tables) {
      const columns = planned.columns.map(({ column }) => quoteIdent(column.name)).join(", ");
      const into = `COPY ${quoteIdent(planned.table.name)} (${columns}) FROM STDIN`;
      await pipeline(source.copyOut(`COPY (${selectStatement(planned)}) TO STDOUT`), session.copyIn(into));
    }
  });

async function scan(jobs = 1, progress = new Progress(silentLog, systemClock)): Promise<ResidualScan> {
  const sessions: Session[] = [];
  for (let i = 0; i < jobs; i++) sessions.push(await connect(target, { ...TARGET_SETTINGS, ...SCAN_SETTINGS }));
  try {
    await collectKnownValues([{ source, target: sessions[0] as Session }], approved.questions.known, {
      ...{ key: KEY, progress },
    });
    return await scanCopy(sessions, approved.plan, { key: KEY, allowedDomains: [], progress });
  } finally {
    await Promise.all(sessions.map((session) => session.end()));
  }
}

/** What is found after a leak by `sql`, which is undone. */
async function findings(sql: string): Promise<string[]> {
  await withSession(target, (session) => session.query(sql));
  try {
    return (await scan(2)).findings.map(
      ({ table, column, detector, count }) => `${table}.${column} ${detector} ${count}`,
    );
  } finally {
    await fill();
  }
}

test("a clean copy has no finding, and all kinds of values were looked for; their hashes are gone", async () => {
  const result = await scan();
  expect(result).toMatchObject({ findings: [], explained: [], unlike: [], notMeasured: [] });
  expect(result.columns).toBe(13);
  expect(Object.keys(result.known).sort()).toEqual(["account", "e-mail", "identifier", "name", "phone", "secret"]);
  const left = await withSession(target, (session) =>
    session.query("SELECT relname FROM pg_class WHERE relnamespace = '_pipeline'::regnamespace"),
  );
  expect(left).toEqual([]);
});

// Accounts and identifiers are known in two forms, as they are and by their digits.
// Where a mask let values through: the value itself, on some row.
test.each([
  ["partner_name", "Anna Aerts", ["known name 1"]],
  ["email", "anna@real-company.com", ["e-mail 1", "known e-mail 1"]],
  ["email", "nobody.knows@new-company.com", ["e-mail 1"]],
  ["phone", "+32 470 12 34 56", ["known phone 1", "phone 1"]],
  ["phone", "0470654321", ["known phone 1"]],
  ["vat", "be 0477.472.701", ["known identifier 2", "phone 1"]],
  ["iban", "BE68539007547034", ["known account 2"]],
  ["api_key", "key4711abcdefgh", ["known secret 1"]],
  ["api_key", "-----BEGIN EC PRIVATE KEY-----", ["private key 1"]],
  ["api_key", `AKIA${"IOSFODNN7EXAMPLE"}`, ["provider secret 1"]],
])("a value that a mask let through into %s is found: %s", async (column, value, found) => {
  expect(await findings(`UPDATE customers SET ${column} = '${value}' WHERE id = 2`)).toEqual(
    found.map((what) => `customers.${column} ${what}`),
  );
});

// Where a column is kept: patterns are explained, what is known is not.
const IN_KEPT = [
  [
    "comment",
    "'talked to Anna Aerts, or +32470123456; key4712abcdefgh'",
    ["known name 1", "known phone 1", "known secret 1"],
  ],
  [
    "data",
    `'{"x": "anna@real-company.com", "Chloé van der Berg": "DE89 3704 0044 0532 0130 00"}'`,
    ["known account 2", "known e-mail 1", "known name 1"],
  ],
  ["data", `jsonb_build_object('x', E'hello\\nAnna Aerts')`, ["known name 1"]],
  ["photo", "convert_to('EXIF author: Anna Aerts, anna@real-company.com', 'UTF8')", ["known e-mail 1", "known name 1"]],
  ["tags", "ARRAY['red', 'Dirk Evers']", ["known name 1"]],
  ["page", "'<p title=\"x\">mailto:anna@real-company.com</p>'", ["known e-mail 1"]],
] as const;

test.each(IN_KEPT)("what is known of production is found in the kept column %s: %s", async (column, value, found) => {
  const all = await findings(`UPDATE customers SET ${column} = ${value} WHERE id = 2`);
  expect(all.filter((one) => one.startsWith(`customers.${column} `))).toEqual(
    found.map((what) => `customers.${column} ${what}`),
  );
  expect(all.filter((one) => !one.includes(`.${column} `) && !one.includes(".shout "))).toEqual([]);
});

describe("what nobody in production is known by", () => {
  test("is told of kept columns, and refuses nothing", async () => {
    const sql = "UPDATE customers SET comment = 'help@new-company.com, +33 6 12 34 56 78' WHERE id IN (1, 2)";
    await withSession(target, (session) => session.query(sql));
    const { explained, findings: none } = await scan();
    await fill();
    expect(none).toEqual([]);
    expect(explained.filter(({ column }) => column === "comment")).toEqual([
      { table: "customers", column: "comment", detector: "e-mail", count: 2 },
      { table: "customers", column: "comment", detector: "phone", count: 2 },
    ]);
  });

  test("is counted where it does not look like its mask", async () => {
    await withSession(target, (session) =>
      session.query("UPDATE customers SET email = 'Robot', iban = 'cash' WHERE id < 3"),
    );
    const { unlike, findings: none } = await scan();
    await fill();
    expect(none).toEqual([]);
    expect(unlike).toEqual([
      { column: "customers.email", count: 2 },
      { column: "customers.iban", count: 2 },
    ]);
  });
});

test.each([
  [
    "ALTER TABLE customers ALTER comment SET DEFAULT 'anna@real-company.com'",
    "ALTER TABLE customers ALTER comment DROP DEFAULT",
    "default of public.customers.comment",
  ],
  [
    "ALTER TABLE customers ADD CONSTRAINT no_anna CHECK (comment <> 'mail anna@real-company.com')",
    "ALTER TABLE customers DROP CONSTRAINT no_anna",
    "constraint public.no_anna",
  ],
  [
    "CREATE INDEX not_anna ON customers (id) WHERE email <> 'anna@real-company.com'",
    "DROP INDEX not_anna",
    "index public.not_anna",
  ],
  ["CREATE VIEW anna AS SELECT id, 'anna@real-company.com' AS a FROM customers", "DROP VIEW anna", "view public.anna"],
  [
    "CREATE DOMAIN mailbox AS text DEFAULT 'anna@real-company.com'",
    "DROP DOMAIN mailbox",
    "default of domain public.mailbox",
  ],
  ["CREATE TYPE people AS ENUM ('anna@real-company.com')", "DROP TYPE people", "enumeration public.people"],
  [
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'anna@real-company.com' $$",
    "DROP FUNCTION f",
    "function public.f",
  ],
])("an address in the schema is found: %s", async (sql, undo, object) => {
  await withSession(target, (session) => session.query(sql));
  const result = await scan();
  await withSession(target, (session) => session.query(undo));
  expect(result.findings).toEqual([
    { table: object, column: "(definition)", detector: "e-mail", count: 1 },
    { table: object, column: "(definition)", detector: "known e-mail", count: 1 },
  ]);
});

test("while production or the copy keeps it waiting, lines say how far the search is", async () => {
  const [production, copy] = await Promise.all([connect({ ...target, database: "production" }), connect(target)]);
  for (const locked of [production, copy]) await locked.query("BEGIN; LOCK TABLE customers IN ACCESS EXCLUSIVE MODE");
  const info = (line: string) => {
    if (/^verify, .* 0 of \d+ questions about known values answered, now at production's values$/.test(line))
      void production.query("ROLLBACK");
    if (/^verify, .* 0 of 13 columns searched, now at the schema$/.test(line)) void copy.query("ROLLBACK");
  };
  const clock = { ...systemClock, sleep: (_: number, signal?: AbortSignal) => systemClock.sleep(20, signal) };
  const progress = new Progress({ ...silentLog, info }, clock);
  const { columns } = await progress.during("verify", () => scan(1, progress)); // which ends when both were told
  expect(columns).toBe(13);
  await Promise.all([production.end(), copy.end()]);
});

test("neither a finding nor anything else of a scan holds a value", async () => {
  await withSession(target, (session) =>
    session.query("UPDATE customers SET email = 'anna@real-company.com', comment = 'Anna Aerts'"),
  );
  const text = JSON.stringify(await scan());
  await fill();
  expect(text).toContain("known e-mail");
  expect(text).not.toMatch(/anna|aerts|real-company/i);
});
