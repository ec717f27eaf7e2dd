import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Website, blog, forum, courses and their visitors. */
export const website: Area = {
  emptied: [
    { reason: "which visitor saw which page", tables: "website_track" },
    { reason: "messages of other people", tables: "website_twitter_tweet" },
  ],
  treated: {
    blog_blog: {
      "translated-html": "content",
      translated: "subtitle",
    },
    blog_post: {
      translated: "name subtitle teaser_manual",
      name: "author_name@author_id",
      "translated-html": "content",
    },
    forum_forum: {
      translated: "description",
      "translated-html": "faq welcome_message",
      text: "teaser",
    },
    forum_post: {
      text: "name plain_content",
      html: "content",
    },
    pos_self_order_custom_link: {
      translated: "name",
      html: "link_html",
      url: "url",
    },
    product_feed: {
      token: "access_token",
    },
    product_public_category: {
      "translated-html": "website_description website_footer",
    },
    product_ribbon: {
      "translated-html": "html",
    },
    slide_answer: {
      translated: "text_value comment",
    },
    slide_channel: {
      translated: "name",
      token: "access_token",
      "translated-html": "description description_html description_short enroll_msg",
      json: "cover_properties",
    },
    slide_embed: {
      url: "url",
    },
    slide_question: {
      translated: "question",
    },
    slide_slide: {
      translated: "name",
      "translated-html": "description html_content",
      url: "url",
    },
    slide_slide_resource: {
      text: "name",
      filename: "file_name",
      url: "link",
    },
    website: {
      name: "name",
      secret: `
        google_analytics_key google_maps_api_key google_places_api_key google_search_console
        plausible_shared_key twitter_api_key twitter_api_secret website_slide_google_app_key
      `,
      null: `
        cdn_filters cdn_url domain domain_punycode custom_code_footer custom_code_head plausible_site social_discord
        social_facebook social_github social_instagram social_linkedin social_tiktok social_twitter
        social_youtube twitter_screen_name robots_txt custom_blocked_third_party_domains
      `,
      text: "events_app_name",
      translated: "prevent_zero_price_sale_text",
    },
    website_visitor: {
      token: "access_token",
      null: "timezone",
    },
  },
  kept: [
    {
      reason: why.style,
      tables: {
        product_ribbon: "bg_color html_class[16-17] text_color",
        website: "shop_gap shop_opt_products_design_classes wishlist_gap wishlist_opt_products_design_classes",
      },
    },
    {
      reason: why.label,
      tables: {
        blog_blog: "name",
        blog_tag: "name",
        blog_tag_category: "name",
        forum_forum: "name",
        forum_post_reason: "name",
        forum_tag: "name",
        product_feed: "name",
        product_public_category: "name",
        product_ribbon: "name",
        slide_channel_tag: "name",
        slide_channel_tag_group: "name",
        slide_tag: "name",
      },
    },
    {
      reason: why.path,
      tables: {
        product_public_category: "parent_path",
        website_menu: "parent_path",
      },
    },
    {
      reason: why.public,
      tables: {
        theme_ir_asset: "bundle key name path target",
        theme_ir_attachment: "key name url",
        theme_ir_ui_view: "arch arch_fs key name type",
        theme_website_menu: "mega_menu_classes mega_menu_content name url",
        theme_website_page: "header_color header_text_color url",
        website: "homepage_url contact_us_button_url",
        website_base_unit: "name",
        website_checkout_step: "back_button_label main_button_label name step_href",
        website_configurator_feature: "description feature_url iap_page_code icon name website_config_preselection",
        website_controller_page: "name name_slugified page_name[17] record_domain",
        website_menu: "name mega_menu_content mega_menu_classes url",
        website_page: "header_color header_text_color url",
        website_rewrite: "name url_from url_to",
        website_route: "path",
        website_snippet_filter: "field_names help name",
      },
    },
    {
      reason: why.technical,
      tables: {
        html_editor_converter_test: "binary char html text",
        html_editor_converter_test_sub: "name",
        web_editor_converter_test: "binary[16-18] char[16-18] html[16-18] text[16-18]",
        web_editor_converter_test_sub: "name[16-18]",
      },
    },
  ],
};
