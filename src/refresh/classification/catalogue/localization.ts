import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Documents and code lists of single countries; their columns on shared tables are with those tables. */
export const localization: Area = {
  treated: {
    l10n_eg_edi_thumb_drive: {
      token: "access_token",
      secret: "pin",
    },
    l10n_es_edi_certificate: {
      secret: "password",
    },
    l10n_es_edi_facturae_certificate: {
      secret: "password",
      null: "serial_number",
    },
    l10n_es_edi_tbai_document: {
      text: "name",
      null: "response_message",
    },
    l10n_es_edi_verifactu_document: {
      html: "errors",
      null: "response_csv",
    },
    l10n_gr_edi_document: {
      null: "message mydata_cls_mark mydata_mark mydata_url",
    },
    l10n_hr_edi_addendum: {
      text: "business_status_reason",
      null: "fiscalization_error fiscalization_number fiscalization_request mer_document_eid",
    },
    l10n_id_efaktur_coretax_document: {
      text: "name",
    },
    l10n_id_efaktur_document: {
      text: "name",
    },
    l10n_id_qris_transaction: {
      null: "qris_content qris_invoice_id",
    },
    l10n_in_ewaybill: {
      token: "access_token",
      text: "cancel_remarks",
      html: "error_message",
      null: "transportation_doc_no vehicle_no type_description",
    },
    l10n_it_edi_doi_declaration_of_intent: {
      identifier: "protocol_number_part1 protocol_number_part2",
    },
    l10n_latam_check: {
      identifier: "name",
      null: "issuer_vat",
    },
    l10n_ro_edi_document: {
      null: `
        key_certificate key_download key_loading key_signature l10n_ro_edi_stock_load_id l10n_ro_edi_stock_uit
        message
      `,
    },
    l10n_tr_nilvera_trailer_plate: {
      identifier: "name",
    },
    myinvois_document: {
      text: "name",
      null: `
        myinvois_custom_form_reference myinvois_document_long_id myinvois_error_document_hash
        myinvois_exemption_reason myinvois_external_uuid myinvois_retry_at myinvois_submission_uid
      `,
    },
  },
  kept: [
    {
      reason: why.label,
      tables: {
        l10n_in_section_alert: "name",
      },
    },
    {
      reason: why.model,
      tables: {
        l10n_id_qris_transaction: "model model_id",
      },
    },
    {
      reason: why.number,
      tables: {
        l10n_in_ewaybill: "name",
        l10n_it_ddt: "name",
        myinvois_document: "pos_order_date_range sequence_prefix",
      },
    },
    {
      reason: why.official,
      tables: {
        l10n_ar_afip_responsibility_type: "code name",
        l10n_ar_earnings_scale: "name",
        l10n_br_zip_range: "end start",
        l10n_cz_tax_office: "name region",
        l10n_ec_sri_payment: "code name",
        l10n_eg_edi_activity_type: "code name",
        l10n_eg_edi_uom_code: "code name",
        l10n_es_edi_facturae_ac_role_type: "code name",
        l10n_es_edi_facturae_adm_centers_ac_role_type: "code[17] name[17]",
        l10n_gr_edi_preferred_classification: "l10n_gr_edi_available_inv_type",
        l10n_hr_kpd_category: "description name sector",
        l10n_hr_tax_category: "description category_name code_hr code_tax_scheme code_untdid name",
        l10n_id_efaktur_coretax_product_code: "description code",
        l10n_id_efaktur_coretax_uom_code: "code name",
        l10n_id_efaktur_efaktur_range: "max[16-18] min[16-18]",
        l10n_in_ewaybill_type: "code name sub_type sub_type_code",
        l10n_in_port_code: "code name",
        l10n_it_document_type: "code name",
        l10n_ke_item_code: "description code",
        l10n_latam_document_type: "code doc_code_prefix name report_name",
        l10n_latam_identification_type:
          "description l10n_ar_afip_code l10n_co_document_code l10n_pe_vat_code l10n_uy_dgi_code name",
        l10n_my_edi_industry_classification: "code name",
        l10n_pe_res_city_district: "code name",
        l10n_pl_l10n_pl_tax_office: "code name",
        l10n_pl_tax_office: "code[16] name[16]",
        l10n_ro_cpv_code: "code name",
        l10n_tr_nilvera_einvoice_extended_account_tax_code: "name",
        l10n_tr_nilvera_einvoice_extended_tax_office: "name",
        l10n_vn_edi_viettel_sinvoice_symbol: "name",
        l10n_vn_edi_viettel_sinvoice_template: "name",
      },
    },
  ],
};
