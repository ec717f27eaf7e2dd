// What an Odoo database may reach somebody outside by: its tables as each series has them, and a row that is live.

/** A way out of a database. */
export interface WayOut {
  /** First and last series that has it like this. */
  series: [from: number, to: number];
  /** CREATE TABLE's columns, by table; tables that several ways share are merged. */
  columns: Record<string, string>;
  /** Makes it live, also again. */
  live: string;
  /** One row for each live one. */
  seen: string;
  /** The check that refuses it. */
  check: string;
}

const MAIL_SERVER =
  "name varchar NOT NULL, smtp_host varchar NOT NULL, smtp_port integer NOT NULL, smtp_user varchar, smtp_pass varchar, smtp_encryption varchar NOT NULL, sequence integer, active boolean";
const PAYMENT =
  "name varchar NOT NULL, provider varchar NOT NULL, company_id integer NOT NULL, state varchar NOT NULL, sequence integer, stripe_secret_key varchar";
const CODED = PAYMENT.replace("name varchar", "name jsonb").replace("provider varchar", "code varchar");
const EDI = "id_client varchar NOT NULL, company_id integer NOT NULL, edi_identification varchar NOT NULL";
const USER = "login varchar NOT NULL, password varchar, active boolean";
const cron = {
  live: "INSERT INTO ir_cron (active, nextcall) VALUES (true, now())",
  seen: "SELECT 1 FROM ir_cron WHERE active AND id > 1",
  check: "no cron active but autovacuum",
};
const server = {
  seen: "SELECT 1 FROM ir_mail_server WHERE active AND smtp_host <> 'invalid'",
  check: "no live mail server",
};
const pays = (table: string, values: string) => ({
  live: `INSERT INTO ${table} (${values.split(" = ")[0]}) VALUES (${values.split(" = ")[1]})`,
  seen: `SELECT 1 FROM ${table} WHERE state = 'enabled'`,
  check: "no live payment provider",
});
const waiting = (table: string, state: string, check: string): WayOut => ({
  series: [14, 20],
  columns: { [table]: "state varchar" },
  live: `INSERT INTO ${table} (state) VALUES ('${state}')`,
  seen: `SELECT 1 FROM ${table} WHERE state = '${state}'`,
  check,
});
const calendar = (series: [number, number], table: string, column: string, more = ""): WayOut => ({
  series,
  columns: { [table]: `${more}${column} varchar` },
  live:
    table === "res_users"
      ? `UPDATE res_users SET ${column} = 'token'`
      : `INSERT INTO ${table} (${column}) VALUES ('token')`,
  seen: `SELECT 1 FROM ${table} WHERE ${column} IS NOT NULL`,
  check: "no calendar synchronized",
});

/** By what each of them is; what vanished or moved stands twice. */
export const WAYS_OUT: Record<string, WayOut> = {
  "cron with numbercall": {
    series: [14, 17],
    columns: { ir_cron: "active boolean, nextcall timestamp NOT NULL, numbercall integer DEFAULT -1, doall boolean" },
    ...cron,
  },
  cron: { series: [18, 20], columns: { ir_cron: "active boolean, nextcall timestamp NOT NULL" }, ...cron },
  "mail server of 14": {
    series: [14, 14],
    columns: { ir_mail_server: MAIL_SERVER },
    live: "INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, active) VALUES ('s', 'mail.test', 25, 'none', true)",
    ...server,
  },
  "mail server": {
    series: [15, 20],
    columns: { ir_mail_server: `${MAIL_SERVER}, smtp_authentication varchar NOT NULL, from_filter varchar` },
    live: "INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, active, smtp_authentication) VALUES ('s', 'mail.test', 25, 'none', true, 'login')",
    ...server,
  },
  "incoming mail": {
    series: [14, 20],
    columns: { fetchmail_server: 'active boolean, state varchar, server varchar, "user" varchar, password varchar' },
    live: "INSERT INTO fetchmail_server (active, state, server) VALUES (true, 'done', 'imap.test')",
    seen: "SELECT 1 FROM fetchmail_server WHERE active",
    check: "no incoming mail server",
  },
  "payment acquirer": {
    series: [14, 15],
    columns: { payment_acquirer: PAYMENT },
    ...pays("payment_acquirer", "name, provider, company_id, state = 'Stripe', 'stripe', 1, 'enabled'"),
  },
  "payment provider": {
    series: [16, 20],
    columns: { payment_provider: CODED },
    ...pays("payment_provider", "name, code, company_id, state = '{}', 'stripe', 1, 'enabled'"),
  },
  "payment terminal": {
    series: [14, 20],
    columns: { pos_payment_method: "adyen_test_mode boolean" },
    live: "INSERT INTO pos_payment_method (adyen_test_mode) VALUES (false)",
    seen: "SELECT 1 FROM pos_payment_method WHERE NOT adyen_test_mode",
    check: "no live payment terminal",
  },
  carrier: {
    series: [14, 20],
    columns: { delivery_carrier: "delivery_type varchar NOT NULL, prod_environment boolean" },
    live: "INSERT INTO delivery_carrier (delivery_type, prod_environment) VALUES ('dhl', true)",
    seen: "SELECT 1 FROM delivery_carrier WHERE prod_environment",
    check: "no live carrier",
  },
  webhook: {
    series: [17, 20],
    columns: { ir_act_server: "state varchar NOT NULL, webhook_url varchar" },
    live: "INSERT INTO ir_act_server (state, webhook_url) VALUES ('webhook', 'https://hook.test')",
    seen: "SELECT 1 FROM ir_act_server WHERE webhook_url LIKE 'https%'",
    check: "no live webhook",
  },
  OAuth: {
    series: [14, 20],
    columns: { auth_oauth_provider: "enabled boolean, auth_endpoint varchar NOT NULL" },
    live: "INSERT INTO auth_oauth_provider (enabled, auth_endpoint) VALUES (true, 'https://sso.test')",
    seen: "SELECT 1 FROM auth_oauth_provider WHERE enabled",
    check: "no single sign-on",
  },
  LDAP: {
    series: [14, 20],
    columns: { res_company_ldap: "ldap_server varchar NOT NULL" },
    live: "INSERT INTO res_company_ldap (ldap_server) VALUES ('ldap.test')",
    seen: "SELECT 1 FROM res_company_ldap",
    check: "no LDAP",
  },
  IAP: {
    series: [14, 20],
    columns: { iap_account: "service_name varchar, account_token varchar" },
    live: "INSERT INTO iap_account (service_name, account_token) VALUES ('sms', 'token')",
    seen: "SELECT 1 FROM iap_account WHERE account_token = 'token'",
    check: "no purchases (IAP)",
  },
  "electronic invoicing of 14 to 16": {
    series: [14, 16],
    columns: { account_edi_proxy_client_user: EDI },
    live: "UPDATE ir_config_parameter SET value = 'prod' WHERE key = 'account_edi_proxy_client.demo'",
    seen: "SELECT 1 WHERE NOT EXISTS (SELECT FROM ir_config_parameter WHERE key = 'account_edi_proxy_client.demo' AND value = 'true')",
    check: "electronic invoicing not live",
  },
  "electronic invoicing": {
    series: [17, 20],
    columns: { account_edi_proxy_client_user: `${EDI}, edi_mode varchar` },
    live: "INSERT INTO account_edi_proxy_client_user (id_client, company_id, edi_identification, edi_mode) VALUES ('a', 1, 'b', 'prod')",
    seen: "SELECT 1 FROM account_edi_proxy_client_user WHERE edi_mode = 'prod'",
    check: "electronic invoicing not live",
  },
  "outgoing mail": waiting("mail_mail", "outgoing", "no mail waiting to be sent"),
  SMS: waiting("sms_sms", "outgoing", "no SMS waiting to be sent"),
  letter: waiting("snailmail_letter", "pending", "no letter waiting to be sent"),
  "mass mailing": waiting("mailing_mailing", "in_queue", "no mass mailing under way"),
  job: waiting("queue_job", "pending", "no job waiting"),
  "Google calendar of 14": calendar(
    [14, 14],
    "res_users",
    "google_calendar_rtoken",
    `${USER}, google_calendar_token varchar, `,
  ),
  "Google calendar of 15": calendar(
    [15, 17],
    "google_calendar_credentials",
    "calendar_rtoken",
    "calendar_token varchar, ",
  ),
  "Google calendar": calendar(
    [18, 20],
    "res_users_settings",
    "google_calendar_rtoken",
    "google_calendar_token varchar, ",
  ),
  "Microsoft calendar": calendar(
    [14, 20],
    "res_users",
    "microsoft_calendar_rtoken",
    `${USER}, microsoft_calendar_token varchar, `,
  ),
  flag: {
    series: [14, 20],
    columns: { ir_config_parameter: "key varchar NOT NULL UNIQUE, value text NOT NULL" },
    live: "DELETE FROM ir_config_parameter WHERE key = 'database.is_neutralized'",
    seen: "SELECT 1 WHERE NOT EXISTS (SELECT FROM ir_config_parameter WHERE key = 'database.is_neutralized')",
    check: "marked as neutralized",
  },
  "odoo.conf's mail server": {
    series: [14, 20],
    columns: {},
    live: "DELETE FROM ir_mail_server WHERE smtp_host = 'invalid'",
    seen: "SELECT 1 WHERE NOT EXISTS (SELECT FROM ir_mail_server WHERE active AND smtp_host = 'invalid')",
    check: "a dummy mail server in place of odoo.conf's",
  },
};
