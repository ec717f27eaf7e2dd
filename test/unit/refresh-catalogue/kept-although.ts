/**
 * Columns whose name makes a machine suspect a person or a secret, and which may be kept nevertheless: looked at one by
 * one, by the reason why nobody is recognised by them.
 */
export const KEPT_ALTHOUGH_SUSPECTED: Readonly<Record<string, string>> = {
  "document numbers, drawn from a sequence": `
    account_full_reconcile: name
    account_move: name
    account_move_line: matching_number move_name
    account_payment: name
    l10n_in_ewaybill: name
    l10n_it_ddt: name
    mrp_production: name
    mrp_production_group: name
    mrp_unbuild: name
    pos_order: name pos_reference tracking_number
    pos_order_line: name
    pos_session: name
    purchase_order: name
    purchase_requisition: name
    repair_order: name
    sale_order: name
    stock_landed_cost: name
    stock_move: reference
    stock_move_line: reference
    stock_package: complete_name name
    stock_package_history: package_name parent_dest_name parent_orig_name
    stock_picking: l10n_ar_delivery_guide_number l10n_it_ddt_number l10n_tr_nilvera_delivery_printed_number name
    stock_picking_batch: name
    stock_quant_package: name
    stock_scrap: name`,
  "names and codes of things: journals, stages, goods, places": `
    account_journal: code name
    account_move_line: l10n_in_hsn_code l10n_tr_ctsp_number
    auth_oauth_provider: auth_endpoint data_endpoint name validation_endpoint
    calendar_alarm: name
    fleet_vehicle: model_year
    hr_leave_mandatory_day: name
    hr_leave_stress_day: name
    iap_account: service_name
    ir_cron: cron_name
    l10n_in_hr_leave_optional_holiday: name
    l10n_in_section_alert: name
    mailing_subscription_optout: name
    maintenance_equipment: model
    maintenance_team: name
    payment_provider: name
    pos_config: name
    pos_order_line: l10n_in_hsn_code
    pos_payment_method: name
    project_role: name
    res_company: bank_account_code_prefix cash_account_code_prefix transfer_account_code_prefix
    res_partner_activation: name
    res_partner_grade: name
    res_partner_industry: full_name name
    res_partner_title: name
    stock_move_line: product_category_name`,
  "ids and technical keys": `
    account_move_line: analytic_distribution
    account_payment_withholding_line: analytic_distribution
    hr_expense: analytic_distribution
    mrp_production: analytic_distribution
    pos_order_line: reward_identifier_code
    purchase_order_line: analytic_distribution
    purchase_requisition_line: analytic_distribution
    sale_order_line: analytic_distribution reward_identifier_code`,
  "names of models": `
    calendar_event: res_model
    data_recycle_model: res_model_name
    data_recycle_record: res_model_name
    ir_attachment: key res_model
    ir_config_parameter: key
    ir_property: name value_reference
    l10n_id_qris_transaction: model model_id
    loyalty_history: order_model
    mail_activity: res_model
    mail_followers: res_model
    mail_message: email_layout_xmlid model
    rating_rating: parent_res_model res_model
    res_users_settings_embedded_action: res_model
    snailmail_letter: model`,
  flags: `
    hr_employee: birthday_public_display`,
  "parts of the program": `
    ir_server_object_lines: value`,
  "lists of an authority": `
    l10n_cz_tax_office: name
    l10n_ec_sri_payment: code name
    l10n_pl_l10n_pl_tax_office: code name
    l10n_pl_tax_office: code name
    l10n_tr_nilvera_einvoice_extended_tax_office: name`,
  colours: `
    res_company: email_primary_color email_secondary_color`,
  "the own company": `
    res_company: name`,
  "paths of fields": `
    sale_pdf_form_field: name`,
  "the public website": `
    website: contact_us_button_url homepage_url`,
};
