import { mailServers } from "./neutralize-mail.ts";
import { type Guarded, statement } from "./neutralize-statement.ts";

/** What keeps a copy from reaching anybody outside: crons, servers, providers, queues, secrets. */
export function silence(): Guarded[] {
  return [...switches(), ...queues(), ...secrets()];
}

const AUTOVACUUM =
  "SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND module = 'base' AND name = 'autovacuum_job'";

function switches(): Guarded[] {
  return [
    statement(
      "crons off",
      "ir_cron.active",
      `UPDATE ir_cron SET active = false WHERE active AND id NOT IN (${AUTOVACUUM})`,
    ),
    ...mailServers(),
    statement(
      "incoming mail off",
      "fetchmail_server.active",
      "UPDATE fetchmail_server SET active = false WHERE active",
    ),
    statement(
      "incoming mail off",
      "fetchmail_server.server",
      "UPDATE fetchmail_server SET server = NULL WHERE server IS NOT NULL",
    ),
    statement(
      "mail templates use no server",
      "mail_template.mail_server_id",
      "UPDATE mail_template SET mail_server_id = NULL WHERE mail_server_id IS NOT NULL",
    ),
    statement(
      "payment providers off",
      "payment_provider.state",
      "UPDATE payment_provider SET state = 'disabled' WHERE state NOT IN ('test', 'disabled')",
    ),
    statement(
      "payment providers off",
      "payment_acquirer.state",
      "UPDATE payment_acquirer SET state = 'disabled' WHERE state NOT IN ('test', 'disabled')",
    ),
    statement(
      "carriers in test mode",
      "delivery_carrier.prod_environment",
      "UPDATE delivery_carrier SET prod_environment = false WHERE prod_environment",
    ),
    statement(
      "webhooks off",
      "ir_act_server.webhook_url",
      "UPDATE ir_act_server SET webhook_url = 'neutralization - disable webhook' WHERE state = 'webhook' AND webhook_url IS DISTINCT FROM 'neutralization - disable webhook'",
    ),
    // What Odoo's own script does from 17 on.
    statement(
      "purchases (IAP) off",
      "iap_account.account_token",
      `UPDATE iap_account SET account_token = regexp_replace(account_token, '(\\+.*)?$', '+disabled')
        WHERE account_token NOT LIKE '%+disabled'`,
    ),
    statement(
      "payment terminals in test mode",
      "pos_payment_method.adyen_test_mode",
      "UPDATE pos_payment_method SET adyen_test_mode = true WHERE adyen_test_mode IS NOT TRUE",
    ),
    statement("LDAP removed", "res_company_ldap.ldap_server", "DELETE FROM res_company_ldap"),
    statement(
      "electronic invoicing in test mode",
      "account_edi_proxy_client_user.edi_mode",
      "UPDATE account_edi_proxy_client_user SET edi_mode = 'test' WHERE edi_mode = 'prod'",
    ),
    statement(
      "banner shown",
      "ir_ui_view.active",
      `UPDATE ir_ui_view SET active = true WHERE NOT active AND id IN (
        SELECT res_id FROM ir_model_data WHERE model = 'ir.ui.view' AND (module, name) IN (('web', 'neutralize_banner'), ('website', 'neutralize_ribbon')))`,
    ),
  ];
}

function queues(): Guarded[] {
  return [
    statement(
      "outgoing mail cancelled",
      "mail_mail.state",
      "UPDATE mail_mail SET state = 'cancel' WHERE state IN ('outgoing', 'exception')",
    ),
    statement(
      "outgoing SMS cancelled",
      "sms_sms.state",
      "UPDATE sms_sms SET state = 'canceled' WHERE state IN ('outgoing', 'pending', 'process')",
    ),
    statement(
      "letters cancelled",
      "snailmail_letter.state",
      "UPDATE snailmail_letter SET state = 'canceled' WHERE state IN ('pending', 'error')",
    ),
    statement(
      "jobs cancelled",
      "queue_job.state",
      "UPDATE queue_job SET state = 'cancelled' WHERE state NOT IN ('done', 'cancelled', 'failed')",
    ),
    statement("cron triggers removed", "ir_cron_trigger.id", "DELETE FROM ir_cron_trigger"),
    statement(
      "mass mailings stopped",
      "mailing_mailing.state",
      "UPDATE mailing_mailing SET state = 'draft' WHERE state IN ('in_queue', 'sending')",
    ),
    statement("asset bundles removed", "ir_attachment.url", "DELETE FROM ir_attachment WHERE url LIKE '/web/assets/%'"),
  ];
}

function secrets(): Guarded[] {
  const cleared = (table: string, columns: string) =>
    columns
      .split(" ")
      .map((column) =>
        statement(
          "credentials cleared",
          `${table}.${column}`,
          `UPDATE ${table} SET ${column} = NULL WHERE ${column} IS NOT NULL`,
        ),
      );
  return [
    ...cleared("ir_mail_server", "smtp_user smtp_pass smtp_ssl_certificate smtp_ssl_private_key"),
    ...cleared("fetchmail_server", `"user" password`).map((s) => ({
      ...s,
      needs: s.needs.map((n) => n.replaceAll('"', "")),
    })),
    ...cleared("res_users", "totp_secret oauth_access_token microsoft_calendar_rtoken microsoft_calendar_token"),
    // Of users in 14, of credentials in 15 to 17, of settings from 18 on.
    ...cleared("res_users", "google_calendar_rtoken google_calendar_token"),
    ...cleared("google_calendar_credentials", "calendar_rtoken calendar_token"),
    ...cleared("res_users_settings", "google_calendar_rtoken google_calendar_token"),
    ...cleared("website", "domain domain_punycode google_analytics_key google_maps_api_key plausible_shared_key"),
    statement(
      "website not indexed, no CDN",
      "website.cdn_activated",
      "UPDATE website SET cdn_activated = false WHERE cdn_activated",
    ),
    statement(
      "website not indexed, no CDN",
      "website.robots_txt",
      "UPDATE website SET robots_txt = E'User-agent: *\\nDisallow: /' WHERE robots_txt IS DISTINCT FROM E'User-agent: *\\nDisallow: /'",
    ),
  ];
}
