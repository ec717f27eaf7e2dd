import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase, makeInstance, quietDeps, requestFor } from "../refresh/ground.ts";
import { keepAll } from "./ground.ts";

// Objects that the refresh cannot copy, or that staging must not have, stay behind by a rule with a reason.

let server: PostgresServer;
let dir: string;
let source: Connection;

const WORLD = `
  CREATE TABLE orders (id int PRIMARY KEY, note text);
  INSERT INTO orders SELECT n, 'n' FROM generate_series(1, 20) n;
  CREATE MATERIALIZED VIEW never_filled AS SELECT * FROM orders WITH NO DATA;
  CREATE MATERIALIZED VIEW filled AS SELECT * FROM orders;
  CREATE EXTENSION postgres_fdw;
  CREATE SERVER "Rates" FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'rates.invalid');
  CREATE USER MAPPING FOR PUBLIC SERVER "Rates" OPTIONS (user 'reader', password 'secret');
  CREATE FOREIGN TABLE rates (currency text DEFAULT 'EUR', rate numeric) SERVER "Rates";
  CREATE VIEW rates_of_today AS SELECT * FROM rates;
  CREATE VIEW dear_rates AS SELECT * FROM rates_of_today WHERE rate > 2;
  CREATE FUNCTION audit() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''changed''; END';
  CREATE EVENT TRIGGER audit ON ddl_command_end EXECUTE FUNCTION audit();
  CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);
  CREATE COLLATION german (provider = icu, locale = 'de');
  CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
  CREATE POLICY tenant ON orders USING (true);
  ALTER TABLE orders ENABLE ROW LEVEL SECURITY;`;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "left-out-"));
  server = await startPostgres();
  source = await makeDatabase(server.admin, "left_out", WORLD);
});
afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

const ALL = [
  ...["aggregate public.total", "collation public.german", "event trigger audit", "foreign server Rates"],
  ...["foreign table public.rates", "policy tenant on public.orders", "row security on public.orders"],
  "text search configuration public.words",
];
const VIEWS = ["view public.dear_rates", "view public.rates_of_today"];
const reason = "staging does without";

let runs = 0;
async function refresh(objects: string[]) {
  runs += 1;
  const target = { ...server.admin, database: `copy${runs}` };
  const [production, staging] = [
    await makeInstance(dir, `from${runs}`, source),
    await makeInstance(dir, `to${runs}`, target),
  ];
  const rules = await keepAll(source);
  const leaveOut = objects.map((object) => ({ object, reason }));
  const result = await refreshDatabase(requestFor(production, staging, { rules, leaveOut }), quietDeps());
  return { result, target };
}

test("each is named at once, with the lines to paste, in any order of names", async () => {
  const failure = await refresh([]).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "unsupported-objects" });
  const { message, remedy } = failure as { message: string; remedy: string };
  const names = message.replace(/^.*?cannot copy: |\.$/g, "").split("; ");
  expect(names.toSorted()).toEqual(ALL.toSorted());
  for (const object of ALL) expect(remedy).toContain(`- { object: ${JSON.stringify(object)}, reason: "..." }`);
});

test("what needs an object that is left out is named", async () => {
  await expect(refresh(ALL)).rejects.toMatchObject({
    code: "left-out-needed",
    message: expect.stringContaining("view public.rates_of_today needs foreign table public.rates"),
  });
  await expect(refresh([...ALL, "view public.rates_of_today"])).rejects.toMatchObject({
    code: "left-out-needed",
    message: expect.stringContaining("view public.dear_rates needs view public.rates_of_today"),
  });
});

test("the copy has the rest; what is left out, and why, is told", async () => {
  const { result, target } = await refresh([...ALL, ...VIEWS, "function public.gone()"]);
  for (const object of [...ALL, ...VIEWS])
    expect(result.warnings).toContain(`Left out of the copy: ${object} (${reason}).`);
  expect(result.warnings).toContain(
    'refresh.leave_out names "function public.gone()", which production does not have.',
  );
  const [copy] = await withSession(target, (session) =>
    session.query(`
      SELECT (SELECT count(*)::int FROM orders) AS orders, (SELECT count(*)::int FROM filled) AS filled,
             (SELECT relispopulated FROM pg_class WHERE relname = 'never_filled') AS never_filled,
             (SELECT relrowsecurity FROM pg_class WHERE relname = 'orders') AS row_security,
             (SELECT count(*)::int FROM pg_class WHERE relname ~ 'rates') AS rates,
             (SELECT count(*)::int FROM pg_foreign_server) AS servers, (SELECT count(*)::int FROM pg_event_trigger) AS triggers`),
  );
  expect(copy).toEqual({
    ...{ orders: 20, filled: 20, never_filled: false, row_security: false },
    ...{ rates: 0, servers: 0, triggers: 0 },
  });
});
