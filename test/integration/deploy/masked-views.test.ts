import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withoutMaskedViews } from "../../../src/deploy/masked-views.ts";
import { closeDatabase, copyToWork, databaseNames } from "../../../src/deploy/restore-point.ts";
import { allowConnections } from "../../../src/environment/databases.ts";
import { countModules } from "../../../src/odoo/states.ts";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { fixture, makeDatabase, makeInstance, quietDeps, requestFor } from "../refresh/ground.ts";
import { RULES } from "../refresh-delta/ground.ts";
import { installGuard, psql } from "../refresh-guard/ground.ts";
import { guardAt } from "./guard-state.ts";

let dir: string;
let runs = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "masked-views-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const query = <T>(at: Connection, sql: string) => withSession(at, (session) => session.query<T>(sql));
const HOSTILE = `CREATE TABLE ir_module_module (id integer); CREATE TABLE "Odd ""; -- $do$ :name" (id integer, "va""l'ue" integer);`;

describe.each([14, 16, 18] as const)("on PostgreSQL %i", (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
  });
  afterAll(() => server?.stop());

  async function company(name: string) {
    const sql = await readFile(new URL("../refresh-delta/company.sql", import.meta.url), "utf8");
    const production = await makeDatabase(server.odoo, `${name}_production`, sql + HOSTILE);
    const target = await makeInstance(dir, `${version}-${name}-staging`, {
      ...production,
      database: `${name}_staging`,
    });
    const source = await makeInstance(dir, `${version}-${name}-production`, production);
    const admin = { ...server.admin, database: production.database };
    const install = () => installGuard(production, server.admin, RULES, `${name}_reader`);
    const { guarded: connection } = await install();
    const warnings: string[] = [];
    return {
      ...{ production, admin, install, warnings },
      update: (change: string) =>
        withoutMaskedViews(
          production,
          () => query(production, change),
          (warning) => void warnings.push(warning),
        ),
      refresh: () =>
        refreshDatabase(
          requestFor(source, target, {
            ...{ id: `${++runs}-1`, rules: RULES, connection },
            options: { requireEnforced: true },
          }),
          quietDeps(),
        ),
    };
  }

  test("an update that changes nothing leaves the guard exactly as it was, and the refresh reads through it", async () => {
    const at = await company("same");
    const before = await guardAt(at.admin);
    expect(before).toHaveProperty("view known.partners");
    expect(Object.entries(before).filter(([, state]) => !JSON.stringify(state).includes('"odoo"'))).toEqual([]);
    const seen = await at.update("SELECT count(*)::int AS views FROM pg_views WHERE schemaname = 'staging_mask'");
    expect(seen).toEqual([{ views: 0 }]);
    expect(await guardAt(at.admin)).toEqual(before);
    expect(at.warnings).toEqual([]);
    expect(await at.refresh()).toMatchObject({ activated: true, protectedBy: "server" });
  });

  test("types change and columns and tables go without CASCADE; what does not fit is named, and the refresh asks for a new guard", async () => {
    const at = await company("moved");
    const before = await guardAt(at.admin);
    await at.update(
      `ALTER TABLE messages ALTER COLUMN body TYPE varchar; DROP TRIGGER partners_shout ON partners;
       ALTER TABLE partners DROP COLUMN email; DROP TABLE codes;
       ALTER TABLE countries ADD COLUMN flag integer`,
    );
    const after = await guardAt(at.admin);
    const gone = Object.keys(before).filter((name) => !(name in after));
    expect(gone.sort()).toEqual(["view codes", "view known.partners", "view partners"]);
    for (const name of gone) delete before[name];
    // PostgreSQL writes the casts of another type into the definition; all else is as it was.
    const rest = ({ "view messages": messages, ...others }: Record<string, unknown>) => [
      others,
      (messages as unknown[]).slice(1),
    ];
    expect(rest(after)).toEqual(rest(before));
    expect(at.warnings).toEqual([
      expect.stringMatching(/^3 of \d+ masked views .* gone: codes, partners, known\.partners\. .*generate-guard/),
    ]);
    await expect(at.refresh()).rejects.toMatchObject({
      code: "guard-outdated",
      message: expect.stringMatching(
        /countries: new column flag[\s\S]*messages: shows other values[\s\S]*partners: has no view/,
      ),
      remedy: expect.stringContaining("generate-guard"),
    });
    await at.install();
    expect(await at.refresh()).toMatchObject({ activated: true, protectedBy: "server" });
  });

  test("a column that is dropped and made again, or that moved, is read by its name", async () => {
    const at = await company("order");
    await at.update(
      "ALTER TABLE tags DROP COLUMN tag; ALTER TABLE tags ADD COLUMN label integer, ADD COLUMN tag integer NOT NULL DEFAULT 7",
    );
    expect(at.warnings).toEqual([]);
    await expect(at.refresh()).rejects.toMatchObject({
      code: "guard-outdated",
      message: expect.stringContaining("tags: new column label"),
    });
  });

  test("an update that fails changes the guard of the copy alone", async () => {
    const at = await company("failed");
    const names = databaseNames(at.production.database, "20261125t190000-0123456789ab-1f2e");
    const before = await guardAt(at.admin);
    const known = await withSession(at.production, countModules);
    await withSession(server.odoo, async (admin) => {
      await closeDatabase(admin, names.live);
      await copyToWork(admin, at.production, names, known);
      await allowConnections(admin, names.work, true);
      const work = { ...at.production, database: names.work };
      const broken = () =>
        withSession(work, (session) => session.query("ALTER TABLE messages DROP COLUMN body; SELECT 1 / 0"));
      await expect(withoutMaskedViews(work, broken, expect.fail)).rejects.toThrow();
      const inCopy = await guardAt({ ...at.admin, database: names.work });
      expect(Object.keys(inCopy).sort()).toEqual(["function", "schema"]);
      await allowConnections(admin, names.live, true);
    });
    expect(await guardAt(at.admin)).toEqual(before);
    expect(await at.refresh()).toMatchObject({ activated: true, protectedBy: "server" });
  });

  test("views of another role stay, which is said before the update, and those that CASCADE took are named", async () => {
    const at = await company("foreign");
    await query(
      at.admin,
      `ALTER SCHEMA staging_mask OWNER TO admin;
       DO 'DECLARE one record; BEGIN FOR one IN SELECT * FROM pg_views WHERE schemaname = ''staging_mask'' LOOP
             EXECUTE format(''ALTER VIEW staging_mask.%I OWNER TO admin'', one.viewname); END LOOP; END'`,
    );
    const before = await guardAt(at.admin);
    const retype = "ALTER TABLE countries ALTER COLUMN name TYPE varchar";
    await expect(at.update(retype)).rejects.toMatchObject({ sqlState: "0A000" });
    expect(at.warnings.splice(0)).toEqual([
      expect.stringMatching(/stay while the modules are updated, since role odoo cannot drop them.*guard\.sql/),
    ]);
    expect(await guardAt(at.admin)).toEqual(before);
    await at.update("ALTER TABLE partners DROP COLUMN email CASCADE");
    expect(at.warnings[1]).toMatch(
      /^2 of \d+ masked views .* are gone: (partners, known.partners|known.partners, partners)\./,
    );
    await expect(at.refresh()).rejects.toMatchObject({ code: "guard-outdated" });
  });

  test("a view that reads a masked one is not lost with it", async () => {
    const at = await company("reader");
    await query(at.admin, "CREATE VIEW public.own AS SELECT id FROM staging_mask.countries");
    const before = await guardAt(at.admin);
    await at.update("SELECT 1");
    expect(at.warnings).toEqual([expect.stringContaining("stay while the modules are updated")]);
    expect(await guardAt(at.admin)).toEqual(before);
    expect(await query(at.production, "SELECT FROM pg_views WHERE viewname = 'own'")).toHaveLength(1);
  });

  test("a schema of that name that is somebody else's is left alone", async () => {
    const production = await makeDatabase(server.odoo, "other_production", await fixture("everything.sql"));
    await query(production, "CREATE SCHEMA staging_mask; CREATE VIEW staging_mask.theirs AS SELECT 1 AS one");
    const sql = "SELECT viewname AS name FROM pg_views WHERE schemaname = 'staging_mask'";
    const seen = await withoutMaskedViews(production, () => query(production, sql), expect.fail);
    expect(seen).toEqual([{ name: "theirs" }]);
  });

  test("the script leaves the views to its administrator when the tables belong to several roles", async () => {
    const at = await company("several");
    await query(at.admin, "CREATE TABLE public.foreigner (id integer)");
    const { guard } = await at.install();
    expect(await psql(at.admin, guard.sql)).toMatch(/do not belong to one role, so the views stay with admin/);
    const owners = await query(
      at.admin,
      "SELECT DISTINCT viewowner AS owner FROM pg_views WHERE schemaname = 'staging_mask'",
    );
    expect(owners).toEqual([{ owner: "admin" }]);
    expect(await at.refresh()).toMatchObject({ activated: true, protectedBy: "server" });
  });
});
