import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Journals, entries, bank statements, taxes and reports. */
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
  },
  kept: [
    {
      reason: why.label,
      tables: {
        account_account: "name",
        account_account_tag: "name",
        account_account_template: "code[16] name[16]",
        account_analytic_applicability: "account_prefix",
        account_analytic_distribution_model: "account_prefix",
        account_analytic_plan: "complete_name name",
        account_cash_rounding: "name",
        account_chart_template: `
        bank_account_code_prefix[16] cash_account_code_prefix[16] name[16] spoken_languages[16]
        transfer_account_code_prefix[16]
      `,
        account_edi_format: "code name",
        account_fiscal_position: "name zip_from zip_to",
        account_fiscal_position_template: "name[16] zip_from[16] zip_to[16]",
        account_group: "code_prefix_end code_prefix_start name",
        account_group_template: "code_prefix_end[16] code_prefix_start[16] name[16]",
        account_incoterms: "code name",
        account_journal: "name code l10n_br_invoice_serial l10n_ec_emission l10n_ec_entity",
        account_journal_group: "name",
        account_move_line: "l10n_in_hsn_code l10n_tr_ctsp_number tax_audit[16]",
        account_payment_method: "code name",
        account_payment_method_line: "name",
        account_payment_term: "name",
        account_payment_term_line: "days_next_month",
        account_reconcile_model: "name",
        account_reconcile_model_line: "label",
        account_reconcile_model_line_template: "amount_string[16] label[16]",
        account_reconcile_model_template: `
        decimal_separator[16] match_label_param[16] match_transaction_type_param[16] name[16]
      `,
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
        account_tax_template: `
        l10n_de_datev_code[16] l10n_ec_code_applied[16] l10n_ec_code_ats[16] l10n_ec_code_base[16]
        l10n_ph_atc[16] name[16]
      `,
      },
    },
    {
      reason: why.codes,
      tables: {
        account_account: "code[16-17] code_store",
      },
    },
    {
      reason: why.path,
      tables: {
        account_analytic_plan: "parent_path",
        account_group: "parent_path[16-17]",
      },
    },
    {
      reason: why.ids,
      tables: {
        account_analytic_distribution_model: "analytic_distribution",
        account_cash_rounding: "profit_account_id loss_account_id",
        account_move_line: "analytic_distribution",
        account_payment_withholding_line: "analytic_distribution",
        account_reconcile_model_line: "analytic_distribution",
      },
    },
    {
      reason: why.code,
      tables: {
        account_journal: "sequence_override_regex",
        account_reconcile_model: `
        match_label_param match_note_param[16-18] match_transaction_type_param[16-18] decimal_separator[16-18]
      `,
        account_reconcile_model_line: "amount_string",
        account_report_column: "expression_label",
        account_report_expression: "formula",
        account_report_external_value: "carryover_origin_expression_label",
        account_tax: "formula python_applicable[16-17] python_compute[16-17]",
        account_tax_template: "python_applicable[16] python_compute[16]",
      },
    },
    {
      reason: why.number,
      tables: {
        account_bank_statement: "first_line_index",
        account_bank_statement_line: "internal_index",
        account_full_reconcile: "name[16]",
        account_move: "name sequence_prefix",
        account_move_line: "move_name matching_number",
        account_payment: "name",
      },
    },
    {
      reason: why.legal,
      tables: {
        account_fiscal_position: "note",
        account_fiscal_position_template: "note[16]",
        account_payment_term: "note",
        account_tax: "description invoice_legal_notes l10n_it_law_reference[16-18] l10n_my_tax_exemption_reason",
        account_tax_template: "description[16]",
      },
    },
    {
      reason: why.technical,
      tables: {
        accounting_assert_test: "code_exec desc name",
        iap_service: "description name technical_name unit_name",
      },
    },
  ],
};
