import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshOptions } from "../../../src/refresh/request.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { RULES as EVERYTHING, fixture, makeDatabase, makeInstance, quietDeps, requestFor } from "../refresh/ground.ts";
import { bothSides, RULES } from "../refresh-delta/ground.ts";
import { installGuard, psql, relations } from "./ground.ts";

const DAY = 86_400_000;
let dir: string;
let runs = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "refresh-guard-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const query = <T>(at: Connection, sql: string) => withSession(at, (session) => session.query<T>(sql));

describe.each([14, 16, 18] as const)("on PostgreSQL %i", (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
  });
  afterAll(() => server?.stop());

  async function company(name: string, rules = RULES, sql?: string) {
    const text = sql ?? (await readFile(new URL("../refresh-delta/company.sql", import.meta.url), "utf8"));
    const production = await makeDatabase(server.odoo, `${name}_production`, text);
    const staging = { ...server.odoo, database: `${name}_staging` };
    const source = await makeInstance(dir, `${version}-${name}-production`, production);
    const target = await makeInstance(dir, `${version}-${name}-staging`, staging);
    const admin = { ...server.admin, database: production.database };
    const role = `${name}_reader`;
    const install = (now = rules) => installGuard(production, server.admin, now, role);
    const { guarded: connection, guard } = await install();
    const refresh = (options: RefreshOptions = {}, now = rules) => {
      runs += 1;
      const more = { id: `${runs}-1`, rules: now, connection };
      return refreshDatabase(
        requestFor(source, target, { ...more, options: { requireEnforced: true, verify: "hash", ...options } }),
        quietDeps(),
      );
    };
    return { production, staging, admin, connection, guard, role, install, refresh };
  }

  test("the same rows arrive through masked views, in full and as a delta", async () => {
    const at = await company("rows");
    const full = await at.refresh({ mode: "auto", goldenMs: DAY });
    expect(full).toMatchObject({ activated: true, way: { kind: "full" }, protectedBy: "server" });
    const same = await bothSides(at.production, at.staging, server.admin);
    expect(same.actual.partners).toHaveLength(2000);
    expect(same.actual).toEqual(same.expected);
    await query(
      at.production,
      `UPDATE partners SET name = 'Secret again' WHERE id = 5; DELETE FROM messages WHERE id % 100 = 1;
       INSERT INTO keyless VALUES ('Secret new', 1); UPDATE parts SET note = 'Secret' WHERE id = 3;
       SELECT nextval('partners_id_seq'), nextval('partners_id_seq')`,
    );
    const delta = await at.refresh({ mode: "delta", goldenMs: DAY });
    expect(delta).toMatchObject({ way: { kind: "delta" }, protectedBy: "server" });
    const after = await bothSides(at.production, at.staging, server.admin);
    expect(after.actual).toEqual(after.expected);
    const next = "SELECT last_value::int, is_called FROM partners_id_seq";
    expect(await query(at.staging, next)).toEqual(await query(at.production, next));
    const [manifest] = await query<{ by: string; clean: string }>(
      at.staging,
      "SELECT manifest ->> 'protectedBy' AS by, manifest ->> 'clean' AS clean FROM _pipeline.manifest",
    );
    expect(manifest).toEqual({ by: "server", clean: "true" });
  });

  test("one of everything is copied", async () => {
    const at = await company("everything", EVERYTHING, await fixture("everything.sql"));
    const result = await at.refresh();
    expect(result).toMatchObject({ activated: true, protectedBy: "server" });
    const schemas = await query(at.staging, "SELECT FROM pg_namespace WHERE nspname = 'staging_mask'");
    expect(schemas).toEqual([]);
    const secrets = await query(at.staging, "SELECT FROM people p WHERE p::text ~ 'Secret'");
    expect(secrets).toEqual([]);
  });

  test("the role reads the views and nothing else, whatever it tries", async () => {
    const at = await company("closed");
    await query(at.admin, "ANALYZE; SELECT lo_from_bytea(0, 'Secret')");
    const all = await relations(at.admin);
    expect(all).toContain("public.partners");
    await withSession(at.connection, async (session) => {
      const refused = (sql: string) => expect(session.query(sql), sql).rejects.toMatchObject({ sqlState: "42501" });
      for (const name of all) {
        await refused(`SELECT * FROM ${name}`);
        await refused(`SELECT ctid FROM ${name}`);
        await refused(`COPY ${name} TO STDOUT`);
        await refused(`TABLE ${name}`);
      }
      for (const column of ["id", "name", "email"]) await refused(`SELECT ${column} FROM public.partners`);
      await refused("SELECT count(*) FROM public.partners");
      await refused("DO 'BEGIN LOCK TABLE public.partners IN ACCESS SHARE MODE; END'");
      await refused("UPDATE staging_mask.partners SET id = id");
      await refused("INSERT INTO staging_mask.countries (id) VALUES (1000)");
      await refused("CREATE VIEW staging_mask.mine AS SELECT 1");
      await refused("SET ROLE odoo");
      await refused("COPY (SELECT 1) TO PROGRAM 'cat'");
      await refused("SELECT * FROM pg_statistic");
      await refused("SELECT * FROM pg_largeobject");
      await refused("SELECT lo_get(oid) FROM pg_largeobject_metadata");
      const statistics = await session.query(
        "SELECT tablename, most_common_vals, histogram_bounds FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
      );
      expect(statistics).toEqual([]);
    });
  });

  test("a function that tells what it sees is not called before the masks", async () => {
    const at = await company("leaky");
    await query(at.admin, "CREATE INDEX ON messages (body); ANALYZE");
    await withSession(at.connection, async (session) => {
      await session.query(
        `CREATE TEMP TABLE seen (value text);
         CREATE FUNCTION pg_temp.leak(text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql AS
           'BEGIN INSERT INTO pg_temp.seen VALUES ($1); RETURN true; END';
         CREATE OPERATOR pg_temp.~~~ (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq)`,
      );
      await session.query(
        "SET odoo_pipeline.mask_key = 'mine'; SET odoo_pipeline.scan_key = 'mine'; SET odoo_pipeline.scan_seed = '1'",
      );
      for (const [view, column] of [
        ["partners", "name"],
        ["partners", "email"],
        ["messages", "body"],
        ['"known.partners"', "hash"],
      ]) {
        await session.query(
          `SELECT FROM staging_mask.${view} WHERE pg_temp.leak(${column}) AND pg_temp.leak(${column}::text)`,
        );
        await session.query(`SELECT v FROM staging_mask.${view} AS v WHERE pg_temp.leak(v::text)`);
      }
      const [all] = await session.query<{ all: number; secret: number }>(
        "SELECT count(*)::int AS all, count(*) FILTER (WHERE value ~* 'secret')::int AS secret FROM seen",
      );
      expect(all?.all).toBeGreaterThan(10_000);
      expect(all?.secret).toBe(0);
      await expect(session.query("ALTER FUNCTION pg_temp.leak(text) LEAKPROOF")).rejects.toMatchObject({
        sqlState: "42501",
      });
      const plan = await session.query<{ "QUERY PLAN": string }>(
        "EXPLAIN SELECT * FROM staging_mask.messages WHERE body = 'Secret 5'",
      );
      expect(plan.map((row) => row["QUERY PLAN"]).join("\n")).not.toContain("Index");
    });
  });

  test("a range of pages is read as one, through the view", async () => {
    const at = await company("ranges");
    const plan = await query<{ "QUERY PLAN": string }>(
      at.connection,
      "EXPLAIN SELECT t.id FROM ONLY staging_mask.messages AS t WHERE (t.ctid >= '(1,0)' AND t.ctid < '(3,0)')",
    );
    expect(plan.map((row) => row["QUERY PLAN"]).join("\n")).toContain("Tid Range Scan");
  });

  test("a new column or another plan is refused as outdated, until the guard is made again", async () => {
    const at = await company("drift");
    await at.refresh();
    await query(
      at.production,
      "ALTER TABLE partners ADD COLUMN nickname text; ALTER TABLE tags ADD COLUMN weight integer",
    );
    const rules = [{ columns: "partners.nickname", mask: "name" }, ...RULES];
    await expect(at.refresh({}, rules)).rejects.toMatchObject({
      code: "guard-outdated",
      message: expect.stringMatching(/partners: new column nickname[\s\S]*tags: new column weight/),
    });
    await at.install(rules);
    expect(await at.refresh({}, rules)).toMatchObject({ activated: true, protectedBy: "server" });
    const other = [{ columns: "messages.*", mask: "html" }, ...rules];
    await expect(at.refresh({}, other)).rejects.toMatchObject({
      code: "guard-outdated",
      message: expect.stringContaining("messages: shows other values"),
    });
    // As Odoo removes a field; the view goes with the column, and production is not hindered.
    await query(at.production, "ALTER TABLE partners DROP COLUMN email CASCADE");
    await expect(at.refresh({}, rules)).rejects.toMatchObject({
      code: "guard-outdated",
      message: expect.stringContaining("partners: has no view"),
    });
  });

  test("the script refuses a role with other work, and can be undone", async () => {
    const at = await company("script");
    const owner = at.guard.sql.replaceAll('"script_reader"', '"odoo"').replaceAll("'script_reader'", "'odoo'");
    await expect(psql(at.admin, owner)).rejects.toThrow(/may do more|owns something/);
    await expect(psql(server.admin, at.guard.sql)).rejects.toThrow(/This is database postgres/);
    await psql(at.admin, at.guard.sql);
    expect(await at.refresh()).toMatchObject({ activated: true });
    await query(at.admin, "GRANT SELECT ON countries TO PUBLIC");
    expect(await psql(at.admin, at.guard.sql)).toMatch(/can still read public.countries/);
    await expect(at.refresh()).rejects.toMatchObject({
      code: "not-enforced",
      message: expect.stringContaining("script_reader can read public.countries"),
    });
    expect(await at.refresh({ requireEnforced: false })).toMatchObject({ activated: true, protectedBy: "plan" });
    await psql(at.admin, at.guard.remove);
    expect(await query(at.admin, "SELECT FROM pg_roles WHERE rolname = 'script_reader'")).toEqual([]);
    expect(await query(at.admin, "SELECT FROM pg_namespace WHERE nspname = 'staging_mask'")).toEqual([]);
    await query(at.admin, "CREATE SCHEMA staging_mask");
    await expect(psql(at.admin, at.guard.sql)).rejects.toThrow(/not made by a script like this/);
  });

  test("names of 63 bytes, with quotes, and two that meet when they are cut", async () => {
    const long = "a".repeat(62);
    const names = [
      ...[
        `"${long}1"`,
        `"${long}2"`,
        `"Odd ""; DROP TABLE x; -- $do$ :name"`,
        '"s.t"',
        '"known.partners"',
        '"pipeline.models"',
        '"ä€ ~"',
      ],
      ...[`s."${long}1"`, `s."${long}2"`, "s.t", `"${"ü".repeat(31)}".t`, `"it's $body$".t`],
    ];
    const tables = names.map(
      (name, at) =>
        `CREATE TABLE ${name} (id integer, "va""l'ue" text); INSERT INTO ${name} VALUES (${at}, 'Secret ${at}')`,
    );
    const sql = `CREATE SCHEMA s; CREATE SCHEMA "${"ü".repeat(31)}"; CREATE SCHEMA "it's $body$"; CREATE SEQUENCE "se""q'$body$"; SELECT nextval('"se""q''$body$"'); ${tables.join(";")}`;
    const at = await company("hostile", [{ columns: "*.*", mask: "name" }], sql);
    expect(await at.refresh()).toMatchObject({ activated: true, protectedBy: "server", rows: names.length });
    for (const [index, name] of names.entries()) {
      expect(await query(at.staging, `SELECT id, "va""l'ue" ~ 'Secret' AS secret FROM ${name}`)).toEqual([
        { id: index, secret: false },
      ]);
    }
  });
});
