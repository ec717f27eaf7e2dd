import { afterAll, beforeAll, expect, test } from "vitest";
import type { RefreshRule } from "../../../src/environment/pipeline-schema.ts";
import { neutralize } from "../../../src/odoo/neutralize.ts";
import type { OAuthPolicy } from "../../../src/odoo/neutralize-oauth.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { copyGolden } from "../../../src/refresh/golden/copy-golden.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshRequest } from "../../../src/refresh/request.ts";
import { quietDeps } from "./ground.ts";
import { LOANS, PREPARING, type ServedOdoo, startOdooGround } from "./odoo-ground.ts";

let ground: ServedOdoo;

const KEPT: RefreshRule[] = [
  { columns: "auth_oauth_provider.client_id", keep: "number of our application at the provider, no secret" },
  { columns: "res_users.oauth_uid", keep: "the team accepts this number of each user on staging" },
];

interface Provider {
  name: string;
  client: string | null;
  users: number;
}

/** The enabled providers of a database, and how many of their users they would know. */
const providersOf = (database: string) =>
  ground.on<Provider>(
    database,
    `SELECT name, client_id AS client, (SELECT count(oauth_uid)::int FROM res_users WHERE oauth_provider_id = p.id) AS users
       FROM auth_oauth_provider p WHERE enabled ORDER BY name`,
  );

const uuidOf = async (database: string) =>
  (await ground.on<{ value: string }>(database, "SELECT value FROM ir_config_parameter WHERE key = 'database.uuid'"))[0]
    ?.value;

const goldenMs = 86_400_000;
const refresh = (id: string, rules: RefreshRule[], oauth: OAuthPolicy) =>
  refreshDatabase(ground.request({ id, rules: [...rules, LOANS], options: { oauth, goldenMs } }), quietDeps());

beforeAll(async () => {
  ground = await startOdooGround();
  await ground.on("production", "UPDATE auth_oauth_provider SET enabled = true WHERE name = 'Company login'");
}, PREPARING);

afterAll(() => ground?.remove());

test("keep alone leaves the providers enabled and says that nobody can log in", async () => {
  const { warnings } = await refresh("1-1", [], "keep");
  expect(await providersOf("staging")).toEqual([
    { name: "Company login", client: null, users: 0 },
    { name: "Odoo.com Accounts", client: null, users: 0 },
  ]);
  expect(warnings.filter((text) => text.startsWith("refresh.oauth"))).toEqual([
    expect.stringContaining("auth_oauth_provider.client_id is empty"),
    expect.stringContaining("res_users.oauth_uid is empty"),
  ]);
});

test("with the two rules people can log in, the record says what is allowed, and no uuid of production goes along", async () => {
  const { warnings } = await refresh("2-1", KEPT, "keep");
  const [company, odoo] = await providersOf("production");
  expect(odoo?.client).toBe(await uuidOf("production"));
  expect(await providersOf("staging")).toEqual([company, { ...odoo, client: await uuidOf("staging") }]);
  expect(company).toMatchObject({ client: expect.stringContaining("oauth-client"), users: 1 });
  expect(warnings.filter((text) => text.startsWith("refresh.oauth"))).toEqual([]);
  const [record] = await ground.on<{ checks: unknown }>(
    "staging",
    "SELECT manifest -> 'checks' AS checks FROM _pipeline.manifest",
  );
  expect(record?.checks).toContainEqual({
    name: "no single sign-on but by policy",
    outcome: "passed",
    detail: expect.stringContaining("refresh.oauth: keep allows provider"),
  });
});

test("from the golden copy it is as the policy says then", async () => {
  const target = await ground.instance("development");
  const develop = (id: string, oauth: OAuthPolicy) => {
    const wish: Partial<RefreshRequest> = { id, source: ground.staging, target, from: "golden" };
    return copyGolden(ground.request({ ...wish, options: { oauth, goldenMs } }), quietDeps());
  };
  await develop("3-1", "keep");
  const [company] = await providersOf("production");
  expect(await providersOf("development")).toMatchObject([
    company,
    { name: "Odoo.com Accounts", client: await uuidOf("development") },
  ]);
  await develop("3-2", "off");
  expect(await providersOf("development")).toEqual([]);
});

test("neutralizing again, as a deployment does, keeps them by policy alone", async () => {
  const before = await providersOf("staging");
  const { addonsPath } = ground;
  const again = (oauth?: OAuthPolicy) =>
    withSession({ ...ground.server.odoo, database: "staging" }, (session) =>
      neutralize(session, { addonsPath, url: "https://staging.example.com", newIdentity: false, oauth }),
    );
  const { modules } = await again("keep");
  expect(modules).toContain("auth_oauth");
  expect([before.length, await providersOf("staging")]).toEqual([2, before]);
  await again();
  expect(await providersOf("staging")).toEqual([]);
});
