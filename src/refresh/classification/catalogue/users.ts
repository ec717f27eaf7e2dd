import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Users, their credentials, devices and personal settings. */
export const users: Area = {
  emptied: [
    { reason: "credentials", tables: "res_users_apikeys auth_totp_device auth_passkey_key res_users_pass_history" },
    { reason: "devices and logins", tables: "res_users_log res_device_log auth_totp_rate_limit_log" },
  ],
  treated: {
    auth_oauth_provider: {
      null: "client_id",
      translated: "body",
    },
    google_calendar_credentials: {
      secret: "calendar_rtoken calendar_token calendar_sync_token",
      null: "calendar_cal_id",
    },
    microsoft_calendar_credentials: {
      secret: "calendar_sync_token",
    },
    res_company_ldap: {
      secret: "ldap_password ldap_binddn",
      url: "ldap_server",
      null: "ldap_base ldap_filter",
    },
    res_users: {
      login: "login",
      html: "signature out_of_office_message",
      secret: `
        password totp_secret oauth_access_token microsoft_calendar_rtoken microsoft_calendar_sync_token
        microsoft_calendar_token
      `,
      null: "oauth_uid livechat_username totp_last_counter",
    },
    res_users_settings: {
      null: `
        livechat_username google_calendar_cal_id google_calendar_rtoken google_calendar_sync_token
        google_calendar_token microsoft_calendar_sync_token
      `,
    },
  },
  kept: [
    {
      reason: why.choice,
      tables: {
        res_users_settings: "push_to_talk_key",
      },
    },
    {
      reason: why.label,
      tables: {
        auth_oauth_provider: "name css_class scope auth_endpoint data_endpoint validation_endpoint",
        res_groups: "comment name",
        res_groups_privilege: "description name placeholder",
        res_role: "name",
      },
    },
    {
      reason: why.ids,
      tables: {
        res_users: "property_warehouse_id",
        res_users_settings_embedded_action: "embedded_actions_order embedded_actions_visibility",
      },
    },
    {
      reason: why.model,
      tables: {
        res_users_settings_embedded_action: "res_model",
      },
    },
  ],
};
