import type { Area } from "./area.ts";
import { CODE, CODES, IDS, LABEL, LEGAL, MODEL, NUMBER, PATH, TECHNICAL } from "./reasons.ts";

/** Journals, entries, bank statements, payments and payment providers. */
export const accounting: Area = {
  treated: {
    account_account: {
      translated: "description",
      text: "note",
    },
    account_account_template: {
      text: "note",
    },
    account_analytic_account: {
      translated: "name",
      "external-id": "code",
    },
    account_analytic_line: {
      text: "name",
      "external-id": "code ref",
    },
    account_analytic_plan: {
      text: "description",
    },
    account_bank_statement: {
      text: "name reference",
    },
    account_bank_statement_line: {
      name: "partner_name@partner_id",
      null: "account_number transaction_details",
      text: "payment_ref transaction_type",
    },
    account_edi_document: {
      html: "error",
    },
    account_edi_proxy_client_user: {
      identifier: "edi_identification",
      "external-id": "id_client",
      secret: "refresh_token private_key nemhandel_verification_code peppol_verification_code",
    },
    account_fiscal_position: {
      null: "foreign_vat",
    },
    account_journal: {
      token: "access_token",
      email: "incoming_einvoice_notification_email",
      null: `
        l10n_eg_branch_identifier l10n_hr_business_premises_label l10n_hr_business_premises_label_refund
        l10n_hr_issuing_device_label l10n_hr_issuing_device_label_refund l10n_sa_csr_errors
        l10n_sa_latest_submission_hash l10n_sa_serial_number
      `,
      secret: "l10n_sa_compliance_csid_json l10n_sa_production_csid_json l10n_sa_csr",
      text: "sale_activity_note",
    },
    account_lock_exception: {
      text: "reason",
    },
    account_move: {
      name: "invoice_partner_display_name@partner_id",
      email: "invoice_source_email@partner_id",
      html: "narration",
      "external-id": `
        ref payment_reference invoice_origin buyer_reference contract_reference purchase_order_reference
      `,
      token: "access_token",
      text: `
        incoterm_location l10n_it_origin_document_name l10n_vn_edi_agreement_document_name
        l10n_hr_customer_defined_process_name l10n_in_edi_cancel_remarks l10n_my_edi_exemption_reason
        l10n_tw_edi_invalidate_reason
      `,
      null: `
        fapiao inalterable_hash l10n_ch_isr_number l10n_eg_submission_number l10n_eg_uuid l10n_es_edi_csv
        l10n_gr_edi_cls_mark l10n_gr_edi_mark l10n_hu_edi_messages l10n_hu_edi_transaction_code
        l10n_id_coretax_custom_doc l10n_id_tax_number l10n_in_edi_error l10n_in_gstin
        l10n_in_shipping_bill_number l10n_in_transportation_doc_no l10n_in_vehicle_no l10n_it_cig l10n_it_cup
        l10n_it_edi_attachment_name l10n_it_edi_header l10n_it_edi_transaction l10n_jo_edi_error l10n_jo_edi_qr
        l10n_jo_edi_uuid l10n_ke_cu_invoice_number l10n_ke_cu_qrcode l10n_ke_cu_serial_number
        l10n_ke_wh_certificate_number l10n_my_edi_custom_form_reference l10n_my_edi_external_uuid
        l10n_my_edi_retry_at l10n_my_edi_submission_uid l10n_my_error_document_hash l10n_pl_edi_header
        l10n_pl_edi_number l10n_pl_edi_ref l10n_pl_edi_session_id l10n_ro_edi_index l10n_rs_edi_error
        l10n_rs_edi_invoice l10n_rs_edi_purchase_invoice l10n_rs_edi_sales_invoice l10n_rs_edi_uuid
        l10n_sa_invoice_signature l10n_sa_uuid l10n_sg_permit_number l10n_tr_nilvera_uuid
        l10n_tw_edi_carrier_number l10n_tw_edi_carrier_number_2 l10n_tw_edi_ecpay_invoice_id
        l10n_tw_edi_love_code l10n_tw_edi_refund_invoice_number l10n_tw_edi_related_number
        l10n_vn_e_invoice_number l10n_vn_edi_invoice_number l10n_vn_edi_invoice_transaction_id
        l10n_vn_edi_reservation_code nemhandel_message_uuid peppol_accounting_cost
        peppol_additional_document_reference peppol_contract_document_reference peppol_delivery_location_id
        peppol_despatch_document_reference peppol_message_uuid peppol_originator_document_reference
        peppol_project_reference send_and_print_values sending_data
      `,
    },
    account_move_line: {
      text: "name",
      "external-id": "ref@move_id",
      null: "extra_tax_data",
    },
    account_partial_reconcile: {
      null: "draft_caba_move_vals",
    },
    account_payment: {
      text: "memo check_amount_in_words",
      "external-id": "payment_reference",
      null: "check_number l10n_latam_check_issuer_vat",
    },
    account_payment_withholding_line: {
      text: "name placeholder_value",
    },
    account_reconcile_model_partner_mapping: {
      text: "narration_regex payment_ref_regex",
    },
    account_reconcile_model_template: {
      text: "match_note_param",
    },
    account_report_external_value: {
      text: "name text_value",
    },
    account_sale_closing: {
      null: "last_order_hash",
    },
    account_tax_group: {
      translated: "preceding_subtotal",
    },
    certificate_certificate: {
      text: "name",
      null: "loading_error serial_number subject_common_name",
      secret: "pkcs12_password pem_certificate",
    },
    certificate_key: {
      text: "name",
      null: "loading_error",
      secret: "password pem_key",
    },
    iap_account: {
      secret: "account_token",
      text: "name sender_name",
      null: "balance",
    },
    payment_provider: {
      secret: `
        adyen_api_key adyen_client_key adyen_hmac_key alipay_md5_signature_key aps_access_code aps_sha_request
        aps_sha_response asiapay_secure_hash_secret authorize_client_key authorize_login authorize_signature_key
        authorize_transaction_key buckaroo_secret_key buckaroo_website_key dpo_company_token
        flutterwave_public_key flutterwave_secret_key flutterwave_webhook_secret iyzico_key_secret
        mercado_pago_access_token mercado_pago_public_key mercado_pago_refresh_token mollie_api_key
        nuvei_secret_key ogone_password ogone_shakey_in ogone_shakey_out paymob_api_key paymob_hmac_key
        paymob_public_key paymob_secret_key paypal_access_token paypal_client_secret paypal_pdt_token
        payulatam_api_key payumoney_merchant_key payumoney_merchant_salt razorpay_access_token
        razorpay_key_secret razorpay_public_token razorpay_refresh_token razorpay_webhook_secret
        redsys_secret_key sips_secret stripe_publishable_key stripe_secret_key stripe_webhook_secret
        worldline_api_key worldline_api_secret worldline_webhook_key worldline_webhook_secret xendit_public_key
        xendit_secret_key xendit_webhook_token
      `,
      null: `
        adyen_api_url_prefix adyen_checkout_api_url adyen_merchant_account adyen_recurring_api_url
        alipay_merchant_partner_id alipay_seller_email aps_merchant_identifier asiapay_merchant_id
        dpo_service_ref iyzico_key_id nuvei_merchant_identifier nuvei_site_identifier ogone_pspid ogone_userid
        paypal_client_id paypal_email_account paypal_seller_account paypal_webhook_id payulatam_account_id
        payulatam_merchant_id razorpay_account_id razorpay_key_id redsys_merchant_code redsys_merchant_terminal
        sips_merchant_id sips_prod_url sips_test_url worldline_pspid
      `,
      "translated-html": "auth_msg cancel_msg done_msg pending_msg pre_msg",
    },
    payment_token: {
      text: "payment_details",
      "external-id": "provider_ref",
      null: `
        adyen_shopper_reference authorize_profile flutterwave_customer_email mercado_pago_customer_id
        stripe_mandate stripe_payment_method
      `,
    },
    payment_transaction: {
      name: "partner_name@partner_id",
      email: "partner_email@partner_id",
      phone: "partner_phone@partner_id",
      street: "partner_address@partner_id",
      city: "partner_city@partner_id",
      zip: "partner_zip@partner_id",
      "external-id": "reference provider_reference",
      null: "landing_route state_message paypal_type callback_hash stripe_payment_intent",
    },
  },
  kept: [
    {
      reason: LABEL,
      tables: {
        account_account: "name",
        account_account_tag: "name",
        account_account_template: "code name",
        account_analytic_applicability: "account_prefix",
        account_analytic_distribution_model: "account_prefix",
        account_analytic_plan: "complete_name name",
        account_cash_rounding: "name",
        account_chart_template: `
        bank_account_code_prefix cash_account_code_prefix name spoken_languages transfer_account_code_prefix
      `,
        account_edi_format: "code name",
        account_fiscal_position: "name zip_from zip_to",
        account_fiscal_position_template: "name zip_from zip_to",
        account_group: "code_prefix_end code_prefix_start name",
        account_group_template: "code_prefix_end code_prefix_start name",
        account_incoterms: "code name",
        account_journal: "name code l10n_br_invoice_serial l10n_ec_emission l10n_ec_entity",
        account_journal_group: "name",
        account_move_line: "l10n_in_hsn_code l10n_tr_ctsp_number tax_audit",
        account_payment_method: "code name",
        account_payment_method_line: "name",
        account_payment_term: "name",
        account_payment_term_line: "days_next_month",
        account_reconcile_model: "name",
        account_reconcile_model_line: "label",
        account_reconcile_model_line_template: "amount_string label",
        account_reconcile_model_template: "decimal_separator match_label_param match_transaction_type_param name",
        account_report: "name",
        account_report_column: "name",
        account_report_expression: "carryover_target label subformula",
        account_report_line: "code groupby name user_groupby",
        account_sale_closing: "name",
        account_tax: `
        invoice_label l10n_ar_code l10n_de_datev_code l10n_ec_code_applied l10n_ec_code_ats l10n_ec_code_base
        l10n_lt_tax_code l10n_no_standard_code l10n_ph_atc name
      `,
        account_tax_group: "name pos_receipt_label",
        account_tax_template:
          "l10n_de_datev_code l10n_ec_code_applied l10n_ec_code_ats l10n_ec_code_base l10n_ph_atc name",
        iap_account: "service_name",
        payment_icon: "name",
        payment_method: "code name",
        payment_provider: "name display_as sips_version",
      },
    },
    {
      reason: CODES,
      tables: {
        account_account: "code code_store",
      },
    },
    {
      reason: PATH,
      tables: {
        account_analytic_plan: "parent_path",
        account_group: "parent_path",
      },
    },
    {
      reason: IDS,
      tables: {
        account_analytic_distribution_model: "analytic_distribution",
        account_cash_rounding: "profit_account_id loss_account_id",
        account_move_line: "analytic_distribution",
        account_payment_withholding_line: "analytic_distribution",
        account_reconcile_model_line: "analytic_distribution",
      },
    },
    {
      reason: MODEL,
      tables: {
        payment_transaction: "callback_method",
      },
    },
    {
      reason: CODE,
      tables: {
        account_journal: "sequence_override_regex",
        account_reconcile_model: "match_label_param match_note_param match_transaction_type_param decimal_separator",
        account_reconcile_model_line: "amount_string",
        account_report_column: "expression_label",
        account_report_expression: "formula",
        account_report_external_value: "carryover_origin_expression_label",
        account_tax: "formula python_applicable python_compute",
        account_tax_template: "python_applicable python_compute",
      },
    },
    {
      reason: NUMBER,
      tables: {
        account_bank_statement: "first_line_index",
        account_bank_statement_line: "internal_index",
        account_full_reconcile: "name",
        account_move: "name sequence_prefix",
        account_move_line: "move_name matching_number",
        account_payment: "name",
      },
    },
    {
      reason: LEGAL,
      tables: {
        account_fiscal_position: "note",
        account_fiscal_position_template: "note",
        account_payment_term: "note",
        account_tax: "description invoice_legal_notes l10n_it_law_reference l10n_my_tax_exemption_reason",
        account_tax_template: "description",
      },
    },
    {
      reason: TECHNICAL,
      tables: {
        accounting_assert_test: "code_exec desc name",
        iap_service: "description name technical_name unit_name",
      },
    },
  ],
};
