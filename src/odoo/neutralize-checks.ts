import type { Session } from "../platform/postgres.ts";
import { allowedSignOn } from "./neutralize-oauth.ts";
import { applies, storedColumns } from "./neutralize-statement.ts";

/** Something that a harmless copy has none of. */
interface Danger {
  /** What is claimed of the copy. */
  name: string;
  /** Columns, each "table.column"; the first is of the table that is looked at. */
  needs: string[];
  /** A column with which another look tells it. */
  unless?: string;
  /** How many rows are dangerous. */
  sql: string;
  /** What is none by the team's policy. */
  allowed?: string;
}

/** What a look at a copy found. */
export interface Look {
  name: string;
  table: string;
  /** Number of rows by which the copy would reach somebody outside. */
  rows: number;
  /** What was not counted, since the team's policy allows it. */
  allowed?: string;
}

const rows = (name: string, column: string, where: string): Danger => {
  const table = column.split(".")[0] as string;
  return { name, needs: [column], sql: `SELECT count(*)::int AS count FROM public.${table} WHERE ${where}` };
};

const parameter = (name: string, key: string, value: string): Danger => ({
  name,
  needs: ["ir_config_parameter.key"],
  sql: `SELECT 1 - count(*)::int AS count FROM public.ir_config_parameter WHERE key = '${key}' AND value = '${value}'`,
});

const AUTOVACUUM = `SELECT res_id FROM public.ir_model_data WHERE model = 'ir.cron' AND module = 'base' AND name = 'autovacuum_job'`;
const PAYS = "state NOT IN ('test', 'disabled')";

// Said apart from the statements that switch things off, so that one which is lost there is missed here.
function dangers(keptProviders: readonly number[]): Danger[] {
  return [
    rows("no cron active but autovacuum", "ir_cron.active", `active AND id NOT IN (${AUTOVACUUM})`),
    ...mailServers(),
    rows("no mail waiting to be sent", "mail_mail.state", "state = 'outgoing'"),
    rows("no SMS waiting to be sent", "sms_sms.state", "state IN ('outgoing', 'pending', 'process')"),
    rows("no letter waiting to be sent", "snailmail_letter.state", "state = 'pending'"),
    rows("no mass mailing under way", "mailing_mailing.state", "state IN ('in_queue', 'sending')"),
    rows("no job waiting", "queue_job.state", "state NOT IN ('done', 'cancelled', 'failed')"),
    rows("no incoming mail server", "fetchmail_server.active", "active"),
    rows("no live payment provider", "payment_provider.state", PAYS),
    rows("no live payment provider", "payment_acquirer.state", PAYS), // 14, 15
    rows("no live payment terminal", "pos_payment_method.adyen_test_mode", "adyen_test_mode IS NOT TRUE"),
    rows("no live carrier", "delivery_carrier.prod_environment", "prod_environment"),
    rows(
      "no live webhook",
      "ir_act_server.webhook_url",
      "state = 'webhook' AND webhook_url NOT LIKE 'neutralization%'",
    ),
    signOn(keptProviders),
    rows("no LDAP", "res_company_ldap.ldap_server", "true"),
    rows("no purchases (IAP)", "iap_account.account_token", "account_token NOT LIKE '%+disabled'"),
    ...invoicing(),
    ...calendars(),
    parameter("marked as neutralized", "database.is_neutralized", "true"),
  ];
}

function mailServers(): Danger[] {
  const name = "no live mail server";
  const host = "ir_mail_server.smtp_host";
  return [
    rows(name, host, "active AND smtp_host IS DISTINCT FROM 'invalid'"),
    { ...rows(name, "ir_mail_server.active", "active"), unless: host },
    {
      name: "a dummy mail server in place of odoo.conf's",
      needs: [host, "ir_mail_server.smtp_port", "ir_mail_server.smtp_encryption"],
      sql: "SELECT (count(*) = 0)::int AS count FROM public.ir_mail_server WHERE active AND smtp_host = 'invalid'",
    },
  ];
}

function signOn(kept: readonly number[]): Danger {
  const enabled = "auth_oauth_provider.enabled";
  if (kept.length === 0) return rows("no single sign-on", enabled, "enabled");
  const others = rows("no single sign-on but by policy", enabled, `enabled AND id NOT IN (${kept.join(", ")})`);
  return { ...others, allowed: allowedSignOn(kept) };
}

function invoicing(): Danger[] {
  const mode = "account_edi_proxy_client_user.edi_mode";
  const demo = parameter("electronic invoicing not live", "account_edi_proxy_client.demo", "true");
  return [
    rows("electronic invoicing not live", mode, "edi_mode = 'prod'"),
    { ...demo, needs: ["account_edi_proxy_client_user.id", ...demo.needs], unless: mode },
  ];
}

function calendars(): Danger[] {
  const synchronized = (column: string) =>
    rows("no calendar synchronized", column, `${column.split(".")[1]} IS NOT NULL`);
  return [
    "res_users.google_calendar_rtoken",
    "google_calendar_credentials.calendar_rtoken",
    "res_users_settings.google_calendar_rtoken",
    "res_users.microsoft_calendar_rtoken",
  ].map(synchronized);
}

/**
 * Would this copy, when started, leave the outside world alone? Looks at whatever the series and its modules have; by
 * policy these providers of single sign-on may be enabled.
 */
export async function lookForDangers(session: Session, keptProviders: readonly number[] = []): Promise<Look[]> {
  const columns = await storedColumns(session);
  const looks: Look[] = [];
  for (const danger of dangers(keptProviders).filter((one) => applies(one, (column) => columns.has(column)))) {
    const [found] = await session.query<{ count: number }>(danger.sql);
    const { name, needs, allowed } = danger;
    const table = needs[0]?.split(".")[0] ?? "";
    looks.push({ name, table, rows: found?.count ?? 1, ...(allowed === undefined ? {} : { allowed }) });
  }
  return looks;
}
