import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { generateGuardCommand } from "../../../src/refresh/guard/generate-command.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { type Ground, makeGround } from "../refresh-faults/ground.ts";
import { psql, relations } from "./ground.ts";

let server: PostgresServer;
let ground: Ground;
let admin: Connection;
let connection: Connection;

beforeAll(async () => {
  server = await startPostgres({ version: 16 });
  ground = await makeGround(server, server);
  admin = { ...server.admin, database: ground.source.database };
  connection = { ...ground.source, user: "reader", password: "reader-password" };
});
afterAll(async () => {
  await server?.stop();
  await ground?.remove();
});

const through = (id: string) => ground.request(id, { requireEnforced: true, verify: "hash" }, { connection });
const sql = <T>(at: Connection, text: string) => withSession(at, (session) => session.query<T>(text));

test("a role that can read nothing yet gets its guard in two parts, and the copy is a neutralized Odoo", async () => {
  await sql(admin, "CREATE ROLE reader LOGIN PASSWORD 'reader-password'");
  await expect(ground.refresh("1-1", { requireEnforced: true }, {}, { connection })).rejects.toMatchObject({
    code: "not-enforced",
    message: expect.stringContaining("finds no masked views"),
  });
  const first = await generateGuardCommand(through("2-1"));
  expect(first).toMatchObject({ role: "reader", database: ground.source.database });
  expect(first.planSha256).toBeUndefined();
  await psql(admin, first.sql);
  await expect(ground.refresh("3-1", {}, {}, { connection })).rejects.toMatchObject({ code: "guard-outdated" });

  const second = await generateGuardCommand(through("4-1"));
  const byOwner = await generateGuardCommand(ground.request("5-1"));
  expect(second.planSha256).toBe(byOwner.planSha256);
  expect(second.sql.replaceAll("reader", "odoo_refresh")).toBe(byOwner.sql);
  await psql(admin, second.sql);

  const result = await ground.refresh("6-1", { requireEnforced: true, verify: "hash" }, {}, { connection });
  expect(result).toMatchObject({ activated: true, protectedBy: "server", planSha256: second.planSha256 });
  expect(await ground.staged()).toBe("6-1");
  const [scan] = await sql<{ known: number; identity: string }>(
    ground.staging,
    `SELECT (SELECT sum(value::int)::int FROM jsonb_each_text(manifest -> 'scan' -> 'known')) AS known,
            jsonb_path_query_first(manifest, '$.checks[*] ? (@.name == "own database.uuid").outcome') #>> '{}' AS identity
       FROM _pipeline.manifest ORDER BY written_at DESC LIMIT 1`,
  );
  expect(scan?.known).toBeGreaterThan(0);
  expect(scan?.identity).toBe("passed");
});

test("no view shows a value that the plan masks", async () => {
  const views = await sql<{ name: string }>(
    admin,
    "SELECT format('staging_mask.%I', viewname) AS name FROM pg_views WHERE schemaname = 'staging_mask'",
  );
  expect(views.length).toBeGreaterThan(15);
  await withSession(connection, async (session) => {
    await session.query(
      "SET odoo_pipeline.mask_key = 'k'; SET odoo_pipeline.scan_key = 'k'; SET odoo_pipeline.scan_seed = '1'",
    );
    for (const { name } of views) {
      const shown = await session.query(`SELECT FROM ${name} AS v WHERE v::text ~* 'geheim|uuid-of-production'`);
      expect(shown, name).toEqual([]);
    }
    for (const name of await relations(admin)) {
      await expect(session.query(`SELECT * FROM ${name}`), name).rejects.toMatchObject({ sqlState: "42501" });
    }
  });
});

test("an update of Odoo that makes tables and sequences does not need the guard's consent, and makes it outdated", async () => {
  await sql(
    ground.source,
    "CREATE SEQUENCE ir_sequence_007; DROP SEQUENCE ir_sequence_007; CREATE SEQUENCE ir_sequence_008",
  );
  expect(await ground.refresh("7-1", {}, {}, { connection })).toMatchObject({ activated: true, protectedBy: "server" });
  await sql(ground.source, "UPDATE res_partner SET name = 'Other Company' WHERE id = 1");
  await expect(ground.refresh("8-1", {}, {}, { connection })).rejects.toMatchObject({
    code: "guard-outdated",
    message: expect.stringContaining("res_partner: shows other values"),
  });
  await sql(ground.source, "CREATE TABLE library_shelf (id serial PRIMARY KEY, library_note text)");
  await expect(ground.refresh("9-1", {}, {}, { connection })).rejects.toMatchObject({ code: "guard-outdated" });
});

test("what an update of Odoo cannot do while the views are there, it can when they are taken away", async () => {
  const retype = "ALTER TABLE library_note ALTER COLUMN note TYPE varchar";
  await expect(sql(ground.source, retype)).rejects.toMatchObject({ sqlState: "0A000" });
  await sql(admin, "DROP SCHEMA staging_mask CASCADE");
  await sql(ground.source, retype);
  await expect(ground.refresh("10-1", { requireEnforced: true }, {}, { connection })).rejects.toMatchObject({
    code: "not-enforced",
  });
});
