import { stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Instance } from "../../../src/environment/resolve.ts";
import { filestoreOf } from "../../../src/odoo/filestore.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { copyGolden } from "../../../src/refresh/golden/copy-golden.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshRequest, RefreshResult } from "../../../src/refresh/request.ts";
import { findCanaries } from "../../workbench/canaries.ts";
import { quietDeps } from "../refresh/ground.ts";
import { PREPARING, type ServedOdoo, startOdooGround } from "../refresh/odoo-ground.ts";

const DAY = 86_400_000;

let ground: ServedOdoo;
let development: Instance;
let first: RefreshResult;
let runs = 0;

const on = <T>(database: string, sql: string) => ground.on<T>(database, sql);

const canaries = (database: string) => withSession({ ...ground.server.odoo, database }, findCanaries);

const parameters = (database: string) =>
  on<{ key: string; value: string }>(
    database,
    "SELECT key, value FROM ir_config_parameter WHERE key IN ('web.base.url', 'database.is_neutralized') ORDER BY key",
  );

const uuidOf = async (database: string) =>
  (await on<{ value: string }>(database, "SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'"))[0]
    ?.value;

beforeAll(async () => {
  ground = await startOdooGround();
  development = await ground.instance("development");
  first = await refresh({ mode: "auto" });
}, PREPARING);

afterAll(() => ground?.remove());

const id = () => `${++runs}-1`;

function refresh(options: RefreshRequest["options"]) {
  const wish = { goldenMs: DAY, verify: "hash" as const, ...options };
  return refreshDatabase(ground.request({ id: id(), options: wish }), quietDeps());
}

/** From staging's golden copy, unless told otherwise. */
function develop(more: Partial<RefreshRequest> = {}) {
  const wish = { source: ground.staging, target: development, from: "golden" as const, options: { goldenMs: DAY } };
  return copyGolden(ground.request({ id: id(), ...wish, ...more }), quietDeps());
}

test("a delta of an Odoo database carries what changed, and ends with a staging like any other", async () => {
  expect(first).toMatchObject({ way: { kind: "full" }, golden: expect.stringContaining("staging__gold_") });
  await on(
    "production",
    `UPDATE res_partner SET name = 'Somebody New', email = 'somebody@new-customer.com' WHERE id = (SELECT max(id) FROM res_partner);
     INSERT INTO res_country_group (name) VALUES ('{"en_US": "New group"}');
     DELETE FROM mail_message WHERE id IN (SELECT id FROM mail_message WHERE parent_id IS NULL ORDER BY id DESC LIMIT 5)`,
  );
  const second = await refresh({ mode: "delta" });
  expect(second).toMatchObject({ way: { kind: "delta" }, planSha256: first.planSha256 });
  expect(second.way?.changed?.rows).toBeLessThan(1000);
  expect(await canaries("staging")).toEqual([]);
  const [count] = await on<{ n: number }>(
    "staging",
    "SELECT count(*)::int AS n FROM res_partner WHERE name LIKE '%New'",
  );
  expect(count?.n).toBe(0);
  expect(await on("staging", "SELECT count(*)::int AS n FROM mail_message")).toEqual(
    await on("production", "SELECT count(*)::int AS n FROM mail_message"),
  );
});

test("a delta searches what it carries: an address that came into a kept column ends it, and staging stays", async () => {
  const before = await uuidOf("staging");
  await on("production", `INSERT INTO res_country_group (name) VALUES ('{"en_US": "somebody@new-customer.com"}')`);
  await expect(refresh({ mode: "delta" })).rejects.toMatchObject({
    code: "verification-failed",
    message: expect.stringContaining("res_country_group.name: known e-mail"),
  });
  await on("production", "DELETE FROM res_country_group WHERE name ->> 'en_US' LIKE '%@%'");
  expect(await uuidOf("staging")).toBe(before);
});

test("a development database is made from the golden copy: masked, neutralized, with files and an identity of its own", async () => {
  const result = await develop();
  expect(result).toMatchObject({ activated: true, database: "development", way: { kind: "golden" }, rows: first.rows });
  expect(await canaries("development")).toEqual([]);
  expect(await parameters("development")).toEqual([
    { key: "database.is_neutralized", value: "true" },
    { key: "web.base.url", value: "https://development.example.com" },
  ]);
  expect(await uuidOf("development")).not.toBe(await uuidOf("staging"));
  expect(await on("development", "SELECT to_regclass('_pipeline.golden') AS key")).toEqual([{ key: null }]);
  const filestore = filestoreOf(join(ground.dir, "development/data"), "development");
  const names = await on<{ name: string }>(
    "development",
    "SELECT DISTINCT store_fname AS name FROM ir_attachment WHERE store_fname IS NOT NULL",
  );
  for (const { name } of names) expect((await stat(join(filestore, name))).isFile()).toBe(true);
});

test("a branch gets a database of its own, and loses it with its files when its time is over", async () => {
  const branch = (name: string, expiresAt: string) => develop({ branchDatabase: { name, expiresAt } });
  const past = new Date(Date.now() - 1000).toISOString();
  expect(await branch("feature-1", past)).toMatchObject({ database: "feature-1", activated: true });
  const filestore = filestoreOf(join(ground.dir, "development/data"), "feature-1");
  expect((await stat(filestore)).isDirectory()).toBe(true);
  const later = new Date(Date.now() + DAY).toISOString();
  await branch("feature-2", later);
  await branch("feature-2", later);
  const names = await on("postgres", "SELECT datname AS name FROM pg_database WHERE starts_with(datname, 'feature')");
  expect(names).toEqual([{ name: "feature-2" }]);
  await expect(stat(filestore)).rejects.toMatchObject({ code: "ENOENT" });
});

test("a branch never takes the place of a database that was not made this way", async () => {
  const expiresAt = new Date(Date.now() + DAY).toISOString();
  const branchDatabase = { name: "production", expiresAt };
  const before = await uuidOf("production");
  await expect(develop({ branchDatabase })).rejects.toMatchObject({ code: "target-protected" });
  expect(await uuidOf("production")).toBe(before);
});

test("without a golden copy the refusal says how to get one", async () => {
  await expect(develop({ source: development, target: ground.staging })).rejects.toMatchObject({
    code: "no-golden-copy",
    remedy: expect.stringContaining("refresh.retention.golden"),
  });
});
