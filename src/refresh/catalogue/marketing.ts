import type { Area } from "./area.ts";
import { CHOICE, CODE, DEFINITION, LABEL, MODEL, STYLE, TEMPLATE } from "./reasons.ts";

/** Mailings, links, leads, events, surveys, loyalty and gamification. */
export const marketing: Area = {
  emptied: [
    { reason: "who received, opened and answered which mailing", tables: "mailing_trace" },
    { reason: "who clicked what from which address", tables: "link_tracker_click" },
    { reason: "addresses of website visitors", tables: "crm_reveal_view" },
  ],
  treated: {
    card_campaign: {
      text: `
        name post_suggestion request_description request_title content_button content_header content_section
        content_sub_header content_sub_section1 content_sub_section2
      `,
      html: "reward_message",
      url: "reward_target_url target_url",
      file: "image_preview",
    },
    crm_lead: {
      name: "contact_name@partner_id partner_name@partner_id",
      text: "name function referred",
      email: "email_from@partner_id email_normalized@partner_id email_cc@partner_id",
      phone: "phone@partner_id mobile@partner_id phone_sanitized@partner_id",
      street: "street street2",
      city: "city",
      zip: "zip",
      null: "email_domain_criterion partner_latitude partner_longitude reveal_id reveal_ip",
      html: "description",
      url: "website",
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
    event_booth: {
      translated: "name",
      name: "contact_name@partner_id",
      email: "contact_email@partner_id",
      phone: "contact_phone@partner_id contact_mobile@partner_id",
    },
    event_booth_category: {
      "translated-html": "description",
    },
    event_booth_registration: {
      name: "contact_name@partner_id sponsor_name@partner_id",
      email: "contact_email@partner_id sponsor_email@partner_id",
      phone: `
        contact_phone@partner_id contact_mobile@partner_id sponsor_mobile@partner_id sponsor_phone@partner_id
      `,
      text: "sponsor_subtitle",
      html: "sponsor_website_description",
    },
    event_event: {
      translated: "name subtitle",
      html: "note",
      "translated-html": "description ticket_instructions",
      url: "event_url",
      json: "cover_properties",
      text: "kanban_state_label",
    },
    event_event_ticket: {
      translated: "name description",
    },
    event_meeting_room: {
      translated: "name summary target_audience",
    },
    event_quiz_answer: {
      translated: "comment",
    },
    event_registration: {
      name: "name company_name",
      email: "email",
      phone: "phone mobile",
      token: "barcode",
      properties: "registration_properties",
    },
    event_registration_answer: {
      text: "value_text_box",
    },
    event_sponsor: {
      name: "name@partner_id",
      email: "email@partner_id",
      phone: "phone@partner_id mobile@partner_id",
      text: "subtitle",
      url: "url",
      "translated-html": "website_description",
    },
    event_stage: {
      translated: "description",
    },
    event_track: {
      translated: "name",
      name: "partner_name@partner_id partner_company_name",
      email: "partner_email@partner_id contact_email@partner_id",
      phone: "partner_phone@partner_id contact_phone@partner_id",
      text: "partner_function website_cta_title kanban_state_label",
      html: "partner_biography",
      "translated-html": "description",
      url: "website_cta_url youtube_video_url",
    },
    event_track_location: {
      text: "name",
    },
    event_track_stage: {
      translated: "description",
    },
    event_type: {
      html: "note",
      "translated-html": "ticket_instructions",
    },
    event_type_ticket: {
      translated: "description",
    },
    gamification_badge: {
      "translated-html": "description",
    },
    gamification_badge_user: {
      text: "comment",
    },
    gamification_challenge: {
      translated: "description",
    },
    gamification_goal_definition: {
      text: "description",
    },
    gamification_karma_rank: {
      "translated-html": "description description_motivational",
    },
    gamification_karma_tracking: {
      text: "reason",
    },
    link_tracker: {
      text: "label title",
      url: "url",
    },
    loyalty_card: {
      token: "code",
    },
    loyalty_history: {
      text: "description",
    },
    loyalty_reward: {
      translated: "description",
    },
    loyalty_rule: {
      token: "code promo_barcode",
    },
    mailing_contact: {
      name: "name first_name last_name company_name",
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
    survey_question: {
      translated: "comments_message constr_error_msg validation_error_msg",
      "translated-html": "description",
    },
    survey_question_answer: {
      filename: "value_image_filename",
    },
    survey_survey: {
      token: "access_token session_code",
      "translated-html": "description description_done",
    },
    survey_user_input: {
      email: "email",
      name: "nickname",
      token: "access_token invite_token",
    },
    survey_user_input_line: {
      text: "value_char_box value_text_box",
      "date-year": "value_date",
    },
    utm_campaign: {
      name: "name",
      translated: "title",
    },
    utm_source: {
      name: "name",
    },
  },
  kept: [
    {
      reason: CHOICE,
      tables: {
        card_campaign: "lang",
        mailing_mailing: "lang",
      },
    },
    {
      reason: STYLE,
      tables: {
        card_campaign: "content_header_color content_sub_header_color",
        card_template: "primary_color primary_text_color secondary_color secondary_text_color",
        event_event_ticket: "color",
      },
    },
    {
      reason: LABEL,
      tables: {
        card_campaign_tag: "name",
        card_template: "name",
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
        event_booth_category: "name",
        event_lead_rule: "event_registration_filter name",
        event_question: "title",
        event_question_answer: "name",
        event_quiz: "name",
        event_quiz_answer: "text_value",
        event_quiz_question: "name",
        event_sponsor_type: "name",
        event_stage: "legend_blocked legend_done legend_normal name",
        event_tag: "name",
        event_tag_category: "name",
        event_track_stage: "legend_blocked legend_done legend_normal name",
        event_track_tag: "name",
        event_track_tag_category: "name",
        event_type: "name",
        event_type_booth: "name",
        event_type_ticket: "name",
        gamification_badge: "name",
        gamification_challenge: "name",
        gamification_goal_definition: "name res_id_field suffix",
        gamification_karma_rank: "name",
        link_tracker_code: "code",
        loyalty_program: "name portal_point_name",
        mailing_subscription_optout: "name",
        survey_question: "question_placeholder scale_max_label scale_mid_label scale_min_label title",
        survey_question_answer: "value",
        survey_survey: "title",
        utm_medium: "name",
        utm_stage: "name",
        utm_tag: "name",
      },
    },
    {
      reason: DEFINITION,
      tables: {
        crm_team: "lead_properties_definition",
        event_event: "registration_properties_definition",
      },
    },
    {
      reason: MODEL,
      tables: {
        loyalty_history: "order_model",
      },
    },
    {
      reason: TEMPLATE,
      tables: {
        card_template: "body",
      },
    },
    {
      reason: CODE,
      tables: {
        card_campaign: `
        content_header_path content_image1_path content_image2_path content_section_path content_sub_header_path
        content_sub_section1_path content_sub_section2_path
      `,
        crm_reveal_rule: "regex_url",
        crm_team: "assignment_domain",
        crm_team_member: "assignment_domain assignment_domain_preferred",
        gamification_challenge: "user_domain",
        gamification_goal_definition: "batch_user_expression compute_code domain",
        loyalty_reward: "discount_product_domain",
        loyalty_rule: "product_domain",
      },
    },
  ],
};
