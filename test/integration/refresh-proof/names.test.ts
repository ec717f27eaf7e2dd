import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, quoteIdent, withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase, makeInstance, quietDeps, requestFor } from "../refresh/ground.ts";
import { makeGround } from "../refresh-faults/ground.ts";

let server: PostgresServer;
let dir: string;

beforeAll(async () => {
  server = await startPostgres();
  dir = await mkdtemp(join(tmpdir(), "refresh-names-"));
});

afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

/** A name of exactly 63 bytes, with everything that a name may have. */
const longName = (beginning: string, end: string) =>
  beginning +
  "é".repeat((63 - Buffer.byteLength(beginning + end)) / 2) +
  "x".repeat((63 - Buffer.byteLength(beginning + end)) % 2) +
  end;

async function copyOf(production: Connection, rules: Parameters<typeof requestFor>[2]): Promise<Connection> {
  const source = await makeInstance(dir, "production", production);
  const copy = { ...server.odoo, database: `copy of ${production.database}` };
  await refreshDatabase(requestFor(source, await makeInstance(dir, "staging", copy), rules), quietDeps());
  return copy;
}

test("databases whose names are 63 bytes long, with quotes, spaces and accents, and alike but for their ends", async () => {
  const beginning = `The "staging" database of O'Hara `;
  const [one, other] = await Promise.all(
    ["-1", "-2"].map((end) =>
      makeGround(server, server, {
        production: longName("Production ", `x${end}`),
        staging: longName(beginning, `x${end}`),
      }),
    ),
  );
  if (!one || !other) throw new Error("two grounds were made");
  expect(Buffer.byteLength(one.staging.database)).toBe(63);
  // At once, though their names begin alike: neither takes the other for its own dead.
  const results = await Promise.all([one.refresh("101-1"), other.refresh("102-1")]);
  expect(results.map((result) => result.database)).toEqual([one.staging.database, other.staging.database]);
  expect([await one.staged(), await other.staged()]).toEqual(["101-1", "102-1"]);
  for (const ground of [one, other]) {
    expect(await ground.leftovers()).toEqual([]);
    await ground.remove();
  }
});

test("tables and columns with such names, and columns of every narrow kind", async () => {
  const table = longName('Table "t" of ', "x");
  const column = longName("Column 'c'; -- ", "x");
  const production = await makeDatabase(
    server.odoo,
    "narrow",
    `CREATE EXTENSION citext;
     CREATE DOMAIN short_code AS varchar(4) CHECK (VALUE <> 'none');
     CREATE TABLE ${quoteIdent(table)} (id serial PRIMARY KEY, ${quoteIdent(column)} text, "a""b" text);
     INSERT INTO ${quoteIdent(table)} (${quoteIdent(column)}, "a""b") VALUES ('Geheim', 'Geheim'), (NULL, '');
     CREATE TABLE narrow (id serial PRIMARY KEY, one varchar(1), three char(3), letters citext, code short_code, words text[]);
     INSERT INTO narrow (one, three, letters, code, words) SELECT 'g', 'geh', 'Geheim', 'geh', '{Geheim}' FROM generate_series(1, 12);
     CREATE TABLE empty (id serial PRIMARY KEY, note text)`,
  );
  const rules = [
    { columns: `Table*.*`, mask: "text" },
    { columns: "narrow.*", mask: "text" },
    { columns: "empty.*", mask: "text" },
  ];
  await withSession(await copyOf(production, { rules }), async (session) => {
    const sql = `SELECT id, ${quoteIdent(column)} AS long, "a""b" AS quoted FROM ${quoteIdent(table)} ORDER BY id`;
    expect(await session.query(sql)).toEqual([
      { id: 1, long: "Text 1", quoted: "Text 1" },
      { id: 2, long: null, quoted: "" },
    ]);
    const narrow = "SELECT one, three, letters, code, words FROM narrow WHERE id IN (1, 12) ORDER BY id";
    expect(await session.query(narrow)).toEqual([
      { one: "1", three: "001", letters: "Text 1", code: "0001", words: null },
      { one: "2", three: "012", letters: "Text 12", code: "0012", words: null },
    ]);
    expect(await session.query("SELECT count(*)::int AS count FROM empty")).toEqual([{ count: 0 }]);
  });
});

test.each(["LATIN1", "SQL_ASCII"])(
  "a database in %s: bytes that are kept stay as they are, others are masked",
  async (encoding) => {
    const name = `in_${encoding.toLowerCase()}`;
    await withSession(server.odoo, (session) =>
      session.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`),
    );
    const production = { ...server.odoo, database: name };
    const bytes = "SELECT id, encode(note::bytea, 'hex') AS note FROM people ORDER BY id";
    const before = await withSession(production, async (session) => {
      await session.query("CREATE TABLE people (id serial PRIMARY KEY, name text, email text, note text)");
      await session.query(
        String.raw`INSERT INTO people (name, email, note) SELECT convert_from('\x476568e96d', getdatabaseencoding()),
        convert_from('\x6a6f73e940676568656d2e74657374', getdatabaseencoding()), convert_from('\x636166e9', getdatabaseencoding()) FROM generate_series(1, 3)`,
      );
      return await session.query(bytes);
    });
    const rules = [
      { columns: "people.name", mask: "name" },
      { columns: "people.email", mask: "email" },
      { columns: "people.note", keep: "test" },
    ];
    await withSession(await copyOf(production, { rules }), async (session) => {
      expect(await session.query(bytes)).toEqual(before);
      expect(await session.query("SELECT name, email FROM people WHERE id = 2")).toEqual([
        { name: "People 2", email: "people-2@example.invalid" },
      ]);
      expect(await session.query("SELECT getdatabaseencoding() AS encoding")).toEqual([{ encoding }]);
    });
  },
);
