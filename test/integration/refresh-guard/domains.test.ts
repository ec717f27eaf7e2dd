import { afterAll, beforeAll, expect, test } from "vitest";
import type { RefreshRule } from "../../../src/environment/pipeline-schema.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { type OneServer, startOneServer } from "../refresh/ground.ts";
import { guardedPair } from "./ground.ts";

let one: OneServer;

beforeAll(async () => {
  one = await startOneServer();
});
afterAll(() => one?.stop());

const SQL = `CREATE DOMAIN word AS varchar(60) CONSTRAINT no_space CHECK (VALUE !~ '^ ');
  CREATE DOMAIN loud AS word CONSTRAINT shouted CHECK (VALUE = upper(VALUE));
  CREATE DOMAIN salary AS numeric CONSTRAINT paid CHECK (VALUE >= 0);
  CREATE TABLE people (id int PRIMARY KEY, nick word, cry loud, pay salary, boss salary,
    CONSTRAINT named CHECK (nick <> 'never' AND pay < 1000000));
  INSERT INTO people SELECT i, 'Secret ' || i, 'SECRET ' || i, 1000 + i, 7 FROM generate_series(1, 50) i`;
const RULES: RefreshRule[] = [
  { columns: "people.nick", mask: "name" },
  { columns: "people.cry", mask: "constant-single" },
  { columns: "people.pay", mask: "amount" },
  { columns: "people.boss", mask: "null" },
];

test("masked columns whose domains have a CHECK arrive through the views", async () => {
  const rules = [{ columns: "people.cry", mask: "null" }, ...RULES];
  const at = await guardedPair(one, "fits", SQL, rules);
  expect(await at.refresh()).toMatchObject({ activated: true, protectedBy: "server", rows: 50 });
  const rows = await withSession(at.staging, (session) =>
    session.query("SELECT DISTINCT nick ~ 'Secret' AS secret, cry, pay::int, boss FROM people"),
  );
  expect(rows).toEqual([{ secret: false, cry: null, pay: 1000, boss: null }]);
});

test("a mask that the CHECK of a domain forbids is told by that constraint's name", async () => {
  const at = await guardedPair(one, "misfit", SQL, RULES);
  await expect(at.refresh()).rejects.toMatchObject({
    code: "plan-misfit",
    message: "1 mask(s) do not fit the database:\n  people.cry: the masked value violates CHECK constraint shouted",
  });
});

test("a CHECK that the role may not evaluate is told as not measured, with what it lacks", async () => {
  const sql = `CREATE SCHEMA s; CREATE FUNCTION s.fine(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE TABLE people (id int PRIMARY KEY, nick text CONSTRAINT is_fine CHECK (s.fine(nick)));
    INSERT INTO people VALUES (1, 'Secret')`;
  const at = await guardedPair(one, "closed", sql, RULES);
  await expect(at.refresh()).rejects.toMatchObject({
    code: "check-not-measured",
    message: expect.stringMatching(/constraint is_fine, which reads nick, .*permission denied for schema s/),
    remedy: expect.stringContaining("USAGE of a schema"),
  });
  await withSession(at.production, (session) => session.query(`GRANT USAGE ON SCHEMA s TO ${at.role}`));
  expect(await at.refresh()).toMatchObject({ activated: true, protectedBy: "server" });
});

test("a type of a schema that the role may not use arrives through the views", async () => {
  const sql = `CREATE SCHEMA shop; CREATE TYPE shop.size AS ENUM ('S', 'M', 'L');
    CREATE TABLE goods (id int PRIMARY KEY, size shop.size NOT NULL);
    INSERT INTO goods VALUES (1, 'S'), (2, 'L')`;
  const at = await guardedPair(one, "goods", sql, []);
  expect(await at.refresh()).toMatchObject({ activated: true, protectedBy: "server", rows: 2 });
  const rows = await withSession(at.staging, (session) => session.query("SELECT id, size FROM goods ORDER BY id"));
  expect(rows).toEqual([
    { id: 1, size: "S" },
    { id: 2, size: "L" },
  ]);
});
