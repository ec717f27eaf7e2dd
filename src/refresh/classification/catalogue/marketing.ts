import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Mailings, links, campaigns and leads. */
export const marketing: Area = {
  emptied: [
    { reason: "who received, opened and answered which mailing", tables: "mailing_trace" },
    { reason: "who clicked what from which address", tables: "link_tracker_click" },
    { reason: "addresses of website visitors", tables: "crm_reveal_view" },
  ],
  treated: {
    crm_lead: {
      name: "contact_name@partner_id partner_name@partner_id",
      text: "name function referred",
      email: "email_from@partner_id email_normalized@partner_id email_cc@partner_id email_domain_criterion",
      phone: "phone@partner_id mobile@partner_id phone_sanitized@partner_id",
      street: "street@partner_id street2@partner_id",
      city: "city@partner_id",
      zip: "zip@partner_id",
      null: "partner_latitude partner_longitude reveal_id reveal_ip",
      html: "description",
      url: "website@partner_id",
      properties: "lead_properties",
    },
    crm_stage: {
      text: "requirements",
    },
    crm_team: {
      translated: "name",
    },
    digest_tip: {
      translated: "name",
      "translated-html": "tip_description",
    },
    link_tracker: {
      text: "label title",
      url: "url",
    },
    mailing_contact: {
      name: "name last_name company_name",
      null: "first_name",
      email: "email email_normalized",
      phone: "mobile phone_sanitized",
      properties: "properties",
    },
    mailing_filter: {
      text: "name",
      domain: "mailing_domain",
    },
    mailing_list: {
      text: "name",
    },
    mailing_mailing: {
      translated: "subject",
      text: "preview body_plaintext",
      html: "body_arch body_html",
      email: "email_from reply_to",
      domain: "mailing_domain",
    },
    utm_campaign: {
      text: "name",
      translated: "title",
    },
    utm_source: {
      name: "name",
    },
  },
  kept: [
    {
      reason: why.choice,
      tables: {
        mailing_mailing: "lang",
      },
    },
    {
      reason: why.label,
      tables: {
        crm_iap_lead_industry: "name reveal_ids",
        crm_iap_lead_mining_request: "name",
        crm_iap_lead_role: "name reveal_id",
        crm_iap_lead_seniority: "name reveal_id",
        crm_lead_scoring_frequency: "value variable",
        crm_lost_reason: "name",
        crm_recurring_plan: "name",
        crm_reveal_rule: "name suffix",
        crm_stage: "name",
        crm_tag: "name",
        digest_digest: "name",
        link_tracker_code: "code",
        mailing_subscription_optout: "name",
        utm_medium: "name",
        utm_stage: "name",
        utm_tag: "name",
      },
    },
    {
      reason: why.definition,
      tables: {
        crm_team: "lead_properties_definition",
      },
    },
    {
      reason: why.code,
      tables: {
        crm_reveal_rule: "regex_url",
        crm_team: "assignment_domain",
        crm_team_member: "assignment_domain assignment_domain_preferred",
      },
    },
  ],
};
