import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type HostChannel, openHost } from "../../../src/environment/host-channel.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { requestNeutralize } from "../../../src/refresh/neutralize/request-neutralize.ts";
import { PREPARING, type ServedOdoo, startOdooGround } from "./odoo-ground.ts";

let ground: ServedOdoo;
let host: HostChannel;
let production: string;

const LIVE = `
  SELECT (SELECT count(*)::int FROM ir_cron WHERE active) AS crons,
         (SELECT array_agg(smtp_host::text ORDER BY id) FROM ir_mail_server WHERE active) AS servers,
         (SELECT count(*)::int FROM fetchmail_server WHERE active) AS inboxes,
         (SELECT count(*)::int FROM mail_mail WHERE state = 'outgoing') AS mails,
         (SELECT value FROM ir_config_parameter WHERE key = 'database.uuid') AS uuid,
         (SELECT value FROM ir_config_parameter WHERE key = 'web.base.url') AS url`;
type Live = { crons: number; servers: string[] | null; inboxes: number; mails: number; uuid: string; url: string };

const live = async (database: string) => (await ground.on<Live>(database, LIVE))[0] as Live;
const alone = ({ source = true, target = ground.staging } = {}) =>
  requestNeutralize(
    { target, stagingPassword: "staging-password", ...(source ? { source: ground.production } : {}) },
    { host, signal: new AbortController().signal },
  );

beforeAll(async () => {
  ground = await startOdooGround();
  production = ground.request().source.name;
  host = await openHost({ host: "local" }, { log: silentLog, bundleDir: join(import.meta.dirname, "../../../src") });
  await ground.on(
    production,
    `INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, smtp_authentication, active) VALUES ('s', 'mail.test', 25, 'none', 'login', true);
     INSERT INTO fetchmail_server (name, server_type, server, active, state) VALUES ('inbox', 'imap', 'imap.test', true, 'done');
     UPDATE ir_cron SET active = true`,
  );
  await ground.on("postgres", `CREATE DATABASE staging TEMPLATE "${production}"`); // as somebody restores it by hand
}, PREPARING);

afterAll(async () => {
  await host?.close();
  await ground?.remove();
});

test("where production cannot be compared with, what was never neutralized is refused", async () => {
  await expect(alone({ source: false })).rejects.toMatchObject({ code: "target-protected" });
  expect(await live("staging")).toEqual(await live(production));
});

test("production is refused, whichever odoo.conf names it", async () => {
  const before = await live(production);
  const astray = await ground.instance("astray");
  const config = await readFile(astray.config, "utf8");
  await writeFile(astray.config, config.replace("db_name = astray", `db_name = ${production}`));
  await expect(alone({ target: astray })).rejects.toMatchObject({ code: "same-database" });
  expect(await live(production)).toEqual(before);
});

test.each([
  ["refresh-staging-db", "refresh-running"],
  ["deploy-odoo", "deployment-running"],
])("while %s holds its lock nothing is done", async (lock, code) => {
  await withSession(ground.server.odoo, async (session) => {
    await session.query("SELECT pg_advisory_lock(hashtext($1), hashtext('staging'))", [lock]);
    await expect(alone()).rejects.toMatchObject({ code });
  });
  expect(await live("staging")).toEqual(await live(production));
});

test("a database restored by hand becomes harmless, with an identity of its own; production stays", async () => {
  const before = await live(production);
  expect(before).toMatchObject({ servers: expect.arrayContaining(["mail.test"]), inboxes: 2 });
  const { database, modules, changed, checks } = await alone();
  expect([database, modules.includes("base")]).toEqual(["staging", true]);
  expect(changed["credentials cleared"]).toBeDefined();
  expect(checks.map(({ name }) => name)).toContain("own database.uuid");
  expect(checks.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  const after = await live("staging");
  expect(after).toMatchObject({ crons: 1, servers: ["invalid"], inboxes: 0, mails: 0, url: ground.staging.url });
  expect(after.uuid).not.toBe(before.uuid);
  expect(await live(production)).toEqual(before);
});

test("again, it keeps its identity, and production need not be near", async () => {
  const { uuid } = await live("staging");
  await alone();
  await alone({ source: false });
  expect((await live("staging")).uuid).toBe(uuid);
});

test("what stays live is told, and the run fails", async () => {
  await ground.on(
    "staging",
    `CREATE FUNCTION stay() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.active := true; RETURN NEW; END';
     CREATE TRIGGER stay BEFORE UPDATE ON fetchmail_server FOR EACH ROW EXECUTE FUNCTION stay();
     UPDATE fetchmail_server SET active = true`,
  );
  await expect(alone()).rejects.toMatchObject({
    code: "verification-failed",
    message: expect.stringContaining("no incoming mail server ("),
  });
});
