import { quoteLiteral } from "../../platform/postgres.ts";

// Configuration that the copy needs and that names nobody. Everything else stays behind, so that Odoo falls back to its
// default: an empty text would break code that expects a number.
const KEPT_KEYS = [
  "base.default_max_email_size",
  "base.login_cooldown_after",
  "base.login_cooldown_duration",
  "base.template_portal_user_id",
  "base_setup.default_user_rights",
  "auth_signup.invitation_scope",
  "auth_signup.reset_password",
  "account.use_invoice_terms",
  "account.show_line_subtotals_tax_selection",
  "crm.lead.auto.assignment",
  "crm.pls_fields",
  "crm.pls_start_date",
  "mail.activity.gc.delete_overdue_years",
  "mail.activity.systray.limit",
  "module_auto_update.installed_checksums",
  "product.product_pricelist_setting",
  "product.volume_in_cubic_feet",
  "product.weight_in_lbs",
  "report.paperformat",
  "sale.async_emails",
  "sale.automatic_invoice",
  "sale.default_confirmation_template",
  "sale.default_invoice_email_template",
  "stock.merge_only_same_date",
  "web.max_file_upload_size",
  "website.auth_signup",
] as const;

const SECRET_KEY = "(key|token|secret|passw|pwd|uuid|pin|iban|account|phone|mail|sid)";

/**
 * SQL condition on `t`: this row of ir_config_parameter is copied. Besides the known keys, a flag or a small number under
 * a key that does not speak of a secret: too short to be one.
 */
export function keptParameter(): string {
  const keys = KEPT_KEYS.map(quoteLiteral).join(", ");
  const flag = `(t.value ~ '^(-?[0-9]{1,4}|[Tt]rue|[Ff]alse)$' AND t.key !~* '${SECRET_KEY}' AND t.key NOT LIKE 'database.%')`;
  return `(t.key IN (${keys}) OR ${flag})`;
}
