import type { Session } from "../../src/platform/postgres.ts";

/** Is part of every secret that `plantSecrets` writes: whatever holds it has leaked one. */
export const secretMark = "WorkbenchSecret";

const demoUser = "(SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'user_demo')";

/** Every kind of secret that a production database holds and Odoo's demo data lacks. */
const statements: readonly string[] = [
  `INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_user, smtp_pass, smtp_authentication, smtp_encryption, active, sequence)
   VALUES ('Outgoing', '127.0.0.1', 9, '$smtp-user@example.com', '$smtp-password', 'login', 'starttls', true, 10)`,
  `INSERT INTO fetchmail_server (name, server, port, server_type, "user", password, state, active)
   VALUES ('Incoming', '127.0.0.1', 9, 'imap', '$imap-user@example.com', '$imap-password', 'done', true)`,
  `INSERT INTO res_users_apikeys (name, user_id, scope, index, key, create_date)
   SELECT 'Connector', id, 'rpc', 'workbnch', '$api-key', now() AT TIME ZONE 'UTC' FROM res_users WHERE login = 'admin'`,
  `UPDATE res_users SET totp_secret = '$totp' WHERE id = ${demoUser}`,
  `UPDATE payment_provider SET stripe_publishable_key = '$stripe-publishable', stripe_secret_key = '$stripe-secret',
          stripe_webhook_secret = '$stripe-webhook', state = 'test' WHERE code = 'stripe'`,
  `INSERT INTO payment_token (provider_id, payment_method_id, partner_id, company_id, provider_ref, payment_details, active)
   SELECT p.id, m.id, u.partner_id, p.company_id, '$payment-token', '4242', true
     FROM payment_provider p, res_users u, (SELECT min(id) AS id FROM payment_method) m
    WHERE p.code = 'stripe' AND u.id = ${demoUser}`,
  `INSERT INTO auth_oauth_provider (name, client_id, auth_endpoint, validation_endpoint, body, enabled, css_class, sequence)
   VALUES ('Company login', '$oauth-client', 'https://login.example.com/authorize', 'https://login.example.com/userinfo',
           '{"en_US": "Log in with the company"}', false, 'fa fa-fw fa-sign-in', 10)`,
  `UPDATE res_users SET oauth_uid = '$oauth-uid', oauth_access_token = '$oauth-token',
          oauth_provider_id = (SELECT max(id) FROM auth_oauth_provider) WHERE id = ${demoUser}`,
  `INSERT INTO iap_account (name, service_id, account_token, state)
   SELECT name, id, '$iap-' || technical_name, 'registered' FROM iap_service`,
  `INSERT INTO ir_act_server (type, binding_type, name, model_id, usage, state, webhook_url)
   SELECT 'ir.actions.server', 'action', '{"en_US": "Tell the warehouse"}', id, 'ir_actions_server', 'webhook',
          'https://hooks.example.com/$webhook' FROM ir_model WHERE model = 'res.partner'`,
  `INSERT INTO ir_config_parameter (key, value) VALUES
     ('google_gmail_client_secret', '$gmail'), ('microsoft_outlook_client_secret', '$outlook'),
     ('recaptcha_private_key', '$recaptcha'), ('unsplash.access_key', '$unsplash'), ('warehouse.api_token', '$warehouse')`,
  `UPDATE ir_config_parameter SET value = '$database-secret' WHERE key = 'database.secret'`,
];

/** Plants the secrets into a database of the workbench's modules. */
export async function plantSecrets(session: Session): Promise<void> {
  for (const statement of statements) await session.query(statement.replaceAll("$", secretMark));
}
