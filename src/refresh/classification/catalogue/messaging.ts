import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Mail: messages, activities, aliases, templates and servers. */
export const messaging: Area = {
  emptied: [
    { reason: "reactions of people to messages: free text, of no use for a test", tables: "mail_message_reaction" },
    {
      reason: "messages waiting to be sent, not to be sent twice",
      tables: "mail_message_schedule mail_scheduled_message",
    },
    { reason: "outgoing mail", tables: "mail_mail" },
    { reason: "outgoing push notifications", tables: "mail_notification_web_push mail_push" },
    { reason: "devices and logins", tables: "mail_push_device mail_partner_device" },
    { reason: "cache of message texts", tables: "mail_message_translation" },
    { reason: "cache of pages that messages link to", tables: "mail_link_preview mail_message_link_preview" },
    { reason: "credentials", tables: "mail_ice_server" },
    { reason: "notifications on their way to browsers", tables: "bus_bus" },
    { reason: "recordings of calls", tables: "mail_call_artifact" },
  ],
  treated: {
    fetchmail_server: {
      text: "name",
      null: "server user script configuration error_message",
      secret: `
        password google_gmail_access_token google_gmail_authorization_code google_gmail_refresh_token
        microsoft_outlook_access_token microsoft_outlook_refresh_token
      `,
    },
    ir_mail_server: {
      text: "name",
      secret: `
        smtp_host smtp_user smtp_pass smtp_ssl_certificate smtp_ssl_private_key google_gmail_access_token
        google_gmail_authorization_code google_gmail_refresh_token microsoft_outlook_access_token
        microsoft_outlook_refresh_token
      `,
      null: "from_filter",
    },
    mail_activity: {
      text: "summary res_name feedback",
      html: "note",
    },
    mail_activity_type: {
      "translated-html": "default_note",
      translated: "summary",
    },
    mail_alias: {
      "external-id": "alias_name",
      email: "alias_full_name",
      json: "alias_defaults",
      "translated-html": "alias_bounced_content",
    },
    mail_alias_domain: {
      "external-id": "name",
    },
    mail_canned_response: {
      text: "source substitution description",
    },
    mail_channel: {
      name: "name anonymous_name",
      text: "description",
      token: "uuid",
    },
    mail_channel_member: {
      text: "custom_channel_name",
    },
    mail_gateway_allowed: {
      email: "email email_normalized",
    },
    mail_group: {
      translated: "name",
      text: "description",
      html: "moderation_guidelines_msg moderation_notify_msg",
    },
    mail_group_member: {
      email: "email@partner_id email_normalized@partner_id",
    },
    mail_group_message: {
      email: "email_from_normalized",
    },
    mail_group_moderation: {
      email: "email",
    },
    mail_guest: {
      name: "name",
      email: "email",
      token: "access_token",
      null: "timezone",
    },
    mail_message: {
      text: "subject record_name",
      html: "body",
      email: "email_from@author_id reply_to@author_id",
      "external-id": "message_id",
      null: "incoming_email_cc incoming_email_to outgoing_email_to",
    },
    mail_notification: {
      phone: "sms_number@res_partner_id",
      email: "mail_email_address@res_partner_id",
      null: "failure_reason",
    },
    mail_shortcode: {
      text: "source substitution description",
    },
    mail_template: {
      "template-address": "email_from email_to email_cc reply_to partner_to",
    },
    mail_tracking_value: {
      null: `
        old_value_char new_value_char old_value_text new_value_text old_value_integer new_value_integer
        old_value_float new_value_float old_value_monetary new_value_monetary old_value_datetime
        new_value_datetime field_info
      `,
    },
  },
  kept: [
    {
      reason: why.choice,
      tables: {
        mail_guest: "lang",
      },
    },
    {
      reason: why.style,
      tables: {
        mail_activity_type: "icon",
      },
    },
    {
      reason: why.label,
      tables: {
        mail_activity_plan: "name",
        mail_activity_type: "name",
        mail_message_subtype: "name description",
      },
    },
    {
      reason: why.model,
      tables: {
        mail_activity: "res_model",
        mail_followers: "res_model",
        mail_message: "model email_layout_xmlid",
        mail_message_subtype: "relation_field res_model",
        mail_template: "model email_layout_xmlid",
        mail_tracking_value: "field_desc[16] field_type[16]",
      },
    },
    {
      reason: why.ownDomain,
      tables: {
        mail_alias_domain: "bounce_alias catchall_alias default_from",
      },
    },
    {
      reason: why.template,
      tables: {
        mail_template: "body_html subject name description lang report_name[16] scheduled_date template_fs",
      },
    },
  ],
};
