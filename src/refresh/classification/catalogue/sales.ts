import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Sales, purchases and products. */
export const sales: Area = {
  treated: {
    delivery_carrier: {
      translated: "carrier_description",
    },
    product_attribute_custom_value: {
      text: "custom_value",
    },
    product_image: {
      url: "video_url",
    },
    product_tag: {
      "translated-html": "pos_description",
    },
    product_template: {
      html: "description_self_order",
      properties: "product_properties",
      text: "purchase_line_warn_msg sale_line_warn_msg",
      translated: `
        out_of_stock_message description_picking description_pickingin description_pickingout
        description_purchase description_sale
      `,
      "translated-html": `
        description description_ecommerce public_description quotation_only_description website_description
      `,
    },
    product_value: {
      text: "description",
    },
    purchase_order: {
      "external-id": "partner_ref origin",
      html: "note notes",
      token: "access_token",
      text: "incoterm_location",
    },
    purchase_order_line: {
      text: "name product_description_variants",
    },
    purchase_requisition: {
      "external-id": "origin reference",
      html: "description",
    },
    purchase_requisition_line: {
      text: "product_description_variants",
    },
    sale_order: {
      name: "signed_by",
      html: "note website_description",
      "external-id": "client_order_ref reference origin",
      token: "access_token",
      null: `
        access_point_address pickup_location_data customizable_pdf_form_fields l10n_it_cig l10n_it_cup
        l10n_tw_edi_carrier_number l10n_tw_edi_carrier_number_2 l10n_tw_edi_love_code
      `,
      text: "delivery_message incoterm_location shop_warning l10n_it_origin_document_name",
    },
    sale_order_line: {
      text: "name shop_warning",
      null: "extra_tax_data",
      html: "website_description",
    },
    sale_order_option: {
      text: "name",
      html: "website_description",
    },
    sale_order_template: {
      text: "sale_footer_name sale_header_name",
      "translated-html": "note website_description",
    },
    sale_order_template_line: {
      translated: "name",
      "translated-html": "website_description",
    },
    sale_order_template_option: {
      translated: "name",
      "translated-html": "website_description",
    },
  },
  kept: [
    {
      reason: why.style,
      tables: {
        product_attribute_value: "html_color",
        product_tag: "color",
      },
    },
    {
      reason: why.label,
      tables: {
        delivery_carrier: "mondialrelay_brand mondialrelay_packagetype name tracking_url",
        delivery_zip_prefix: "name",
        product_attribute: "name",
        product_attribute_category: "name",
        product_attribute_value: "name",
        product_category: "complete_name name",
        product_combo: "name",
        product_image: "name",
        product_packaging: "barcode[16-18] name[16-18]",
        product_pricelist: "code name",
        product_product: `
        barcode combination_indices default_code gelato_product_uid l10n_eg_eta_code l10n_tr_ctsp_number
      `,
        product_removal: "method name",
        product_supplierinfo: "product_code product_name",
        product_tag: "name",
        product_template: `
        l10n_in_hsn_description[16-17] default_code gelato_template_ref hs_code l10n_hu_product_code
        l10n_in_hsn_code l10n_ke_hsn_code[16] l10n_ke_hsn_name[16] l10n_my_tax_classification_code name
        variants_default_code
      `,
        product_uom: "barcode",
        purchase_requisition_type: "name[16-17]",
        sale_order_template: "name",
      },
    },
    {
      reason: why.definition,
      tables: {
        product_category: "product_properties_definition",
        product_product: "lot_properties_definition",
      },
    },
    {
      reason: why.path,
      tables: {
        product_category: "parent_path",
      },
    },
    {
      reason: why.ids,
      tables: {
        product_category: `
        property_account_income_categ_id property_account_expense_categ_id property_stock_journal
        property_stock_valuation_account_id property_price_difference_account_id
        property_stock_account_production_cost_id property_stock_account_input_categ_id
        property_stock_account_output_categ_id property_account_creditor_price_difference_categ
      `,
        product_product: "standard_price",
        product_template: `
        property_account_income_id property_account_expense_id responsible_id property_stock_production
        property_stock_inventory l10n_tr_default_sales_return_account_id property_price_difference_account_id
        service_to_purchase project_id project_template_id task_template_id
        property_account_creditor_price_difference
      `,
        purchase_order_line: "analytic_distribution",
        purchase_requisition_line: "analytic_distribution",
        sale_order_line: "analytic_distribution linked_virtual_id virtual_id reward_identifier_code",
        sale_order_template: "journal_id",
      },
    },
    {
      reason: why.code,
      tables: {
        sale_pdf_form_field: "name path",
      },
    },
    {
      reason: why.number,
      tables: {
        purchase_order: "name",
        purchase_requisition: "name",
        sale_order: "name",
      },
    },
  ],
};
