import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, quoteIdent, withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshOptions } from "../../../src/refresh/request.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase, makeInstance, quietDeps, requestFor } from "../refresh/ground.ts";
import { copyInto, fingerprint, keepAll } from "./ground.ts";

let servers: Map<number, PostgresServer>;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "refresh-kinds-"));
  servers = new Map([
    [17, await startPostgres({ version: 17 })],
    [18, await startPostgres({ version: 18 })],
  ]);
});
afterAll(async () => {
  for (const server of servers.values()) await server.stop();
  await rm(dir, { recursive: true, force: true });
});

const serverOf = (version: number) => servers.get(version) as PostgresServer;
const LONG = `${"ü".repeat(30)}"t"`;

/** One table of each kind of column that the binary format knows, and one that must travel as text. */
const TYPES = `
  CREATE EXTENSION citext;
  CREATE TYPE mood AS ENUM ('fine', 'sad "quoted"');
  CREATE TYPE pair AS (a int, b text);
  CREATE DOMAIN code AS varchar(5) CHECK (VALUE <> 'never');
  CREATE TABLE portable (id int8 GENERATED ALWAYS AS IDENTITY, b bool, s int2, r float4, d float8, n numeric(12, 3), m money, c char(4),
    v varchar(9), t text, x citext, y bytea, u uuid, j json, jb jsonb, at timestamptz, day date, span interval, ip inet, net cidr,
    bits bit(3), p point, feeling mood, short code, many text[], matrix int[][], sum numeric GENERATED ALWAYS AS (n * 2) STORED);
  INSERT INTO portable (b, s, r, d, n, m, c, v, t, x, y, u, j, jb, at, day, span, ip, net, bits, p, feeling, short, many, matrix)
  SELECT n % 2 = 0, n, 1.1 / n, 'NaN', n / 3.0, n, 'ab', 'v' || n, E'tab\\t\\\\line\\n' || n, 'MiXed', decode('00ff5c6e', 'hex'), md5(n::text)::uuid,
         '{"a": 1}', '{"b": [null]}', 'infinity', '4713-01-01 BC', '1 mon -3 days', '10.0.0.1/8', '10.0.0.0/8', B'101', '(1,2)', 'sad "quoted"',
         'abc', ARRAY['x', NULL, '"'], ARRAY[[1, 2], [3, 4]] FROM generate_series(1, 500) n;
  INSERT INTO portable (b) SELECT NULL FROM generate_series(1, 10);
  CREATE TABLE composed (id int, parts pair, moods mood[], names citext[], during int4range);
  INSERT INTO composed SELECT n, (n, 'b'::text)::pair, ARRAY['fine']::mood[], ARRAY['A']::citext[], int4range(1, n + 1) FROM generate_series(1, 300) n;
  CREATE TABLE bare ();
  INSERT INTO bare SELECT FROM generate_series(1, 70);
  CREATE TABLE ${quoteIdent(LONG)} (${quoteIdent(LONG)} int, "a ""b""" text);
  INSERT INTO ${quoteIdent(LONG)} SELECT n, 'x' FROM generate_series(1, 50) n;
  CREATE TABLE parted (id int, note text) PARTITION BY RANGE (id);
  CREATE TABLE parted_low PARTITION OF parted FOR VALUES FROM (0) TO (100);
  CREATE TABLE parted_high PARTITION OF parted FOR VALUES FROM (100) TO (1000);
  INSERT INTO parted SELECT n, 'n' FROM generate_series(0, 999) n;
  CREATE TABLE heir (more text) INHERITS (bare);
  INSERT INTO heir SELECT 'm' FROM generate_series(1, 30);
  CREATE UNLOGGED TABLE fast (id int); INSERT INTO fast SELECT generate_series(1, 20);`;

const TABLES = ["portable", "composed", quoteIdent(LONG), "parted", "heir", "fast"];

test.each([
  [17, 17],
  [17, 18],
  [18, 18],
])(
  "every kind of table and type arrives as it was, whole and in pieces, from PostgreSQL %i to %i",
  async (from, to) => {
    const name = `kinds_${from}_${to}`;
    const source = await makeDatabase(serverOf(from).admin, name, TYPES);
    for (const [copy, choice] of Object.entries({ whole: {}, pieces: { pieceBytes: 8192 } })) {
      const { target, copied } = await copyInto(serverOf(to).admin, `${name}_${copy}`, source, choice);
      for (const table of TABLES) expect(await fingerprint(target, table)).toEqual(await fingerprint(source, table));
      const [bare] = await withSession(target, (session) => session.query("SELECT count(*)::int AS n FROM ONLY bare"));
      expect(bare).toEqual({ n: 70 });
      expect(copied.find((table) => table.name === "portable")?.rows).toBe(510);
    }
  },
);

let runs = 0;

async function refresh(source: Connection, options: RefreshOptions) {
  runs += 1;
  const production = await makeInstance(dir, `from${runs}`, source);
  const staging = await makeInstance(dir, `to${runs}`, { ...serverOf(17).odoo, database: `to${runs}` });
  const rules = await keepAll(source);
  const result = await refreshDatabase(requestFor(production, staging, { rules, options }), quietDeps());
  return { result, target: { ...serverOf(17).odoo, database: `to${runs}` } };
}

test("large objects are counted and left out, or refused when the team says so", async () => {
  const source = await makeDatabase(
    serverOf(17).odoo,
    "objects",
    "CREATE TABLE pictures (id int PRIMARY KEY, data oid); INSERT INTO pictures VALUES (1, lo_from_bytea(0, 'secret')), (2, lo_from_bytea(0, 'other'))",
  );
  const { result, target } = await refresh(source, {});
  expect(result.warnings).toContainEqual(expect.stringContaining("2 large object(s)"));
  const [row] = await withSession(target, (session) =>
    session.query(
      "SELECT (SELECT count(*)::int FROM pictures) AS rows, (SELECT count(*)::int FROM pg_largeobject_metadata) AS objects",
    ),
  );
  expect(row).toEqual({ rows: 2, objects: 0 });
  await expect(refresh(source, { largeObjects: "refuse" })).rejects.toMatchObject({ code: "large-objects" });
});

test("foreign keys are validated when asked, and the slowest tables are told", async () => {
  const source = await makeDatabase(
    serverOf(17).odoo,
    "keys",
    `CREATE TABLE parents (id int PRIMARY KEY); CREATE TABLE children (id int PRIMARY KEY, parent int REFERENCES parents, other int REFERENCES parents);
     INSERT INTO parents SELECT generate_series(1, 100); INSERT INTO children SELECT n, n % 100 + 1, 1 FROM generate_series(1, 500) n`,
  );
  const validated = async (options: RefreshOptions) => {
    const { result, target } = await refresh(source, options);
    const states = await withSession(target, (session) =>
      session.query<{ convalidated: boolean }>("SELECT convalidated FROM pg_constraint WHERE contype = 'f'"),
    );
    return { states: states.map((row) => row.convalidated), slowest: result.slowest };
  };
  expect((await validated({})).states).toEqual([false, false]);
  const { states, slowest } = await validated({ validateForeignKeys: true });
  expect(states).toEqual([true, true]);
  expect(slowest.map(({ name, rows }) => ({ name, rows }))).toEqual(
    expect.arrayContaining([
      { name: "children", rows: 500 },
      { name: "parents", rows: 100 },
    ]),
  );
});
