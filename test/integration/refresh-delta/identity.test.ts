import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, quoteIdent, withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshDeps, RefreshOptions } from "../../../src/refresh/request.ts";
import { type OneServer, type Pair, quietDeps, requestFor, startOneServer } from "../refresh/ground.ts";

// Rows that are older than a golden copy, and yet are not those that it holds.
const SQL = `
  CREATE TABLE stock (id integer PRIMARY KEY, amount integer, counted integer);
  INSERT INTO stock SELECT i, i, i FROM generate_series(1, 20) i;
  CREATE TABLE mine (amount integer); INSERT INTO mine VALUES (1);
  CREATE TABLE yours (amount integer); INSERT INTO yours VALUES (2);`;
const ROWS = `SELECT (SELECT json_agg(s ORDER BY id) FROM stock s)::text AS stock,
                     (SELECT json_agg(m) FROM mine m)::text AS mine, (SELECT json_agg(y) FROM yours y)::text AS yours`;

let one: OneServer;
let runs = 0;

beforeAll(async () => {
  one = await startOneServer();
});

afterAll(() => one?.stop());

const on = (connection: Connection, sql: string) => withSession(connection, (session) => session.query(sql));

const ground = (name: string) => one.pair(name, SQL);

function refresh({ source, target }: Pair, options: RefreshOptions, deps: RefreshDeps = quietDeps()) {
  runs += 1;
  const asked = { id: `${runs}-1`, rules: [], options: { goldenMs: 86_400_000, ...options } };
  return refreshDatabase(requestFor(source, target, asked), deps);
}

async function expectSameRows({ production, staging }: Pair) {
  expect(await on(staging, ROWS)).toEqual(await on(production, ROWS));
}

test("a column that is dropped and made again has no values, although no row was written", async () => {
  const at = await ground("column");
  await refresh(at, { mode: "full" });
  await on(at.production, "ALTER TABLE stock DROP COLUMN counted; ALTER TABLE stock ADD COLUMN counted integer");
  const { way } = await refresh(at, { mode: "delta" });
  expect(way).toMatchObject({ kind: "full", because: expect.stringContaining("made anew") });
  await expectSameRows(at);
});

test("tables that changed their names are told apart", async () => {
  const at = await ground("names");
  await refresh(at, { mode: "full" });
  await on(
    at.production,
    "ALTER TABLE mine RENAME TO x; ALTER TABLE yours RENAME TO mine; ALTER TABLE x RENAME TO yours",
  );
  const { way } = await refresh(at, { mode: "delta" });
  expect(way).toMatchObject({ kind: "full", because: expect.stringContaining("made anew") });
  await expectSameRows(at);
});

test("a restore point that took production's place has older rows than the golden copy", async () => {
  const at = await ground("restored");
  const { database } = at.production;
  const rename = (from: string, to: string) =>
    on(one.server.odoo, `ALTER DATABASE ${quoteIdent(from)} RENAME TO ${quoteIdent(to)}`);
  await on(one.server.odoo, `CREATE DATABASE restore_point TEMPLATE ${quoteIdent(database)}`);
  await on(at.production, "UPDATE stock SET amount = 1000 WHERE id = 7");
  await refresh(at, { mode: "full" });
  await rename(database, "failed");
  await rename("restore_point", database);
  const { way } = await refresh(at, { mode: "delta" });
  expect(way).toMatchObject({ kind: "full", because: expect.stringContaining("another database") });
  await expectSameRows(at);
});

test("where no golden copy is to be kept any more, the old one goes with its key", async () => {
  const at = await ground("unkept");
  expect((await refresh(at, { mode: "full" })).golden).toBeDefined();
  await refresh(at, { mode: "full", goldenMs: 0 });
  const left = "SELECT datname FROM pg_database WHERE starts_with(datname, 'unkept_staging__')";
  expect(await on(one.server.odoo, left)).toEqual([{ datname: `unkept_staging__prev_${runs}-1` }]);
});

test("what is written while the golden copy is made is a change, also for who trusts the statistics", async () => {
  const at = await ground("counted");
  let written: Promise<unknown> | undefined;
  const deps = quietDeps();
  await refresh(
    at,
    { mode: "full" },
    {
      ...deps,
      onPhase: (phase, status) => {
        if (phase !== "schema" || status !== "begin") return;
        written = on(at.production, "UPDATE stock SET amount = 1000 WHERE id = 7; SELECT pg_stat_force_next_flush()");
      },
    },
  );
  await written;
  const { way } = await refresh(at, { mode: "delta", trustStatistics: true });
  expect(way).toMatchObject({ kind: "delta", changed: { tables: 1, rows: 1 } });
  await expectSameRows(at);
});
