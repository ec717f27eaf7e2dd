import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  closeDatabase,
  copyToWork,
  databaseNames,
  dropOldCopies,
  putWorkInPlace,
} from "../../../src/deploy/restore-point.ts";
import { copyDatabaseSettings } from "../../../src/environment/database-settings.ts";
import { allowConnections, dropDatabase } from "../../../src/environment/databases.ts";
import { checksumRules, storeChecksums, storedChecksums } from "../../../src/odoo/checksums.ts";
import { moduleStates, registryIsBusy, transientModules } from "../../../src/odoo/states.ts";
import { connect, type Session, withSession } from "../../../src/platform/postgres.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";

let server: PostgresServer;
let admin: Session;
const id = "20261125t190000-0123456789ab-1f2e";
const names = databaseNames("live", id);
const live = () => ({ ...server.odoo, database: "live" });

beforeAll(async () => {
  server = await startPostgres();
  admin = await connect(server.odoo);
  await admin.query("CREATE DATABASE live");
  await withSession(live(), (session) =>
    session.query(`
      CREATE TABLE ir_module_module (id serial, name text, state text, latest_version text);
      INSERT INTO ir_module_module (name, state, latest_version) VALUES ('base', 'installed', '19.0.1.3'), ('shop', 'to upgrade', '1');
      CREATE TABLE ir_config_parameter (id serial, key text, value text, create_date timestamp, write_date timestamp);
      CREATE TABLE res_lang (code text, active boolean);
      INSERT INTO res_lang VALUES ('nl_BE', true), ('fr_FR', false);`),
  );
});

afterAll(async () => {
  await admin?.end();
  await server?.stop();
});

test("checksums are kept in click-odoo-update's own place", async () => {
  await withSession(live(), async (session) => {
    expect(await storedChecksums(session)).toBeUndefined();
    await storeChecksums(session, { shop: "ab", base: false });
    await storeChecksums(session, { shop: "cd", base: false });
    expect(await storedChecksums(session)).toEqual({ base: false, shop: "cd" });
    const rows = await session.query("SELECT key, value FROM ir_config_parameter");
    expect(rows).toEqual([{ key: "module_auto_update.installed_checksums", value: '{"base":false,"shop":"cd"}' }]);
    await session.query(
      "INSERT INTO ir_config_parameter (key, value) VALUES ('module_auto_update.exclude_patterns', '*.pyc, doc/*')",
    );
    expect(await checksumRules(session)).toEqual({ excludePatterns: ["*.pyc", "doc/*"], languages: ["nl_BE"] });
  });
});

test("states, also with modules that have no files", async () => {
  await withSession(live(), async (session) => {
    expect(transientModules(await moduleStates(session))).toEqual([
      { name: "shop", state: "to upgrade", version: "1" },
    ]);
    await session.query(
      "ALTER TABLE ir_module_module ADD imported boolean; UPDATE ir_module_module SET imported = name = 'shop'",
    );
    expect((await moduleStates(session)).map(({ name }) => name)).toEqual(["base"]);
  });
});

test("a registry that is loaded elsewhere is busy, and free afterwards", async () => {
  await withSession(live(), async (other) => {
    await other.query("SELECT pg_advisory_lock(hashtext('registry_loading'))");
    expect(await withSession(live(), registryIsBusy)).toBe(true);
    await other.query("SELECT pg_advisory_unlock(hashtext('registry_loading'))");
    expect(await withSession(live(), registryIsBusy)).toBe(false);
  });
});

describe("the database that is changed", () => {
  test("is a whole copy that Odoo does not list; in one step it takes the place, with the settings, and the old one is kept", async () => {
    await admin.query("ALTER DATABASE live SET search_path TO '$user', public");
    await admin.query("ALTER DATABASE live SET work_mem TO '5MB'");
    await admin.query("ALTER DATABASE live CONNECTION LIMIT 17");
    await admin.query("REVOKE CONNECT ON DATABASE live FROM PUBLIC");
    await admin.query("COMMENT ON DATABASE live IS 'it''s live'");
    await closeDatabase(admin, "live");
    expect(await copyToWork(admin, live(), names, 1)).toEqual([]);
    const refused = { sqlState: "55000" };
    for (const database of ["live", names.work])
      await expect(withSession({ ...live(), database }, (s) => s.query("SELECT 1"))).rejects.toMatchObject(refused);
    const listed =
      "SELECT datname FROM pg_database WHERE datdba = current_user::regrole AND NOT datistemplate ORDER BY 1";
    expect(await admin.query(listed)).toEqual([{ datname: "live" }]);

    await allowConnections(admin, names.work, true);
    const work = { ...live(), database: names.work };
    await withSession(work, (session) => session.query("CREATE TABLE made_by_update ()"));
    await putWorkInPlace(admin, names);
    expect(await withSession(live(), (s) => s.query("SELECT count(*)::int AS rows FROM made_by_update"))).toHaveLength(
      1,
    );
    await expect(
      withSession({ ...live(), database: names.restorePoint }, (s) => s.query("SELECT 1")),
    ).rejects.toMatchObject(refused);
    const settings = async (name: string) =>
      await admin.query(
        `SELECT setconfig, datconnlimit, datistemplate, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a) AS acl, shobj_description(d.oid, 'pg_database') AS comment
           FROM pg_database d LEFT JOIN pg_db_role_setting s ON s.setdatabase = d.oid AND s.setrole = 0 WHERE datname = $1`,
        [name],
      );
    expect(await settings("live")).toEqual(await settings(names.restorePoint));
    expect(await withSession(live(), (session) => session.query("SHOW search_path"))).toEqual([
      { search_path: '"$user", public' },
    ]);
  });

  test("is refused when it is not like the live one", async () => {
    const other = databaseNames("live", id.replace("1f2e", "0002"));
    await closeDatabase(admin, "live");
    await expect(copyToWork(admin, live(), other, 7)).rejects.toMatchObject({
      code: "restore-point",
      message: expect.stringMatching(/with 1 modules, not \d+ bytes with 7\./),
    });
    await dropOldCopies(admin, "live", "work", id);
    await allowConnections(admin, "live", true);
  });

  test("of another deployment is dropped though it is hidden, and somebody is in it; a person's template is not", async () => {
    const other = databaseNames("live", id.replace("1f2e", "0001")).work;
    await admin.query(`CREATE DATABASE "${other}" IS_TEMPLATE true`);
    await admin.query("CREATE DATABASE kept IS_TEMPLATE true");
    const guest = await connect({ ...server.odoo, database: other });
    expect(await dropOldCopies(admin, "live", "work", id)).toEqual([other]);
    await expect(guest.query("SELECT 1")).rejects.toThrow();
    await guest.end();
    await expect(dropDatabase(admin, "kept")).rejects.toThrow("template");
    await dropDatabase(admin, other); // it is gone already
  });

  test("settings of roles come back too; what only a superuser may give is told without its value", async () => {
    const other = await connect(server.admin);
    for (const sql of [
      `CREATE ROLE "a ""role"" of reports"`,
      "CREATE DATABASE reports OWNER odoo",
      "CREATE DATABASE reports_again OWNER odoo",
      `ALTER ROLE "a ""role"" of reports" IN DATABASE reports SET search_path TO '', '$user', 'Odd, "name"'`,
      `ALTER ROLE "a ""role"" of reports" IN DATABASE reports SET "my.Key" TO 'a ''secret'' b'`,
      "ALTER ROLE odoo IN DATABASE reports SET statement_timeout TO '9s'",
      "ALTER DATABASE reports SET search_path TO ''",
      `ALTER ROLE "a ""role"" of reports" IN DATABASE live SET work_mem TO '7MB'`,
    ])
      await other.query(sql);
    const settings = (name: string) =>
      other.query(
        "SELECT setrole::regrole, setconfig FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE datname = $1 ORDER BY 1",
        [name],
      );
    const told = expect.stringMatching(
      /^Database reports_again did not get what reports has.*: ALTER ROLE "a ""role"" of reports" IN DATABASE "reports_again" SET "(search_path|my"."Key)": [^\n]*permission denied[^\n]*$/,
    );
    const refused = await copyDatabaseSettings(admin, "reports", "reports_again");
    expect(refused).toEqual([told, told]);
    expect(refused.join()).not.toContain("secret");
    expect(await settings("reports_again")).toHaveLength(2);
    expect(await copyDatabaseSettings(other, "reports", "reports_again")).toEqual([]);
    expect(await settings("reports_again")).toEqual(await settings("reports"));
    expect(await settings("reports")).toHaveLength(3);
    // what is there already is not tried again, and so not refused
    expect(await copyDatabaseSettings(admin, "reports", "reports_again")).toEqual([]);
    await other.end();
  });

  test("old ones go, of this database and role only", async () => {
    const other = databaseNames("live", id.replace("1f2e", "0000"));
    const byPersons = ["live__failed_by_a_person", "live__rp_before_migration", `${other.restorePoint}_kept`];
    for (const name of [other.failed, other.restorePoint, ...byPersons]) await admin.query(`CREATE DATABASE "${name}"`);
    expect(await dropOldCopies(admin, "live", "rp", id)).toEqual([other.restorePoint]);
    const left = await admin.query<{ datname: string }>("SELECT datname FROM pg_database WHERE datname LIKE 'live__%'");
    expect(left.map((row) => row.datname)).toEqual(expect.arrayContaining(byPersons));
  });
});
