/** A text, json or binary column, as a canary sees it; `ttype` is Odoo's field type, if Odoo knows the column. */
export interface TextColumn {
  table: string;
  column: string;
  type: string;
  maxLength?: number | undefined;
  ttype?: string | undefined;
  translated: boolean;
  companyDependent: boolean;
}

interface Exclusion {
  reason: string;
  applies(column: TextColumn): boolean;
}

// This list is made from what Odoo does with a column, not from the catalogue of the product: the two are compared by
// planting, refreshing and looking.
const PROSE = /(^|_)(note|notes|description|comment|message|msg|requirements|summary)$/;

const PROGRAM = words(`
  ir_act_client ir_act_report_xml ir_act_url ir_act_window ir_act_window_view ir_actions ir_actions_todo ir_asset
  ir_act_server ir_cron ir_cron_trigger ir_embedded_actions ir_exports_line ir_model ir_model_access ir_model_constraint ir_model_data
  ir_model_fields ir_model_fields_selection ir_model_inherit ir_model_relation ir_module_category ir_module_module
  ir_module_module_dependency ir_module_module_exclusion ir_rule ir_ui_view ir_sequence ir_sequence_date_range ir_ui_menu
  accounting_assert_test base_geo_provider decimal_precision html_editor_converter_test html_editor_converter_test_sub
  iap_service mail_message_subtype onboarding_onboarding onboarding_onboarding_step report_layout report_paperformat
  res_groups res_groups_privilege res_lang theme_ir_asset theme_ir_attachment theme_ir_ui_view theme_website_menu
  theme_website_page transifex_code_translation web_tour_tour web_tour_tour_step website_checkout_step
  website_configurator_feature website_controller_page website_menu website_page website_rewrite website_route
  website_snippet_filter`);

const OFFICIAL = words(`
  res_country res_country_group res_country_state res_currency res_city account_incoterms account_edi_format account_tax
  l10n_ar_afip_responsibility_type l10n_ar_earnings_scale l10n_br_zip_range l10n_cz_tax_office l10n_ec_sri_payment
  l10n_eg_edi_activity_type l10n_eg_edi_uom_code l10n_es_edi_facturae_ac_role_type l10n_gr_edi_preferred_classification
  l10n_hr_kpd_category l10n_hr_tax_category l10n_id_efaktur_coretax_product_code l10n_id_efaktur_coretax_uom_code
  l10n_in_ewaybill_type l10n_in_pan_entity_type l10n_in_port_code l10n_in_section_alert l10n_it_document_type
  l10n_ke_item_code l10n_latam_document_type l10n_latam_identification_type l10n_my_edi_industry_classification
  l10n_pe_res_city_district l10n_pl_l10n_pl_tax_office l10n_ro_cpv_code l10n_tr_nilvera_einvoice_extended_account_tax_code
  l10n_tr_nilvera_einvoice_extended_tax_office l10n_vn_edi_viettel_sinvoice_symbol l10n_vn_edi_viettel_sinvoice_template
  l10n_in_hr_leave_optional_holiday`);

// Things that a company names: goods, accounts, stages, places. Their names are wanted on staging.
const THINGS = words(`
  account_account account_account_tag account_analytic_applicability account_analytic_distribution_model
  account_analytic_plan account_cash_rounding account_fiscal_position account_group account_journal account_journal_group
  account_payment_method account_payment_method_line account_payment_term account_payment_term_line
  account_reconcile_model account_reconcile_model_line account_report account_report_column account_report_expression
  account_report_line account_sale_closing account_tax account_tax_group
  auth_oauth_provider barcode_nomenclature barcode_rule blog_blog blog_tag blog_tag_category calendar_alarm
  calendar_event_type card_campaign_tag card_template chatbot_script chatbot_script_answer crm_iap_lead_industry
  crm_iap_lead_mining_request crm_iap_lead_role crm_iap_lead_seniority crm_lead_scoring_frequency crm_lost_reason
  crm_recurring_plan crm_reveal_rule crm_stage crm_tag delivery_carrier delivery_zip_prefix digest_digest
  discuss_gif_favorite event_booth_category event_lead_rule event_question event_question_answer event_quiz
  event_quiz_answer event_quiz_question event_sponsor_type event_stage event_tag event_tag_category event_track_stage
  event_track_tag event_track_tag_category event_type event_type_booth event_type_ticket fleet_service_type
  fleet_vehicle_model fleet_vehicle_model_brand fleet_vehicle_model_category fleet_vehicle_state fleet_vehicle_tag
  forum_forum forum_post_reason forum_tag gamification_badge gamification_challenge gamification_goal_definition
  gamification_karma_rank hr_applicant_category hr_applicant_refuse_reason hr_attendance_overtime_rule
  hr_attendance_overtime_ruleset hr_contract_type hr_department hr_departure_reason hr_employee_category hr_job
  hr_job_platform hr_leave_accrual_plan hr_leave_mandatory_day hr_leave_type hr_payroll_structure_type
  hr_recruitment_degree hr_recruitment_stage hr_resume_line_type hr_skill hr_skill_level hr_skill_type hr_work_entry_type
  hr_work_location im_livechat_channel im_livechat_channel_rule im_livechat_conversation_tag im_livechat_expertise
  link_tracker_code loyalty_program loyalty_reward lunch_location lunch_product lunch_product_category lunch_supplier
  lunch_topping mail_activity_plan mail_activity_type mailing_subscription_optout maintenance_equipment_category
  maintenance_stage maintenance_team mrp_bom mrp_routing_workcenter mrp_workcenter mrp_workcenter_productivity_loss
  mrp_workcenter_tag payment_method payment_provider pos_bill pos_category pos_config pos_payment_method pos_preset
  pos_printer product_attribute product_attribute_category product_attribute_value product_category product_combo
  product_feed product_image product_pricelist product_product product_public_category product_removal product_ribbon
  product_supplierinfo product_tag product_template product_uom project_project_stage project_role project_tags
  project_task_type repair_tags res_bank res_partner_activation res_partner_category res_partner_grade
  res_partner_industry res_partner_tag res_role resource_calendar resource_calendar_attendance restaurant_floor
  sale_order_template slide_channel_tag slide_channel_tag_group slide_tag spreadsheet_dashboard
  spreadsheet_dashboard_group stock_location stock_package_type stock_picking_type stock_route stock_rule
  stock_scrap_reason_tag stock_storage_category stock_warehouse stock_warehouse_orderpoint survey_question
  survey_question_answer survey_survey uom_uom utm_medium utm_stage utm_tag website_base_unit`);
const LABELS =
  /(^|_)(name|title|label|code|codes|prefix|suffix|barcode|ref|alias|question|value|variable|placeholder|text|text_color|legend_[a-z]+|bic|scope|endpoint|css_class|column|index|indices|uid|target|groupby|subformula|formula|month|zip_from|zip_to|start|end|param|product_code|id|ids|type|size|method|color|html_class|number|icon|brand|packagetype|separator_fnc1|option|emission|entity|serial|co2_standard)$|^legend_|^topping_|^tracking_url$|^hs_code$/;

// Never a label, whatever it is called, and in these tables nothing but a few columns is one.
const NO_LABEL = /^(website_meta_.*|seo_name|session_code|l10n_hr_.*_label.*|l10n_ar_cai_authorization_code)$/;
const STRICT: Record<string, RegExp> = {
  auth_oauth_provider: /^(name|css_class|scope|.*_endpoint)$/,
  payment_provider: /^name$/,
  pos_config: /^name$/,
  pos_payment_method: /^name$/,
};

// Words that Odoo or a module wrote, or chose among a few, and the public name of the company; no field type tells so.
const CHOSEN = words(`
  account_account.code_store account_move_line.l10n_in_hsn_code account_move_line.l10n_tr_ctsp_number
  pos_order_line.l10n_in_hsn_code fleet_vehicle.co2_standard fleet_vehicle.model_year hr_leave.duration_display
  pos_payment.payment_status project_project.label_tasks res_company.bank_account_code_prefix
  res_company.name res_company.cash_account_code_prefix res_company.transfer_account_code_prefix res_company.partnership_label
  res_partner.invoice_edi_format_store res_partner.signup_type res_partner.suggest_based_on sale_pdf_form_field.name
  uom_uom.timesheet_widget website.contact_us_button_url website.homepage_url mail_alias_domain.name
  mail_alias_domain.bounce_alias mail_alias_domain.catchall_alias mail_alias_domain.default_from
  event_event_ticket.color restaurant_table.color`);

const NUMBERS = words(`
  account_bank_statement.first_line_index account_bank_statement_line.internal_index account_move.name
  account_move.sequence_prefix account_move_line.matching_number account_move_line.move_name account_payment.name
  l10n_in_ewaybill.name l10n_it_ddt.name mrp_production.name mrp_production_group.name mrp_unbuild.name
  myinvois_document.sequence_prefix myinvois_document.pos_order_date_range pos_order.name pos_order.pos_reference
  pos_order.table_stand_number pos_order.tracking_number pos_order_line.name pos_session.name purchase_order.name
  purchase_requisition.name repair_order.name sale_order.name stock_landed_cost.name stock_move.reference
  stock_move_line.reference stock_package.complete_name stock_package.name stock_package_history.package_name
  stock_package_history.parent_dest_name stock_package_history.parent_orig_name stock_picking.l10n_ar_delivery_guide_number
  stock_picking.l10n_it_ddt_number stock_picking.l10n_tr_nilvera_delivery_printed_number stock_picking.name
  stock_picking_batch.name stock_scrap.name`);

const TEMPLATES = words(`
  card_template.body ir_act_server.code ir_ui_view.arch_db mail_template.body_html mail_template.description
  mail_template.lang mail_template.name mail_template.scheduled_date mail_template.subject mail_template.template_fs
  sms_template.body sms_template.lang sms_template.name sms_template.template_fs account_tax.description
  account_tax.invoice_legal_notes account_fiscal_position.note account_payment_term.note website_menu.mega_menu_content`);

const PARSED = new RegExp(
  `^(parent_path|analytic_distribution.*|.*properties_definition|rrule|(.*_)?domain(_preferred|_force)?|.*_expression|.*expression.*|record_getter|.*_registration_filter
   |compute_code|sequence_override_regex|regex|regex_url|pattern|formula|amount_string|match_.*_param|context_key|sort
   |content_.*_path|embedded_actions_.*|reward_identifier_code|.*virtual_id|path|field_names|python_.*|push_to_talk_key
   |.*_color|color|gap|.*_gap|.*_design_classes|icon|key|arch_fs|template_fs|lang|res_id_field|batch_user_.*|sample_dashboard_file_path
   |method|callback_method|field_desc|field_type|mimetype|email_layout_xmlid)$`.replaceAll(/\s+/g, ""),
);
const MODELS =
  /^(model|res_model|res_field|parent_res_model|order_model|res_model_name|relation_field|resource|model_name|model_id)$/;

const EXCLUSIONS: readonly Exclusion[] = [
  { reason: "a selection accepts its own values only", applies: ({ ttype }) => ttype === "selection" },
  {
    reason: "a reference is a model and an id",
    applies: ({ ttype }) => ttype === "reference" || ttype === "many2one_reference",
  },
  {
    reason: "ids and numbers by company",
    applies: ({ companyDependent, ttype }) => companyDependent && !/^(char|text|html)$/.test(ttype ?? ""),
  },
  { reason: "the next document number is computed from it", applies: oneOf(NUMBERS) },
  { reason: "template or legal text of the program", applies: oneOf(TEMPLATES) },
  { reason: "names a model, a field or a file of the program", applies: ({ column }) => MODELS.test(column) },
  {
    reason: "Odoo parses or computes with it",
    applies: ({ table, column }) => PARSED.test(column) && !NOT_PARSED.has(`${table}.${column}`),
  },
  { reason: "words that Odoo wrote or offers, or the company's own name", applies: oneOf(CHOSEN) },
  {
    reason: "part of the program",
    applies: ({ table, column }) => PROGRAM.has(table) && !PROGRAM_DATA.has(`${table}.${column}`),
  },
  { reason: "official list of a country or an authority", applies: ({ table }) => OFFICIAL.has(table) },
  { reason: "name of a thing, not of a person", applies: isLabelOfThing },
  { reason: "a rule of the consumer's pipeline file keeps it", applies: oneOf(words("library_loan.title")) },
];

// Named like code, but free; or with a canary that fits their grammar (canary-values.ts).
const NOT_PARSED = words(
  "website.domain res_partner_iap.iap_search_domain ir_filters.domain mailing_filter.mailing_domain mailing_mailing.mailing_domain",
);
const PROGRAM_DATA = words(`
  ir_act_server.activity_note ir_act_server.activity_summary ir_act_server.html_value ir_act_server.webhook_url
  ir_ui_view.arch_prev ir_ui_view.visibility_password`);

/** Why a column gets no canary, or undefined when it gets one. */
export function exclusionOf(column: TextColumn): string | undefined {
  return EXCLUSIONS.find((exclusion) => exclusion.applies(column))?.reason;
}

function isLabelOfThing({ table, column }: TextColumn): boolean {
  if (!THINGS.has(table) || NO_LABEL.test(column) || PROSE.test(column)) return false;
  return (STRICT[table] ?? LABELS).test(column);
}

function oneOf(names: ReadonlySet<string>): (column: TextColumn) => boolean {
  return ({ table, column }) => names.has(`${table}.${column}`);
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
