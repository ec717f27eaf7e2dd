import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** People and companies: partners, their bank accounts and identifiers, the own companies, block lists. */
export const contacts: Area = {
  treated: {
    l10n_ar_partner_tax: {
      "external-id": "ref",
    },
    l10n_in_pan_entity: {
      identifier: "name",
      null: "msme_number",
      filename: "tds_certificate_filename",
    },
    l10n_tr_nilvera_alias: {
      identifier: "name",
    },
    mail_blacklist: {
      email: "email",
    },
    privacy_log: {
      text: "anonymized_name anonymized_email records_description execution_details additional_note",
    },
    res_bank: {
      email: "email",
      phone: "phone",
      street: "street street2",
      city: "city",
      zip: "zip",
    },
    res_company: {
      email: "email@partner_id account_peppol_contact_email@partner_id nemhandel_contact_email@partner_id",
      phone: `
        phone@partner_id mobile@partner_id account_peppol_phone_number@partner_id
        nemhandel_phone_number@partner_id
      `,
      secret: `
        account_peppol_migration_key gelato_api_key gelato_webhook_secret l10n_eg_client_secret
        l10n_gr_edi_aade_key l10n_hr_mer_password l10n_hu_edi_password l10n_hu_edi_replacement_key
        l10n_hu_edi_signature_key l10n_in_edi_ewaybill_password l10n_in_edi_password l10n_in_edi_token
        l10n_in_ewaybill_password l10n_jo_edi_secret_key l10n_pl_edi_access_token l10n_pl_edi_refresh_token
        l10n_pl_edi_session_id l10n_pl_edi_session_iv l10n_pl_edi_session_key l10n_ro_edi_access_token
        l10n_ro_edi_client_secret l10n_ro_edi_refresh_token l10n_rs_edi_api_key l10n_sa_private_key
        l10n_tr_nilvera_api_key l10n_tw_edi_ecpay_hashIV l10n_tw_edi_ecpay_hashkey l10n_vn_edi_password
        l10n_vn_edi_token sms_twilio_auth_token
      `,
      token: "attendance_kiosk_key",
      null: `
        ape alias_domain_name hr_presence_control_ip_list income_tax_id l10n_br_cpf_code l10n_br_ie_code
        l10n_br_im_code l10n_br_nire_code l10n_de_stnr l10n_de_widnr l10n_eg_client_identifier
        l10n_gr_edi_aade_id l10n_hr_mer_company_ident l10n_hr_mer_software_ident l10n_hr_mer_username
        l10n_hu_edi_username l10n_in_edi_ewaybill_username l10n_in_edi_username l10n_in_ewaybill_username
        l10n_in_pan l10n_in_upi_id l10n_it_codice_fiscale l10n_it_eco_index_number l10n_jo_edi_client_identifier
        l10n_ke_cu_proxy_address l10n_ro_edi_client_id l10n_ro_edi_oauth_error l10n_tr_nilvera_export_alias
        l10n_tw_edi_ecpay_merchant_id l10n_vn_edi_username sms_twilio_account_sid social_discord social_facebook
        social_github social_instagram social_linkedin social_tiktok social_twitter social_youtube
        trade_registry peppol_metadata peppol_external_provider additional_identifiers
        l10n_jo_edi_sequence_income_source
      `,
      file: "logo_web",
      "translated-html": "company_details invoice_terms_html lunch_notify_message report_footer report_header",
      translated: "invoice_terms",
      text: "sale_footer_name sale_header_name l10n_au_trading_name",
    },
    res_partner: {
      name: `
        name complete_name display_name first_name middle_name last_name
        commercial_company_name@commercial_partner_id l10n_id_tax_name
      `,
      email: "email email_normalized l10n_it_pec_email",
      phone: "phone mobile phone_sanitized",
      street: "street street2 street_name l10n_id_tax_address",
      city: "city",
      zip: "zip",
      vat: "vat@commercial_partner_id",
      null: `
        company_name street_number street_number2 l10n_sa_edi_building_number l10n_sa_edi_plot_identification
        l10n_eg_building_no l10n_tr_nilvera_edispatch_customs_zip partner_latitude partner_longitude
        date_localization tz company_registry siret nrc barcode branch_code peppol_endpoint
        global_location_number l10n_ar_gross_income_number l10n_br_cpf_code l10n_br_ie_code l10n_br_im_code
        l10n_br_isuf_code l10n_ca_pst l10n_hr_personal_oib l10n_hr_business_unit_code l10n_hu_group_vat
        l10n_id_nik l10n_id_tku l10n_id_buyer_document_number l10n_in_pan l10n_in_tan l10n_it_codice_fiscale
        l10n_it_pa_index l10n_ke_exemption_number l10n_my_identification_number l10n_my_edi_malaysian_tin
        l10n_nl_kvk l10n_nl_oin l10n_lu_peppol_identifier l10n_no_bronnoysund_number
        l10n_rs_edi_registration_number l10n_rs_edi_public_funds l10n_sa_additional_identification_number
        l10n_sa_edi_additional_identification_number l10n_sg_unique_entity_number
        l10n_es_edi_facturae_ac_center_code l10n_es_edi_facturae_ac_logical_operational_point
        l10n_es_edi_facturae_ac_physical_gln l10n_se_default_vendor_payment_ref l10n_ph_rdo
        sst_registration_number ttx_registration_number nemhandel_identifier_value additional_identifiers
        signup_token seo_name website_meta_og_img
      `,
      "external-id": "ref",
      url: "website",
      text: `
        function additional_info sale_warn_msg purchase_warn_msg picking_warn_msg invoice_warn_msg
        l10n_cl_activity_description
      `,
      html: "comment",
      "translated-html": "website_description website_short_description",
      translated: "website_meta_title website_meta_description website_meta_keywords",
      properties: "properties",
    },
    res_partner_bank: {
      "bank-account": "acc_number sanitized_acc_number account_number sanitized_account_number",
      name: "acc_holder_name@partner_id holder_name@partner_id",
      null: `
        clearing_number aba_routing aba_bsb proxy_value l10n_ch_qr_iban l10n_ch_postal
        l10n_ch_isr_subscription_chf l10n_ch_isr_subscription_eur l10n_mx_edi_clabe l10n_kh_merchant_id
        l10n_id_qris_mid
      `,
      secret: "l10n_id_qris_api_key",
      text: "note",
      street: "street street2",
      city: "city",
      zip: "zip",
    },
    res_partner_grade: {
      null: "seo_name website_meta_og_img",
      translated: "website_meta_title website_meta_description website_meta_keywords",
    },
    res_partner_iap: {
      null: "iap_enrich_info iap_search_domain",
    },
  },
  kept: [
    {
      reason: why.choice,
      tables: {
        res_partner: "signup_type suggest_based_on invoice_edi_format_store lang",
      },
    },
    {
      reason: why.style,
      tables: {
        res_company: "email_primary_color email_secondary_color primary_color secondary_color",
      },
    },
    {
      reason: why.label,
      tables: {
        res_bank: "bic name l10n_cl_sbif_code l10n_mx_edi_code l10n_pe_edi_code",
        res_company: `
        bank_account_code_prefix cash_account_code_prefix transfer_account_code_prefix partnership_label
      `,
        res_partner_activation: "name",
        clearing_label: "name",
        res_partner_bank: "bank_name bank_bic",
        res_partner_category: "name",
        res_partner_grade: "name",
        res_partner_industry: "name full_name",
        res_partner_tag: "name",
        res_partner_title: "name[16-18] shortcut[16-18]",
      },
    },
    {
      reason: why.definition,
      tables: {
        res_company: "candidate_properties_definition[18] employee_properties_definition job_properties_definition",
      },
    },
    {
      reason: why.path,
      tables: {
        res_company: "parent_path",
        res_partner_category: "parent_path",
      },
    },
    {
      reason: why.ids,
      tables: {
        res_partner: `
        specific_property_product_pricelist credit_limit property_account_payable_id
        property_account_receivable_id property_account_position_id property_payment_term_id
        property_supplier_payment_term_id ignore_abnormal_invoice_date ignore_abnormal_invoice_amount
        property_outbound_payment_method_line_id property_inbound_payment_method_line_id property_stock_customer
        property_stock_supplier property_purchase_currency_id receipt_reminder_email
        reminder_date_before_receipt property_delivery_carrier_id property_stock_subcontractor
        l10n_vn_edi_symbol
      `,
      },
    },
    {
      reason: why.ownCompany,
      tables: {
        res_company: "name",
      },
    },
  ],
};
