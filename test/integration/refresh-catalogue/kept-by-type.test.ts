import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, type Session } from "../../../src/platform/postgres.ts";
import { classify } from "../../../src/refresh/classification/classify.ts";
import { readFacts } from "../../../src/refresh/classification/facts.ts";
import { parseRules } from "../../../src/refresh/classification/rules.ts";
import { maskExpression } from "../../../src/refresh/plan/masks.ts";
import { planCopy } from "../../../src/refresh/plan/plan.ts";
import { maskShape } from "../../../src/refresh/plan/shapes.ts";
import { readSchema } from "../../../src/refresh/schema/read.ts";
import { scannedTables } from "../../../src/refresh/verify/scanned.ts";
import { column, noCatalogue } from "../../unit/refresh/facts.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase } from "../refresh/ground.ts";

// Types of the team's that can hold words, some of them called as a type of PostgreSQL that cannot.
const SQL = `
  CREATE EXTENSION hstore;
  CREATE TYPE public.date AS (who text);
  CREATE TYPE public.int4 AS (who text);
  CREATE TYPE public.person AS (who text, born pg_catalog.date);
  CREATE TYPE public.mood AS ENUM ('good', 'bad');
  CREATE DOMAIN public.money AS text;
  CREATE DOMAIN public.amount AS numeric CHECK (VALUE >= 0);
  CREATE TABLE public.parted (id pg_catalog.int4, words text) PARTITION BY RANGE (id);
  CREATE TABLE public.parted_1 PARTITION OF public.parted FOR VALUES FROM (0) TO (9);
  CREATE TABLE public.things (id pg_catalog.int4 PRIMARY KEY, as_date public.date, as_numbers public.int4[], composite public.person,
    composites public.person[], as_money public.money, monies public.money[], words text[], pairs hstore, vector tsvector, network inet,
    place point, range int4range, letters xml, bits varbit, many public.mood[],
    real_money pg_catalog.money, total public.amount, mood public.mood, born_at timestamptz, numbers pg_catalog.int4[]);
  INSERT INTO public.parted VALUES (1, 'x');
  INSERT INTO public.things (id) VALUES (1);
`;
const WORDS =
  `as_date as_numbers composite composites as_money monies words pairs vector network place range letters bits many`.split(
    " ",
  );

let server: PostgresServer;
let session: Session;

beforeAll(async () => {
  server = await startPostgres();
  session = await connect(await makeDatabase(server.odoo, "types", SQL), { search_path: "pg_catalog" });
});

afterAll(async () => {
  await session?.end();
  await server?.stop();
});

test("only what cannot hold words is kept for its type, whatever a type is called", async () => {
  const facts = await readFacts(session, await readSchema(session));
  const { tables, unclassified } = classify(facts, parseRules([]), noCatalogue);
  const names = unclassified.map(({ table, column }) => `${table}.${column}`);
  expect(names.sort()).toEqual([...WORDS.map((name) => `things.${name}`), "parted_1.words"].sort());
  const kept = tables.find(({ table }) => table.name === "things")?.columns.map(({ column }) => column.name);
  expect(kept).toEqual(["id", "real_money", "total", "mood", "born_at", "numbers"]);
});

test("what is proposed for them fits, and the proof looks at every one of them", async () => {
  const facts = await readFacts(session, await readSchema(session));
  const { unclassified } = classify(facts, parseRules([]), noCatalogue);
  const rules = parseRules(
    unclassified.map(({ table, column, suggestion }) => ({ columns: `${table}.${column}`, mask: suggestion })),
  );
  const plan = planCopy(classify(facts, rules, noCatalogue).tables, facts);
  expect(plan.problems).toEqual([]);
  const things = scannedTables(plan).filter(({ table }) => table.name === "things");
  expect(things.flatMap(({ columns }) => columns.map(({ column }) => column)).sort()).toEqual([...WORDS].sort());
});

test.each([
  ["company-dependent", '{"1": "a", "12": 7, "32475123456": "b", "bob": "c"}', ["1", "12"]],
  [
    "translated",
    '{"en_US": "a", "es_419": "b", "sr@latin": "c", "zh_Hans_CN": "d", "bob@smith": "e", "bob_Lee": "f", "32475123456": "g"}',
    ["en_US", "es_419", "sr@latin", "zh_Hans_CN"],
  ],
] as const)("mask %s: only languages and companies stay as keys", async (mask, value, keys) => {
  const context = {
    ...{ table: "t", column: column("v", "jsonb"), reads: new Set<string>() },
    subject: { table: "t", id: "t.id", own: true },
    reserved: { systemUsers: [], namedPartners: [], partnerNames: new Map<number, string>() },
  };
  const { pattern = "", without = "" } = maskShape(mask, { column: context.column, subjectTable: "t" }) ?? {};
  const [row] = await session.query<{ keys: string[]; fits: boolean; real: boolean }>(
    `SELECT array(SELECT jsonb_object_keys(m.v) ORDER BY 1) AS keys, replace(m.v::text, $3, '') ~ $2 AS fits, t.v::text ~ $2 AS real
       FROM (SELECT 7 AS id, $1::jsonb AS v) AS t, LATERAL (SELECT ${maskExpression(mask, context)}) AS m(v)`,
    [value, pattern, without],
  );
  expect(row).toEqual({ keys: [...keys].sort(), fits: true, real: false });
});
