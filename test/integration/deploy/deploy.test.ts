import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { deployRequestSchema } from "../../../src/deploy/request.ts";
import { lookForDangers } from "../../../src/odoo/neutralize-checks.ts";
import { probe } from "../../../src/platform/http.ts";
import { type Log, silentLog } from "../../../src/platform/log.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { consumerModule, startInstance, type TestInstance } from "./instance.ts";
import { broughtByReminders, reminders } from "./reminders.ts";

const talking: Log = process.env.DEPLOY_LOG
  ? { ...silentLog, info: console.log, warning: console.log, foreign: (_source, text) => console.log(text) }
  : silentLog;

const manifest = "addons/library_loans/__manifest__.py";
const model = "addons/library_loans/models/library_loan.py";

// whole deployments of a real Odoo, on a machine that does other things too
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

let odoo: TestInstance;
let files: Record<string, string>;

beforeAll(async () => {
  files = (await consumerModule()) as Record<string, string>;
  odoo = await startInstance();
});

afterAll(async () => {
  await odoo?.[Symbol.asyncDispose]();
});

const login = () => probe(`http://127.0.0.1:${odoo.port}/web/login`);
const bumped = (version: string) => (files[manifest] as string).replace("19.0.1.0.0", version);
const withField = (name: string) =>
  (files[model] as string).replace(/(_name = "library\.loan"\n)/, `$1    ${name} = fields.Char()\n`);

async function columns(): Promise<string[]> {
  const sql =
    "SELECT attname FROM pg_attribute WHERE attrelid = 'library_loan'::regclass AND attnum > 0 AND NOT attisdropped";
  return (await odoo.query<{ attname: string }>(sql)).map((row) => row.attname);
}

async function installedVersion(): Promise<unknown> {
  const sql = "SELECT state, latest_version FROM ir_module_module WHERE name = 'library_loans'";
  return (await odoo.query(sql))[0];
}

const remarkType =
  "SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'library_loan'::regclass AND attname = 'remark'";
const maskedView = `SELECT obj_description(oid, 'pg_class') AS comment, reloptions AS options FROM pg_class
  WHERE relnamespace = 'staging_mask'::regnamespace`;
const guard = [{ comment: "as it was", options: ["security_barrier=true"] }];

describe("a real Odoo instance", () => {
  test("first deployment: nothing to update, the service starts", async () => {
    const sha = await odoo.commit(files);
    const result = await odoo.deploy(sha, { log: talking });
    expect(result).toMatchObject({ outcome: "deployed", mode: "restart", updated: [] });
    expect(await login()).toMatchObject({ status: 200 });
  });

  test("the same commit again: nothing happens", async () => {
    const before = await readFile(join(odoo.home, "odoo.pid"), "utf8");
    const result = await odoo.deploy(await odoo.commit({ "README.md": null }), { log: talking });
    expect(result).toMatchObject({ outcome: "noop", downtimeSeconds: 0 });
    expect(await readFile(join(odoo.home, "odoo.pid"), "utf8")).toBe(before);
  });

  test("a changed model is updated, with its dependants, and the old database is kept; masked views are no hindrance", async () => {
    // Odoo makes a text of it again, which PostgreSQL refuses while a view reads the column.
    await odoo.query(
      `ALTER TABLE library_loan ALTER COLUMN remark TYPE varchar;
       CREATE SCHEMA staging_mask; COMMENT ON SCHEMA staging_mask IS 'odoo-release-pipeline plan of the test';
       CREATE VIEW staging_mask.library_loan WITH (security_barrier = true) AS SELECT t.ctid, t.remark FROM ONLY library_loan AS t;
       COMMENT ON VIEW staging_mask.library_loan IS 'as it was'`,
    );
    const sha = await odoo.commit({ [model]: withField("shelf"), [manifest]: bumped("19.0.1.1.0") });
    const result = await odoo.deploy(sha, { log: talking });
    expect(await odoo.query(maskedView)).toEqual(guard);
    expect(await odoo.query(remarkType)).toEqual([{ type: "text" }]);
    expect(result).toMatchObject({ outcome: "deployed", mode: "update", updated: ["library_loans"] });
    expect(result.updateSeconds).toBeGreaterThan(0);
    expect(await columns()).toContain("shelf");
    expect(await installedVersion()).toEqual({ state: "installed", latest_version: "19.0.1.1.0" });
    expect(await odoo.databases()).toEqual(["production", `production__rp_${result.id}`]);
    expect(await login()).toMatchObject({ status: 200 });
  });

  test("a migration that raises: old code and old data serve", async () => {
    const current = await readFile(join(odoo.home, "current", manifest), "utf8");
    const sha = await odoo.commit({
      [model]: withField("doomed"),
      [manifest]: bumped("19.0.1.2.0"),
      "addons/library_loans/migrations/19.0.1.2.0/post-fail.py":
        "def migrate(cr, version):\n    cr.execute('UPDATE res_partner SET name = name')\n    raise ValueError('migration of the test')\n",
    });
    const result = await odoo.deploy(sha, { log: talking });
    expect(result).toMatchObject({ outcome: "rolled-back", failure: { phase: "UPDATE", code: "update-failed" } });
    expect(result.failure?.message).toContain("ValueError: migration of the test");
    expect(result.failure?.traceback).toContain("post-fail.py");
    expect(await columns()).not.toContain("doomed");
    expect(await odoo.query(maskedView)).toEqual(guard);
    expect(await installedVersion()).toEqual({ state: "installed", latest_version: "19.0.1.1.0" });
    expect(await readFile(join(odoo.home, "current", manifest), "utf8")).toBe(current);
    expect(await login()).toMatchObject({ status: 200 });
    expect(await odoo.databases()).toContain(`production__failed_${result.id}`);
    expect(await odoo.databases()).not.toContain(`production__rp_${result.id}`);
  });

  test("a module that cannot be imported is found before anybody is let in", async () => {
    const sha = await odoo.commit({
      "addons/library_loans/migrations/19.0.1.2.0/post-fail.py": null,
      [model]: (files[model] as string).replace(/^/, "import module_that_does_not_exist\n"),
      [manifest]: bumped("19.0.1.1.0"),
    });
    const result = await odoo.deploy(sha, { log: talking });
    expect(result.outcome).toBe("rolled-back");
    expect(result.failure?.traceback ?? result.failure?.logTail).toContain("module_that_does_not_exist");
    expect(await login()).toMatchObject({ status: 200 });
  });

  test("an installed module that is gone from the code is refused while nothing is changed", async () => {
    const gone = Object.fromEntries(Object.keys(files).map((name) => [name, null]));
    const result = await odoo.deploy(await odoo.commit({ ...gone, "addons/README": "empty" }), { log: talking });
    expect(result).toMatchObject({ outcome: "failed", failure: { phase: "PLAN", code: "plan-refused" } });
    expect(result.state).toContain("nothing was changed");
    expect(result.downtimeSeconds).toBe(0);
  });

  test("what a module newly brings is off again after the update, anywhere but in production", async () => {
    const sha = await odoo.commit({ ...files, [manifest]: bumped("19.0.1.3.0"), ...reminders });
    const result = await odoo.deploy(sha, { log: talking, install: ["library_reminders"], role: "staging" });
    expect(result).toMatchObject({ outcome: "deployed", mode: "update", installed: ["library_reminders"] });
    expect(await broughtByReminders(odoo)).toEqual([
      {
        ...{ cron: false, mailServer: ["false", null, null], inbox: ["false", null] },
        hook: "neutralization - disable webhook",
      },
    ]);
    const looks = await withSession(odoo.database, lookForDangers);
    expect(looks.filter(({ rows }) => rows !== 0)).toEqual([]);
  });
});

test("what is kept on disk holds no secret", async () => {
  const [{ id = "" } = {}] = (await readFile(join(odoo.home, ".deploy/history.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id?: string });
  const request = await readFile(join(odoo.home, ".deploy", id, "request.json"), "utf8");
  expect(request).not.toContain("workbench-odoo-password");
  deployRequestSchema.parse(JSON.parse(request));
});
