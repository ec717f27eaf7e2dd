import { signOn } from "./neutralize-oauth.ts";
import { silence } from "./neutralize-silence.ts";
import { applies, type Guarded, type Statement, statement } from "./neutralize-statement.ts";

/** What the statements are made from. */
export interface Superset {
  /** Does the database have this "table.column"? */
  has: (column: string) => boolean;
  url: string;
  identity: { uuid: string; secret: string } | undefined;
  passwordHash: string | undefined;
  /** Ids of the providers of single sign-on that stay enabled. */
  keptProviders: readonly number[];
}

/** Our superset of Odoo's neutralize: what its files leave live, and what they do once more for columns that exist. */
export function supersetStatements(superset: Superset): Statement[] {
  const { keptProviders } = superset;
  const harmless = [...silence(), ...signOn(keptProviders), ...invoicing()];
  const all = [...harmless, ...address(superset), ...identity(superset), ...access(superset)];
  return all
    .filter((guarded) => applies(guarded, superset.has))
    .map(({ does, sql, values }) => ({ does, sql, ...(values ? { values } : {}) }));
}

/** 14 to 16 have one mode for all users of the proxy, in a parameter. */
function invoicing(): Guarded[] {
  return parameter("electronic invoicing in test mode", "account_edi_proxy_client.demo", "true").map((guarded) => ({
    ...guarded,
    needs: [...guarded.needs, "account_edi_proxy_client_user.id"],
    unless: "account_edi_proxy_client_user.edi_mode",
  }));
}

function address({ url }: Superset): Guarded[] {
  return [
    ...parameter("neutralized flag", "database.is_neutralized", "true"),
    ...parameter("address of staging", "web.base.url", url),
    ...parameter("address of staging", "web.base.url.freeze", "True"),
    statement(
      "address of staging",
      "ir_config_parameter.key",
      "DELETE FROM ir_config_parameter WHERE key IN ('report.url', 'mail.catchall.domain')",
    ),
  ];
}

const ODOO_ACCOUNTS =
  "SELECT res_id FROM ir_model_data WHERE model = 'auth.oauth.provider' AND module = 'auth_oauth' AND name = 'provider_openerp'";

function identity({ identity }: Superset): Guarded[] {
  if (!identity) return [];
  return [
    ...parameter("new identity", "database.uuid", identity.uuid),
    // Odoo does so too when its uuid changes. Where nothing is kept in client_id, nothing has to change.
    statement(
      "new identity",
      "auth_oauth_provider.client_id",
      `UPDATE auth_oauth_provider SET client_id = $1 WHERE client_id <> $1 AND id IN (${ODOO_ACCOUNTS})`,
      [identity.uuid],
    ),
    ...parameter("new identity", "database.secret", identity.secret),
    ...parameter("new identity", "database.create_date", new Date().toISOString().slice(0, 19).replace("T", " ")),
    statement(
      "subscription removed",
      "ir_config_parameter.key",
      "DELETE FROM ir_config_parameter WHERE key = 'database.enterprise_code' OR key LIKE 'database.expiration%' OR key LIKE 'database.already\\_linked%'",
    ),
  ];
}

/** ir_config_parameter has a unique index on key since ever, but no constraint that all series share: hence two steps. */
function parameter(does: string, key: string, value: string): Guarded[] {
  return [
    statement(
      does,
      "ir_config_parameter.key",
      "UPDATE ir_config_parameter SET value = $2 WHERE key = $1 AND value IS DISTINCT FROM $2",
      [key, value],
    ),
    statement(
      does,
      "ir_config_parameter.key",
      `INSERT INTO ir_config_parameter (key, value) SELECT $1::varchar, $2::text WHERE NOT EXISTS (SELECT 1 FROM ir_config_parameter WHERE key = $1::varchar)`,
      [key, value],
    ),
  ];
}

const INTERNAL =
  "SELECT res_id FROM ir_model_data WHERE model = 'res.users' AND module = 'base' AND name IN ('user_root', 'public_user', 'default_user', 'template_portal_user_id')";
const ADMIN = "SELECT res_id FROM ir_model_data WHERE model = 'res.users' AND module = 'base' AND name = 'user_admin'";

function access({ passwordHash }: Superset): Guarded[] {
  if (passwordHash === undefined) return [];
  return [
    statement(
      "passwords of employees and portal users set",
      "res_users.password",
      `UPDATE res_users SET password = $1 WHERE active AND id NOT IN (${INTERNAL})`,
      [passwordHash],
    ),
    statement(
      "passwords of all others cleared",
      "res_users.password",
      `UPDATE res_users SET password = NULL WHERE password IS NOT NULL AND (active IS NOT TRUE OR id IN (${INTERNAL}))`,
    ),
    statement(
      "administrator can log in",
      "res_users.login",
      `UPDATE res_users SET login = 'admin', active = true WHERE id IN (${ADMIN}) AND (login <> 'admin' OR NOT active)`,
    ),
  ];
}
