import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RefreshRule } from "../../../src/environment/pipeline-schema.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { approvePlan } from "../../../src/refresh/plan/gate.ts";
import { keptParameter } from "../../../src/refresh/plan/parameters.ts";
import { MASK_KEY_SETTING } from "../../../src/refresh/plan/row.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase } from "../refresh/ground.ts";

let server: PostgresServer;
let databases = 0;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(async () => {
  await server?.stop();
});

/** What the gate finds wrong with a database and rules: problems as "table.column: ...", or [] when it approves. */
async function problems(sql: string, rules: RefreshRule[]): Promise<string[]> {
  databases += 1;
  const database = await makeDatabase(server.odoo, `lint${databases}`, sql);
  return withSession(database, async (session) => {
    await session.query("SELECT set_config($1, 'key', false), set_config('search_path', 'pg_catalog', false)", [
      MASK_KEY_SETTING,
    ]);
    const found = await approvePlan(session, { rules }).then(
      () => "",
      (error: { code?: string; message: string }) => {
        if (error.code !== "plan-misfit") throw error;
        return error.message;
      },
    );
    return found.split("\n").slice(1);
  });
}

const mask = (columns: string, name: string): RefreshRule => ({ columns, mask: name });
const REFERENCES = `CREATE TABLE parent (id int PRIMARY KEY, code text UNIQUE);
  CREATE TABLE child (id int PRIMARY KEY, code text REFERENCES parent (code));`;

describe("a mask that the target would refuse is told before a row moves", () => {
  test.each<[string, string, RefreshRule[], string]>([
    [
      "NOT NULL",
      "CREATE TABLE t (id int PRIMARY KEY, v date NOT NULL)",
      [mask("t.v", "null")],
      "t.v: null (by rule) gives no value for type date NOT NULL",
    ],
    [
      "UNIQUE",
      "CREATE TABLE t (id int PRIMARY KEY, v text UNIQUE)",
      [mask("t.v", "zip")],
      "t.v: mask zip may give two rows the same value, which unique index t_v_key forbids",
    ],
    [
      "a unique index on an expression",
      "CREATE TABLE t (id int PRIMARY KEY, v text); CREATE UNIQUE INDEX lowered ON t (lower(v)) WHERE v <> ''",
      [mask("t.v", "domain")],
      "t.v: mask domain may give two rows the same value, which unique index lowered forbids",
    ],
    [
      "varchar(n) that is too narrow to tell rows apart",
      "CREATE TABLE t (id int PRIMARY KEY, v varchar(3) UNIQUE)",
      [mask("t.v", "text")],
      "t.v: mask text may give two rows the same value, which unique index t_v_key forbids",
    ],
    [
      "CHECK",
      "CREATE TABLE t (id int PRIMARY KEY, v text CONSTRAINT positive CHECK (v ~ '^[0-9]+$')); INSERT INTO t VALUES (1, '7')",
      [mask("t.v", "text")],
      "t.v: the masked value violates CHECK constraint positive",
    ],
    [
      "the CHECK of a domain, and of the domain below it",
      `CREATE DOMAIN shouted AS text CONSTRAINT loud CHECK (VALUE = upper(VALUE)); CREATE DOMAIN "Odd Name" AS shouted;
       CREATE TABLE t (id int PRIMARY KEY, v "Odd Name"); INSERT INTO t VALUES (1, 'AHA')`,
      [mask("t.v", "text")],
      "t.v: the masked value violates CHECK constraint loud",
    ],
    [
      "the CHECK of a domain, under a CHECK of the table",
      `CREATE DOMAIN shouted AS text CONSTRAINT loud CHECK (VALUE = upper(VALUE));
       CREATE TABLE t (id int PRIMARY KEY, v shouted CHECK (v <> '')); INSERT INTO t VALUES (1, 'AHA')`,
      [mask("t.v", "text")],
      "t.v: the masked value violates CHECK constraint loud",
    ],
    [
      "a foreign key whose parent is masked",
      REFERENCES,
      [mask("parent.code", "token"), { columns: "child.code", keep: "test" }],
      "child.code: a mask breaks foreign key child_code_fkey: both sides must be kept, or the reference nulled",
    ],
    [
      "a foreign key that is masked itself",
      REFERENCES,
      [{ columns: "parent.code", keep: "test" }, mask("child.code", "token")],
      "child.code: a mask breaks foreign key child_code_fkey: both sides must be kept, or the reference nulled",
    ],
    [
      "an exclusion constraint",
      "CREATE TABLE t (id int PRIMARY KEY, v text, CONSTRAINT apart EXCLUDE USING btree (v WITH =))",
      [mask("t.v", "zip")],
      "t.v: mask zip may give two rows the same value, which unique index apart forbids",
    ],
  ])("%s", async (_what, sql, rules, expected) => {
    expect((await problems(sql, rules)).map((line) => line.trim())).toEqual([expected]);
  });
});

test.each<[string, string, RefreshRule[]]>([
  ["NULL where it may be", "CREATE TABLE t (id int PRIMARY KEY, v date)", [mask("t.v", "null")]],
  ["what is distinct by id", "CREATE TABLE t (id int PRIMARY KEY, v text UNIQUE)", [mask("t.v", "email")]],
  [
    "a CHECK that the masked value fulfils",
    "CREATE TABLE t (id int PRIMARY KEY, v text CHECK (v <> '')); INSERT INTO t VALUES (1, 'x')",
    [mask("t.v", "text")],
  ],
  [
    "a domain that allows it",
    "CREATE DOMAIN d AS text CHECK (length(VALUE) < 99); CREATE TABLE t (id int PRIMARY KEY, v d); INSERT INTO t VALUES (1, 'x')",
    [mask("t.v", "text")],
  ],
  [
    "a domain that forbids NULL",
    "CREATE DOMAIN d AS text NOT NULL; CREATE TABLE t (id int PRIMARY KEY, v d); INSERT INTO t VALUES (1, 'x')",
    [mask("t.v", "null")],
  ],
  [
    "domains of other types than text",
    `CREATE DOMAIN few AS integer CHECK (VALUE < 9); CREATE DOMAIN paid AS numeric(9, 2) CHECK (VALUE >= 0);
     CREATE DOMAIN born AS date CHECK (VALUE > '1900-01-01'); CREATE DOMAIN tags AS text[] CHECK (array_length(VALUE, 1) < 9);
     CREATE TABLE t (id int PRIMARY KEY, a few, b paid, c born, d tags); INSERT INTO t VALUES (1, 1, 700.5, '1990-05-05', '{x}')`,
    [mask("t.a", "null"), mask("t.b", "amount"), mask("t.c", "date-year"), mask("t.d", "null")],
  ],
  ["a key both sides of which are kept", REFERENCES, [{ columns: "*.code", keep: "test" }]],
  [
    "a foreign key to a table that is emptied",
    `${REFERENCES} INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (1, 'a')`,
    [
      { columns: "parent", empty: true },
      { columns: "child.code", keep: "test" },
    ],
  ],
])("it fits: %s", async (_what, sql, rules) => expect(await problems(sql, rules)).toEqual([]));

// Every key that the review of Odoo 16 to 19 names, with a value of its kind.
const DROPPED = `database.secret database.uuid database.enterprise_code database.already_linked_email
  database.already_linked_subscription_url database.expiration_date database.expiration_reason database.create_date
  google_gmail_client_id google_gmail_client_secret google_calendar_client_id google_calendar_client_secret
  microsoft_outlook_client_id microsoft_outlook_client_secret microsoft_calendar_client_id microsoft_calendar_client_secret
  mail.twilio_account_sid mail.twilio_account_token mail.web_push_vapid_private_key mail.web_push_vapid_public_key
  mail.sfu_server_key mail.sfu_local_key mail.google_translate_api_key discuss.tenor_api_key recaptcha_public_key
  recaptcha_private_key cf.turnstile_site_key cf.turnstile_secret_key unsplash.access_key unsplash.app_id
  google.custom_search.key google_maps.signed_static_api_key google_maps.signed_static_api_secret
  base_geolocalize.google_map_api_key google_address_autocomplete.google_places_api_key cloud_storage_azure_client_secret
  cloud_storage_google_account_info iap.endpoint sms.endpoint partner_token partner_secret some_key some_password
  web.base.url web.base.url.freeze report.url mail.catchall.domain mail.catchall.alias mail.bounce.alias
  mail.default.from mail.default.from_filter hr_recruitment.blacklisted_emails digest.default_digest_emails
  account_peppol.edi.mode saas_trial.confirm_token iap_vies.client_token iap_vies.identifier`.split(/\s+/);

test("parameters of which the value names, opens or sends stay behind, whatever a number they are; harmless ones come along", async () => {
  const copied = await withSession(await makeDatabase(server.odoo, "parameters"), async (session) => {
    await session.query("CREATE TABLE ir_config_parameter (key text, value text)");
    const insert = (keys: readonly string[], value: string | null) =>
      session.query("INSERT INTO ir_config_parameter SELECT k, $2 FROM unnest($1::text[]) k", [keys, value]);
    await insert(DROPPED, "https://somebody@example.com/Value-17");
    await insert(["totp.pin", "database.expiration", "crm.account", "x.phone"], "1234");
    await insert(["base.login_cooldown_after", "sale.automatic_invoice"], null); // from Odoo 20 on
    await insert(["crm.lead.auto.assignment", "custom.module_flag"], "True");
    await insert(["custom.words"], "words");
    const rows = await session.query<{ key: string }>(
      `SELECT key FROM ir_config_parameter t WHERE ${keptParameter()} ORDER BY 1`,
    );
    return rows.map(({ key }) => key);
  });
  expect(copied).toEqual([
    "base.login_cooldown_after",
    "crm.lead.auto.assignment",
    "custom.module_flag",
    "sale.automatic_invoice",
  ]);
});
