import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Events, surveys, loyalty, gamification and marketing cards. */
export const events: Area = {
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
      barcode: "barcode",
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
      token: "code",
      barcode: "promo_barcode",
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
  },
  kept: [
    {
      reason: why.choice,
      tables: {
        card_campaign: "lang",
      },
    },
    {
      reason: why.style,
      tables: {
        card_campaign: "content_header_color content_sub_header_color",
        card_template: "primary_color primary_text_color secondary_color secondary_text_color",
        event_event_ticket: "color",
      },
    },
    {
      reason: why.label,
      tables: {
        card_campaign_tag: "name",
        card_template: "name",
        event_booth_category: "name",
        event_lead_rule: "event_registration_filter name",
        event_question: "title",
        event_question_answer: "name",
        event_quiz: "name",
        event_quiz_answer: "text_value",
        event_quiz_question: "name",
        event_sponsor_type: "name",
        event_stage: "legend_blocked[16-18] legend_done[16-18] legend_normal[16-18] name",
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
        loyalty_program: "name portal_point_name",
        survey_question: "question_placeholder scale_max_label scale_mid_label scale_min_label title",
        survey_question_answer: "value",
        survey_survey: "title",
      },
    },
    {
      reason: why.definition,
      tables: {
        event_event: "registration_properties_definition",
      },
    },
    {
      reason: why.model,
      tables: {
        loyalty_history: "order_model",
      },
    },
    {
      reason: why.template,
      tables: {
        card_template: "body",
      },
    },
    {
      reason: why.code,
      tables: {
        card_campaign: `
        content_header_path content_image1_path content_image2_path content_section_path content_sub_header_path
        content_sub_section1_path content_sub_section2_path
      `,
        gamification_challenge: "user_domain",
        gamification_goal_definition: "batch_user_expression compute_code domain",
        loyalty_reward: "discount_product_domain",
        loyalty_rule: "product_domain",
      },
    },
  ],
};
