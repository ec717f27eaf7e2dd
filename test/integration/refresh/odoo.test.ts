import { appendFile, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { filestoreOf, placeholders, storeName } from "../../../src/odoo/filestore.ts";
import { neutralize } from "../../../src/odoo/neutralize.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshResult } from "../../../src/refresh/request.ts";
import { findCanaries } from "../../workbench/canaries.ts";
import { consumerAddons } from "../../workbench/odoo-database.ts";
import { quietDeps } from "./ground.ts";
import { PREPARING, type ServedOdoo, startOdooGround } from "./odoo-ground.ts";

let ground: ServedOdoo;
let result: RefreshResult;

const staging = () => ({ ...ground.server.odoo, database: "staging" });
const onStaging = <T>(sql: string) => ground.on<T>("staging", sql);

beforeAll(async () => {
  ground = await startOdooGround();
  result = await refreshDatabase(ground.request(), quietDeps());
}, PREPARING);

afterAll(() => ground?.remove());

test("not one canary of production is in the copy, its record included", async () => {
  expect(result.rows).toBeGreaterThan(10_000);
  expect(await withSession(staging(), findCanaries)).toEqual([]);
  expect(await onStaging("SELECT manifest ->> 'clean' AS clean FROM _pipeline.manifest")).toEqual([{ clean: "true" }]);
});

test("people log in, and names that are stored twice agree", async () => {
  const [admin] = await onStaging<{ login: string; password: string }>(
    "SELECT login, password FROM res_users WHERE id = 2",
  );
  expect(admin?.login).toBe("admin");
  expect(admin?.password).toMatch(/^\$pbkdf2-sha512\$/);
  const stale = await onStaging(
    `SELECT id FROM res_partner WHERE complete_name <> name AND parent_id IS NULL
      UNION ALL SELECT id FROM res_partner WHERE email IS DISTINCT FROM email_normalized`,
  );
  expect(stale).toEqual([]);
});

test("files of kept attachments are there, all others are placeholders", async () => {
  const rows = await onStaging<{ name: string }>(
    "SELECT DISTINCT store_fname AS name FROM ir_attachment WHERE store_fname IS NOT NULL",
  );
  const filestore = filestoreOf(join(ground.dir, "staging/data"), "staging");
  for (const { name } of rows) expect((await stat(join(filestore, name))).isFile()).toBe(true);
  const png = placeholders().png;
  expect(await readFile(join(filestore, storeName(png)))).toEqual(png);
  const [images] = await onStaging<{ others: number }>(
    `SELECT count(*)::int AS others FROM ir_attachment WHERE res_model IN ('res.partner', 'hr.employee') AND store_fname <> '${storeName(png)}'`,
  );
  expect(images?.others).toBe(0);
});

test("neutralizing again changes nothing more, and a module that is not on disk is refused", async () => {
  await withSession(staging(), async (session) => {
    const { addonsPath } = ground;
    const again = () => neutralize(session, { addonsPath, url: "https://staging.example.com", newIdentity: false });
    await again();
    const { changed, modules } = await again();
    expect(modules).toContain("base");
    // The dummy server that Odoo's own script adds at each run is taken away again.
    const effects = Object.entries(changed).filter(([what, rows]) => rows > 0 && !/dummy/.test(what));
    expect(effects).toEqual([]);
    expect(await session.query("SELECT smtp_host FROM ir_mail_server WHERE active")).toEqual([
      { smtp_host: "invalid" },
    ]);
    const without = { addonsPath: [consumerAddons], url: "https://staging.example.com", newIdentity: false };
    await expect(neutralize(session, without)).rejects.toMatchObject({ code: "missing-modules" });
  });
});

test("the next refresh keeps the copy before it, and a module missing on disk leaves staging as it is", async () => {
  const second = await refreshDatabase(ground.request({ id: "2-1" }), quietDeps());
  expect(second).toMatchObject({ database: "staging", previous: "staging__prev_2-1", planSha256: result.planSha256 });
  await appendFile(ground.staging.config, `addons_path = ${consumerAddons}\n`);
  await ground.on("production", "INSERT INTO ir_module_module (name, state) VALUES ('gone_module', 'installed')");
  await expect(refreshDatabase(ground.request({ id: "3-1" }), quietDeps())).rejects.toMatchObject({
    code: "missing-modules",
    message: expect.stringContaining("gone_module"),
  });
  expect(await onStaging("SELECT id FROM _pipeline.manifest")).toEqual([{ id: "2-1" }]);
});
