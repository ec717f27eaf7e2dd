import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Chat, text messages, letters, ratings and the calendar. */
export const conversations: Area = {
  emptied: [
    { reason: "outgoing text messages", tables: "sms_sms" },
    { reason: "recordings of calls", tables: "discuss_call_history" },
  ],
  treated: {
    calendar_alarm: {
      text: "body",
    },
    calendar_attendee: {
      name: "common_name@partner_id",
      token: "access_token",
    },
    calendar_event: {
      text: "name location",
      html: "description notes",
      token: "access_token",
      null: "videocall_location google_id microsoft_id microsoft_recurrence_master_id ms_universal_event_id",
    },
    calendar_recurrence: {
      text: "name",
      null: "google_id microsoft_id ms_universal_event_id",
    },
    chat_room: {
      text: "name",
    },
    chatbot_message: {
      html: "user_raw_answer",
    },
    chatbot_script_answer: {
      url: "redirect_link",
    },
    chatbot_script_step: {
      "translated-html": "message",
    },
    discuss_channel: {
      name: "name anonymous_name",
      text: "description",
      token: "uuid",
      null: "sfu_channel_uuid sfu_server_url",
      html: "livechat_note",
    },
    discuss_channel_member: {
      text: "custom_channel_name",
    },
    im_livechat_channel: {
      null: "review_link",
      translated: "default_message",
      "translated-html": "website_description",
    },
    phone_blacklist: {
      phone: "number",
    },
    rating_rating: {
      text: "feedback publisher_comment res_name parent_res_name",
      token: "access_token",
    },
    sms_tracker: {
      token: "sms_uuid",
      null: "sms_twilio_sid",
    },
    sms_twilio_number: {
      phone: "number",
    },
    snailmail_letter: {
      street: "street street2",
      zip: "zip",
      city: "city",
      html: "info_msg",
    },
  },
  kept: [
    {
      reason: why.style,
      tables: {
        im_livechat_channel: "button_background_color button_text_color header_background_color title_color",
      },
    },
    {
      reason: why.label,
      tables: {
        calendar_alarm: "name",
        calendar_event_type: "name",
        chatbot_script: "title",
        chatbot_script_answer: "name",
        discuss_gif_favorite: "tenor_gif_id",
        im_livechat_channel: "button_text input_placeholder[16-18] name",
        im_livechat_conversation_tag: "name",
        im_livechat_expertise: "name",
      },
    },
    {
      reason: why.model,
      tables: {
        calendar_event: "res_model",
        rating_rating: "res_model parent_res_model",
        sms_template: "model",
        snailmail_letter: "model",
      },
    },
    {
      reason: why.template,
      tables: {
        sms_template: "body name lang template_fs",
      },
    },
    {
      reason: why.code,
      tables: {
        calendar_recurrence: "rrule",
        im_livechat_channel_rule: "regex_url",
      },
    },
  ],
};
