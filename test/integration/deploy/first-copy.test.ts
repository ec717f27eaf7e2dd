import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { probe } from "../../../src/platform/http.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { consumerModule, startInstance, type TestInstance } from "./instance.ts";

// The first deployment of an environment that has nothing yet: no release, no database, only a prepared copy of production.

vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const COPY = "production__ready_1-1";
let odoo: TestInstance;

beforeAll(async () => {
  odoo = await startInstance();
  await odoo.admin((admin) => admin.query(`ALTER DATABASE production RENAME TO "${COPY}"`));
  await withSession({ ...odoo.database, database: COPY }, (session) =>
    session.query(`
      CREATE SCHEMA _pipeline;
      CREATE TABLE _pipeline.manifest (id text PRIMARY KEY, written_at timestamptz, manifest jsonb);
      INSERT INTO _pipeline.manifest VALUES ('1', now(), '{"clean": true}');
      INSERT INTO ir_module_module (name, state, latest_version) VALUES ('a_module_made_in_studio', 'installed', '1.0');
      ALTER TABLE ir_module_module ADD COLUMN IF NOT EXISTS imported boolean;
      UPDATE ir_module_module SET imported = true WHERE name = 'a_module_made_in_studio'`),
  );
});

afterAll(() => odoo?.[Symbol.asyncDispose]());

const script = "UPDATE res_partner SET comment = 'neutralized by the release' WHERE id = 1;";

test("what fails leaves the copy for the next one, and nothing serves", async () => {
  const files = await consumerModule();
  const broken = { ...files, "addons/library_loans/data/neutralize.sql": "SELECT nothing FROM nowhere;" };
  const result = await odoo.deploy(await odoo.commit(broken), { databaseCopy: COPY });
  expect(result).toMatchObject({ outcome: "rolled-back", failure: { code: "neutralize-failed" } });
  expect(await odoo.databases()).toEqual([`production__failed_${result.id}`]);
  await odoo.admin((admin) => admin.query(`ALTER DATABASE "production__failed_${result.id}" RENAME TO "${COPY}"`));
});

test("it takes the copy, runs the neutralize.sql of modules that only the release brings, and serves", async () => {
  const sha = await odoo.commit({ "addons/library_loans/data/neutralize.sql": script });
  const result = await odoo.deploy(sha, { databaseCopy: COPY });
  expect(result).toMatchObject({ outcome: "deployed", commit: sha });
  expect(await odoo.query("SELECT comment FROM res_partner WHERE id = 1")).toEqual([
    { comment: "neutralized by the release" },
  ]);
  expect(await odoo.databases()).toEqual(["production"]);
  expect(await probe(`http://127.0.0.1:${odoo.port}/web/login`)).toMatchObject({ status: 200 });
});
