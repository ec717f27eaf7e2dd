import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Tables of the program itself: models, views, actions, parameters, attachments. */
export const technical: Area = {
  emptied: [
    { reason: "log of the server", tables: "ir_logging" },
    { reason: "profiles of requests", tables: "ir_profile" },
    { reason: "old code, with whatever was in it", tables: "ir_actions_server_history" },
    { reason: "personal dashboards", tables: "ir_ui_view_custom" },
    { reason: "headings of imported files", tables: "base_import_mapping" },
    { reason: "jobs of OCA's queue, with their arguments", tables: "queue_job" },
    { reason: "OCA's audit log: old and new values", tables: "auditlog_*" },
    { reason: "OCA's mail tracking", tables: "mail_tracking_email mail_tracking_event" },
  ],
  treated: {
    base_automation: {
      translated: "name",
      html: "description",
      token: "webhook_uuid",
    },
    ir_access: {
      html: "note",
    },
    ir_act_server: {
      html: "activity_note html_value",
      text: "activity_summary",
      null: "webhook_url",
    },
    ir_attachment: {
      "attachment-name": "name",
      "attachment-url": "url",
      "attachment-file": "store_fname checksum",
      null: "description index_content access_token",
      file: "db_datas",
    },
    ir_config_parameter: {
      "parameter-value": "value",
    },
    ir_default: {
      "default-value": "json_value",
      null: "condition",
    },
    ir_exports: {
      text: "name",
    },
    ir_filters: {
      text: "name",
      domain: "domain",
      json: "context",
    },
    ir_property: {
      text: "value_text",
      file: "value_binary",
    },
    ir_ui_view: {
      null: "arch_prev",
      secret: "visibility_password",
    },
    spreadsheet_dashboard_share: {
      token: "access_token",
    },
  },
  kept: [
    {
      reason: why.label,
      tables: {
        decimal_precision: "name",
        ir_cron: "cron_name",
        res_city: "l10n_pe_code name zipcode",
        spreadsheet_dashboard: "name sample_dashboard_file_path",
        spreadsheet_dashboard_group: "name",
        uom_category: "name[16-18]",
        uom_uom: "l10n_ar_afip_code l10n_cl_sii_code l10n_in_code name timesheet_widget",
      },
    },
    {
      reason: why.path,
      tables: {
        ir_ui_menu: "parent_path",
        uom_uom: "parent_path",
      },
    },
    {
      reason: why.model,
      tables: {
        ir_attachment: "res_model res_field mimetype key",
        ir_config_parameter: "key",
        ir_exports: "resource",
        ir_exports_line: "name",
        ir_property: "name[16-17] res_id[16-17] value_reference[16-17]",
      },
    },
    {
      reason: why.template,
      tables: {
        ir_ui_view: "arch_db",
      },
    },
    {
      reason: why.code,
      tables: {
        base_automation: "filter_domain filter_pre_domain record_getter",
        ir_filters: "sort",
      },
    },
    {
      reason: why.public,
      tables: {
        ir_ui_view: "seo_name website_meta_title website_meta_description website_meta_keywords website_meta_og_img",
      },
    },
    {
      reason: why.official,
      tables: {
        res_country: `
        address_format code l10n_ar_afip_code l10n_ar_legal_entity_vat l10n_ar_natural_vat l10n_ar_other_vat
        l10n_cl_customs_abbreviation l10n_cl_customs_code l10n_cl_customs_name name vat_label
      `,
        res_country_group: "code name",
        res_country_state: "code l10n_in_tin name",
        res_currency: `
        currency_subunit_label currency_unit_label full_name l10n_ar_afip_code l10n_cl_currency_code
        l10n_cl_short_name name symbol
      `,
        res_lang: `
        code date_format decimal_point grouping iso_code name short_time_format[18] thousands_sep time_format
        url_code
      `,
      },
    },
    {
      reason: why.technical,
      tables: {
        base_geo_provider: "name tech_name",
        ir_access: "name domain",
        ir_act_client: "binding_view_types context help name params params_store path res_model tag type",
        ir_act_report_xml: `
        attachment binding_view_types domain help model name path print_report_name report_file report_name type
      `,
        ir_act_server: `
        activity_user_field_name automated_name binding_view_types code followers_partner_field_name help
        model_name[16-18] name path type update_path value website_path
      `,
        ir_act_url: "binding_view_types help name path type url",
        ir_act_window: `
        binding_view_types context domain help mobile_view_mode name path res_model type usage view_mode views
      `,
        ir_actions: "binding_view_types help name params path type",
        ir_actions_todo: "name",
        ir_asset: "bundle key name path target",
        ir_embedded_actions: "context default_view_mode domain name parent_res_model python_method",
        ir_model: "fold_name info model name order website_form_key website_form_label",
        ir_model_access: "name",
        ir_model_constraint: "definition message name type",
        ir_model_data: "model module name",
        ir_model_fields: `
        column1 column2 complete_name[16-18] compute currency_field depends domain field_description help
        model name related relation relation_field relation_table
      `,
        ir_model_fields_selection: "name value",
        ir_model_relation: "name",
        ir_module_category: "description name",
        ir_module_module: `
        author contributors description icon latest_version maintainer menus_by_module name published_version
        reports_by_module shortdesc summary url views_by_module website
      `,
        ir_module_module_dependency: "name",
        ir_module_module_exclusion: "name",
        ir_rule: "domain_force name",
        ir_sequence: "code name prefix suffix",
        ir_server_object_lines: "value[16]",
        ir_ui_menu: "name web_icon",
        ir_ui_view: "arch_fs field_parent[16] key model name",
        onboarding_onboarding: "name panel_close_action_name route_name text_completed",
        onboarding_onboarding_step: `
        button_text description done_icon done_text panel_step_open_action_name step_image_alt
        step_image_filename title
      `,
        report_layout: "image name pdf",
        report_paperformat: "name",
        transifex_code_translation: "module source value",
        web_tour_tour: "name rainbow_man_message url",
        web_tour_tour_step: "content run trigger",
      },
    },
  ],
};
