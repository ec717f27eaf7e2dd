import { afterAll, beforeAll, expect, test } from "vitest";
import { neutralizeWith } from "../../../src/odoo/neutralize.ts";
import type { OAuthPolicy } from "../../../src/odoo/neutralize-oauth.ts";
import { connect, type Session } from "../../../src/platform/postgres.ts";
import { verifyHarmless } from "../../../src/refresh/verify/verify.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase } from "../refresh/ground.ts";
import { schemaOf } from "./outside-schema.ts";

let server: PostgresServer;
let session: Session;

beforeAll(async () => {
  server = await startPostgres();
  session = await connect(await makeDatabase(server.odoo, "oauth", schemaOf(19)));
  await session.query(
    `ALTER TABLE auth_oauth_provider ADD client_id varchar;
     ALTER TABLE res_users ADD oauth_uid varchar, ADD oauth_provider_id integer`,
  );
});

afterAll(async () => {
  await session?.end();
  await server?.stop();
});

/** Makes the providers 1 to 4 anew, the first two enabled: of one there are users, of the other none. */
const reset = (clientId = "client", uid = "7") =>
  session.query(
    `TRUNCATE auth_oauth_provider, res_users RESTART IDENTITY;
     INSERT INTO auth_oauth_provider (enabled, client_id, auth_endpoint)
       SELECT enabled, '${clientId}', 'https://sso.test' FROM (VALUES (true), (true), (false), (NULL)) AS v (enabled);
     INSERT INTO res_users (login, active, oauth_provider_id, oauth_uid)
       VALUES ('a', true, 1, '${uid}'), ('b', true, 1, NULL), ('c', true, NULL, NULL), ('d', true, 3, NULL)`,
  );

const SCRIPT = { module: "auth_oauth", sql: "UPDATE auth_oauth_provider SET enabled = false" };

/** Odoo has a script for it from 16 on. */
const neutralize = (oauth?: OAuthPolicy, scripts = [SCRIPT]) =>
  neutralizeWith(session, async () => ({ scripts, missing: [] }), {
    url: "https://staging.example.com",
    newIdentity: false,
    oauth,
  });

const enabled = async () =>
  (await session.query<{ id: number }>("SELECT id FROM auth_oauth_provider WHERE enabled ORDER BY id")).map(
    ({ id }) => id,
  );

const looked = async (kept?: readonly number[]) =>
  (await verifyHarmless(session, kept)).filter(({ name }) => name.includes("single sign-on"));

test.each([undefined, "off"] as const)("with policy %s no provider is enabled, whoever was", async (oauth) => {
  await reset();
  const { signOn } = await neutralize(oauth, []);
  expect([await enabled(), signOn]).toEqual([[], { providers: [], warnings: [] }]);
  expect(await looked()).toMatchObject([{ name: "no single sign-on", outcome: "passed" }]);
});

test.each([
  ["of 16 and later", [SCRIPT]],
  ["of 14 and 15", []],
])("with keep the enabled providers of a database %s stay, and the check says why", async (_, scripts) => {
  await reset();
  const { signOn } = await neutralize("keep", scripts);
  expect([await enabled(), signOn]).toEqual([[1, 2], { providers: [1, 2], warnings: [] }]);
  expect(await looked(signOn.providers)).toEqual([
    {
      name: "no single sign-on but by policy",
      outcome: "passed",
      detail: "auth_oauth_provider looked at; refresh.oauth: keep allows provider 1, 2",
    },
  ]);
  const { changed } = await neutralize("keep", []);
  expect(Object.entries(changed).filter(([, rows]) => rows > 0)).toEqual([]);
});

test("what the policy did not keep is refused", async () => {
  await reset();
  const { signOn } = await neutralize("keep");
  await session.query("UPDATE auth_oauth_provider SET enabled = true WHERE id = 3");
  expect(await looked(signOn.providers)).toMatchObject([
    { outcome: "failed", detail: expect.stringMatching(/^1 row\(s\) of auth_oauth_provider; .* provider 1, 2$/) },
  ]);
  expect(await looked()).toMatchObject([
    { name: "no single sign-on", outcome: "failed", detail: "3 row(s) of auth_oauth_provider" },
  ]);
});

test("what is off stays off", async () => {
  await reset();
  await neutralize("off");
  const { signOn } = await neutralize("keep");
  expect([await enabled(), signOn.providers]).toEqual([[], []]);
  expect(await looked(signOn.providers)).toMatchObject([{ name: "no single sign-on", outcome: "passed" }]);
});

test("a kept provider by which nobody can log in is told, with what is missing", async () => {
  await reset("", "");
  const { signOn } = await neutralize("keep");
  expect(signOn).toEqual({
    providers: [1, 2],
    warnings: [
      expect.stringMatching(/provider 1, 2 of auth_oauth, since auth_oauth_provider\.client_id is empty/),
      expect.stringMatching(/provider 1 of auth_oauth, since res_users\.oauth_uid is empty/),
    ],
  });
  await reset("", "");
  expect((await neutralize("off")).signOn.warnings).toEqual([]);
});

test("columns that an addon took away (OCA's auth_oauth_environment) are in nobody's way", async () => {
  await reset();
  await session.query("ALTER TABLE auth_oauth_provider DROP client_id; ALTER TABLE res_users DROP oauth_uid");
  expect((await neutralize("keep")).signOn).toEqual({ providers: [1, 2], warnings: [] });
  await session.query("ALTER TABLE auth_oauth_provider DROP enabled");
  expect((await neutralize("keep", [])).signOn).toEqual({ providers: [], warnings: [] });
});
