/**
 * Columns that hold persons, secrets or tokens, by class, as the data-protection review of Odoo 16-19 names them.
 * Written by hand and not from the catalogue: the catalogue is checked against it.
 */
export const MUST_NOT_KEEP: Readonly<Record<string, readonly string[]>> = {
  names: list(`
    res_partner: name complete_name display_name commercial_company_name company_name first_name middle_name last_name
    res_partner_bank: acc_holder_name holder_name
    mail_guest: name
    discuss_channel: name anonymous_name
    mailing_contact: name first_name last_name company_name
    crm_lead: contact_name partner_name name
    survey_user_input: nickname
    event_registration: name company_name
    event_sponsor: name
    event_track: partner_name partner_company_name
    calendar_attendee: common_name
    resource_resource: name
    hr_employee: name legal_name spouse_complete_name emergency_contact
    hr_version: name spouse_complete_name
    hr_candidate: partner_name
    hr_applicant: partner_name name
    account_move: invoice_partner_display_name
    account_bank_statement_line: partner_name
    sale_order: signed_by
    payment_transaction: partner_name
    pos_order: cashier floating_order_name
    pos_payment: cardholder_name mercury_card_owner_name razorpay_card_owner_name
    project_task: partner_name partner_company_name
    blog_post: author_name
    privacy_log: anonymized_name`),
  emails: list(`
    res_partner: email email_normalized l10n_it_pec_email
    res_company: email account_peppol_contact_email nemhandel_contact_email
    mail_blacklist: email
    mail_message: email_from reply_to incoming_email_to incoming_email_cc outgoing_email_to
    mail_notification: mail_email_address
    mail_guest: email
    mail_gateway_allowed: email email_normalized
    mail_group_member: email email_normalized
    mail_group_moderation: email
    mail_group_message: email_from_normalized
    mailing_contact: email email_normalized
    mailing_mailing: email_from reply_to
    mail_template: email_from email_to email_cc reply_to partner_to
    mail_alias: alias_name alias_full_name
    crm_lead: email_from email_normalized email_cc email_domain_criterion
    survey_user_input: email
    event_registration: email
    event_booth: contact_email
    event_booth_registration: contact_email sponsor_email
    event_sponsor: email
    event_track: partner_email contact_email
    project_task: email_from email_cc partner_email
    project_update: email_cc
    maintenance_request: email_cc
    hr_employee: work_email private_email
    hr_applicant: email_from email_normalized email_cc
    hr_candidate: email_from email_normalized email_cc
    account_move: invoice_source_email
    account_journal: incoming_einvoice_notification_email
    payment_provider: paypal_email_account alipay_seller_email
    payment_transaction: partner_email
    payment_token: flutterwave_customer_email
    pos_order: email
    res_bank: email
    privacy_log: anonymized_email`),
  phones: list(`
    res_partner: phone mobile phone_sanitized
    res_company: phone mobile account_peppol_phone_number nemhandel_phone_number
    phone_blacklist: number
    mail_notification: sms_number
    sms_twilio_number: number
    mailing_contact: mobile phone_sanitized
    crm_lead: phone mobile phone_sanitized
    event_registration: phone mobile
    event_booth: contact_phone contact_mobile
    event_booth_registration: contact_phone contact_mobile sponsor_phone sponsor_mobile
    event_sponsor: phone mobile
    event_track: partner_phone contact_phone
    project_task: partner_phone
    hr_employee: work_phone mobile_phone private_phone emergency_phone
    hr_applicant: partner_phone partner_mobile partner_phone_sanitized partner_mobile_sanitized phone_sanitized
    hr_candidate: partner_phone partner_phone_sanitized phone_sanitized
    payment_transaction: partner_phone
    pos_order: mobile
    pos_payment: dpopay_mobile_money_phone`),
  "addresses, places and devices": list(`
    res_partner: street street2 city zip street_name street_number street_number2 partner_latitude partner_longitude tz
    crm_lead: street street2 city zip reveal_ip partner_latitude partner_longitude
    snailmail_letter: street street2 city zip
    hr_employee: private_street private_street2 private_city private_zip
    hr_version: private_street private_street2 private_city private_zip
    hr_attendance: in_ip_address out_ip_address in_browser out_browser in_latitude in_longitude out_latitude out_longitude
    payment_transaction: partner_address partner_zip partner_city
    website_visitor: timezone
    res_users_log: ip
    res_device_log: ip_address city country browser platform session_identifier
    auth_totp_rate_limit_log: ip
    link_tracker_click: ip
    crm_reveal_view: reveal_ip`),
  "national, tax and bank numbers": list(`
    res_partner: vat company_registry siret nrc ref barcode peppol_endpoint branch_code additional_identifiers
      l10n_it_codice_fiscale l10n_it_pa_index l10n_id_nik l10n_id_tku l10n_id_buyer_document_number l10n_in_pan l10n_in_tan
      l10n_no_bronnoysund_number l10n_sg_unique_entity_number l10n_hr_personal_oib l10n_br_cpf_code l10n_hu_group_vat
    res_partner_bank: acc_number sanitized_acc_number account_number sanitized_account_number clearing_number aba_routing
      proxy_value l10n_ch_qr_iban l10n_mx_edi_clabe
    hr_employee: ssnid sinid identification_id passport_id visa_no permit_no l10n_mx_curp l10n_mx_rfc
    hr_version: ssnid identification_id passport_id
    account_bank_statement_line: account_number transaction_details
    account_edi_proxy_client_user: edi_identification
    account_payment: check_number l10n_latam_check_issuer_vat
    l10n_latam_check: issuer_vat name
    l10n_in_pan_entity: name
    payment_token: payment_details provider_ref
    pos_payment: card_no card_type card_brand mercury_card_number
    fleet_vehicle: license_plate vin_sn mobility_card
    res_company: l10n_in_upi_id trade_registry`),
  "health, family, pay and personal dates": list(`
    hr_employee: birthday place_of_birth country_of_birth spouse_birthdate children marital gender study_field study_school
      certificate departure_description notes additional_note private_car_plate km_home_work hourly_cost salary_distribution
    hr_version: sex marital children spouse_birthdate wage departure_description additional_note km_home_work
    hr_contract: wage notes
    hr_leave: private_name notes report_note
    hr_leave_allocation: private_name notes
    hr_applicant: salary_expected salary_proposed salary_expected_extra salary_proposed_extra
    survey_user_input_line: value_char_box value_text_box value_date`),
  "free text": list(`
    mail_message: subject body record_name message_id
    mail_tracking_value: old_value_char new_value_char old_value_text new_value_text old_value_integer new_value_float field_info
    mail_activity: summary note res_name feedback
    calendar_event: name description location notes
    rating_rating: feedback publisher_comment res_name parent_res_name
    chatbot_message: user_raw_answer
    mail_canned_response: source substitution
    crm_lead: description lead_properties
    project_task: name description html_field_history task_properties
    account_analytic_line: name
    account_move: narration ref payment_reference sending_data send_and_print_values
    account_move_line: name ref
    account_payment: memo
    sale_order: note client_order_ref pickup_location_data
    sale_order_line: name
    purchase_order: note notes partner_ref
    product_attribute_custom_value: custom_value
    stock_picking: note origin carrier_tracking_ref picking_properties
    stock_lot: note name lot_properties
    pos_order: general_customer_note internal_note note
    pos_session: opening_notes closing_notes
    res_users: signature out_of_office_message
    res_partner: comment additional_info sale_warn_msg purchase_warn_msg properties
    ir_attachment: name description index_content url store_fname checksum db_datas
    ir_default: json_value
    ir_filters: name domain context
    ir_property: value_text value_binary
    forum_post: content plain_content`),
  secrets: list(`
    ir_mail_server: smtp_pass smtp_user smtp_ssl_certificate smtp_ssl_private_key google_gmail_access_token
      google_gmail_refresh_token microsoft_outlook_access_token microsoft_outlook_refresh_token
    fetchmail_server: server user password google_gmail_access_token google_gmail_refresh_token
      microsoft_outlook_access_token microsoft_outlook_refresh_token
    mail_ice_server: uri username credential
    res_users: password totp_secret oauth_access_token oauth_uid microsoft_calendar_token microsoft_calendar_rtoken
    res_users_settings: google_calendar_token google_calendar_rtoken google_calendar_sync_token
    google_calendar_credentials: calendar_token calendar_rtoken calendar_sync_token
    res_users_apikeys: key index name
    auth_totp_device: key index name
    auth_passkey_key: public_key credential_identifier name
    res_company_ldap: ldap_password
    auth_oauth_provider: client_id
    ir_config_parameter: value
    ir_ui_view: visibility_password
    account_edi_proxy_client_user: refresh_token private_key
    certificate_certificate: pkcs12_password pem_certificate
    certificate_key: password pem_key
    account_journal: l10n_sa_compliance_csid_json l10n_sa_production_csid_json l10n_sa_csr
    iap_account: account_token
    website: google_maps_api_key plausible_shared_key twitter_api_key twitter_api_secret website_slide_google_app_key
    payment_provider: adyen_api_key adyen_hmac_key adyen_client_key aps_sha_request aps_sha_response
      asiapay_secure_hash_secret authorize_signature_key authorize_transaction_key buckaroo_secret_key
      flutterwave_secret_key mercado_pago_access_token mercado_pago_refresh_token mollie_api_key stripe_secret_key
      stripe_webhook_secret stripe_publishable_key paypal_access_token paypal_client_secret paypal_webhook_id
      xendit_secret_key xendit_public_key worldline_api_secret dpo_company_token iyzico_key_secret nuvei_secret_key
      paymob_secret_key redsys_secret_key sips_secret ogone_password
    pos_payment_method: adyen_api_key mp_bearer_token mp_webhook_secret_key pine_labs_security_token qfpay_pos_key
      viva_com_api_key viva_com_bearer_token viva_com_client_secret dpopay_client_secret glory_password razorpay_api_key
    res_company: account_peppol_migration_key l10n_sa_private_key l10n_gr_edi_aade_key l10n_vn_edi_token
      l10n_eg_client_secret l10n_in_edi_password l10n_in_edi_token l10n_hu_edi_password l10n_hu_edi_replacement_key
      l10n_hu_edi_signature_key l10n_jo_edi_secret_key l10n_ro_edi_access_token l10n_ro_edi_refresh_token
      l10n_tr_nilvera_api_key l10n_pl_edi_access_token l10n_rs_edi_api_key l10n_tw_edi_ecpay_hashkey gelato_api_key
      sms_twilio_auth_token
    l10n_eg_edi_thumb_drive: pin access_token`),
  tokens: list(`
    res_partner: signup_token
    mail_guest: access_token
    discuss_channel: uuid
    calendar_event: access_token
    calendar_attendee: access_token
    rating_rating: access_token
    project_task: access_token
    project_project: access_token
    account_move: access_token
    account_journal: access_token
    sale_order: access_token
    purchase_order: access_token
    pos_order: access_token ticket_code
    pos_config: access_token
    pos_session: access_token
    survey_survey: access_token session_code
    survey_user_input: access_token invite_token
    website_visitor: access_token
    event_registration: barcode
    loyalty_card: code
    hr_employee: barcode pin
    base_automation: webhook_uuid
    res_company: attendance_kiosk_key
    spreadsheet_dashboard_share: access_token
    slide_channel: access_token
    product_feed: access_token
    ir_attachment: access_token
    sms_tracker: sms_uuid`),
};

/** Tables that must arrive without rows. */
export const MUST_BE_EMPTY =
  `bus_bus ir_logging ir_profile res_users_log res_device_log website_track link_tracker_click
  crm_reveal_view mailing_trace mail_mail sms_sms mail_push mail_push_device mail_notification_web_push
  mail_message_translation mail_link_preview mail_ice_server auth_totp_device res_users_apikeys auth_passkey_key
  res_users_pass_history mail_call_artifact discuss_call_history queue_job auditlog_log auditlog_log_line
  auditlog_http_request mail_tracking_email mail_tracking_event`.split(/\s+/);

/** Ids by which another system knows a person, a customer or us: with them a copy acts on somebody's live account. */
export const LIVE_POINTERS = list(`
  payment_token: provider_ref adyen_shopper_reference authorize_profile flutterwave_customer_email stripe_mandate
    stripe_payment_method mercado_pago_customer_id
  payment_transaction: provider_reference stripe_payment_intent
  payment_provider: adyen_merchant_account stripe_publishable_key paypal_client_id paypal_webhook_id razorpay_account_id
    razorpay_key_id mercado_pago_public_key redsys_merchant_code worldline_pspid dpo_service_ref
  calendar_event: google_id microsoft_id ms_universal_event_id microsoft_recurrence_master_id
  calendar_recurrence: google_id microsoft_id
  res_users: oauth_uid oauth_access_token microsoft_calendar_token microsoft_calendar_rtoken
  res_users_settings: google_calendar_cal_id google_calendar_rtoken google_calendar_sync_token google_calendar_token
    microsoft_calendar_sync_token
  google_calendar_credentials: calendar_cal_id calendar_rtoken calendar_sync_token calendar_token
  iap_account: account_token
  res_partner: peppol_endpoint nemhandel_identifier_value additional_identifiers
  account_move: peppol_message_uuid nemhandel_message_uuid l10n_eg_uuid l10n_my_edi_external_uuid l10n_tr_nilvera_uuid
  account_edi_proxy_client_user: id_client edi_identification refresh_token private_key
  discuss_channel: sfu_channel_uuid sfu_server_url
  sms_tracker: sms_twilio_sid
  res_company: sms_twilio_account_sid l10n_ro_edi_client_id l10n_eg_client_identifier
  pos_payment_method: adyen_terminal_identifier stripe_serial_number viva_com_client_id mollie_terminal_id
  mail_message: message_id
  crm_lead: reveal_id
  website: google_analytics_key google_search_console plausible_site twitter_screen_name cdn_url domain
  base_automation: webhook_uuid
  ir_act_server: webhook_url
  mail_ice_server: uri username
  mail_push_device: endpoint keys`);

/** "table: column column" in lines, as "table.column". */
export function list(text: string): string[] {
  const columns: string[] = [];
  let table = "";
  for (const word of text.trim().split(/\s+/)) {
    if (word.endsWith(":")) {
      table = word.slice(0, -1);
    } else {
      columns.push(`${table}.${word}`);
    }
  }
  return columns;
}
