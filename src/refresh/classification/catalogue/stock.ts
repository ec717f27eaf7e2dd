import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Warehouse and manufacturing. */
export const stock: Area = {
  treated: {
    mrp_production: {
      "external-id": "origin",
      text: "product_description_variants",
    },
    mrp_routing_workcenter: {
      url: "worksheet_google_slide",
      html: "note",
    },
    mrp_workcenter: {
      html: "note",
    },
    mrp_workcenter_productivity: {
      text: "description",
    },
    mrp_workorder: {
      text: "name",
      token: "barcode",
    },
    procurement_group: {
      "external-id": "name",
    },
    stock_landed_cost: {
      text: "description",
    },
    stock_landed_cost_lines: {
      text: "name",
    },
    stock_location: {
      html: "comment",
    },
    stock_lot: {
      identifier: "name",
      "external-id": "ref",
      html: "note",
      properties: "lot_properties",
    },
    stock_move: {
      "external-id": "origin",
      text: "description_picking description_picking_manual inventory_name name",
      null: "next_serial",
    },
    stock_move_line: {
      identifier: "lot_name@lot_id",
      text: "description_picking carrier_name",
    },
    stock_picking: {
      "external-id": "origin carrier_tracking_ref",
      html: "note",
      properties: "picking_properties",
      null: `
        l10n_ar_cai_data l10n_ro_edi_stock_trailer_1_number l10n_ro_edi_stock_trailer_2_number
        l10n_ro_edi_stock_vehicle_number
      `,
      text: "l10n_it_transport_method_details l10n_ro_edi_stock_remarks l10n_tr_nilvera_delivery_notes",
    },
    stock_picking_batch: {
      text: "description l10n_ro_edi_stock_remarks",
      null: `
        l10n_ro_edi_stock_trailer_1_number l10n_ro_edi_stock_trailer_2_number l10n_ro_edi_stock_vehicle_number
      `,
      properties: "properties",
    },
    stock_picking_type: {
      secret: "l10n_ar_cai_authorization_code",
    },
    stock_reference: {
      "external-id": "name",
    },
    stock_scrap: {
      "external-id": "origin",
    },
    stock_valuation_adjustment_lines: {
      text: "name",
    },
    stock_valuation_layer: {
      text: "description",
    },
  },
  kept: [
    {
      reason: why.style,
      tables: {
        stock_scrap_reason_tag: "color",
      },
    },
    {
      reason: why.label,
      tables: {
        barcode_nomenclature: "gs1_separator_fnc1 name",
        barcode_rule: "alias name",
        mrp_bom: "code",
        mrp_routing_workcenter: "name",
        mrp_workcenter: "code name",
        mrp_workcenter_productivity_loss: "name",
        mrp_workcenter_tag: "name",
        stock_location: "barcode complete_name name",
        stock_move_line: "product_category_name[16-17]",
        stock_package_type: "barcode name shipper_package_code",
        stock_picking_type: "barcode l10n_ar_sequence_number_end l10n_ar_sequence_number_start name sequence_code",
        stock_route: "name",
        stock_rule: "name",
        stock_scrap_reason_tag: "name",
        stock_storage_category: "name",
        stock_warehouse: "code name",
        stock_warehouse_orderpoint: "name",
      },
    },
    {
      reason: why.definition,
      tables: {
        stock_picking_type: "batch_properties_definition picking_properties_definition repair_properties_definition",
      },
    },
    {
      reason: why.path,
      tables: {
        stock_location: "parent_path",
        stock_package: "parent_path",
      },
    },
    {
      reason: why.ids,
      tables: {
        mrp_bom: "analytic_distribution_text[17]",
        mrp_production: "analytic_distribution[17]",
        mrp_workcenter: "analytic_distribution",
        stock_lot: "standard_price",
      },
    },
    {
      reason: why.code,
      tables: {
        barcode_rule: "pattern",
        stock_rule: "push_domain",
      },
    },
    {
      reason: why.number,
      tables: {
        mrp_production: "name",
        mrp_production_group: "name",
        mrp_unbuild: "name",
        stock_landed_cost: "name",
        stock_move: "reference",
        stock_move_line: "reference[16-18]",
        stock_package: "name complete_name",
        stock_package_history: "package_name parent_dest_name parent_orig_name",
        stock_picking: "name l10n_it_ddt_number l10n_ar_delivery_guide_number l10n_tr_nilvera_delivery_printed_number",
        stock_picking_batch: "name",
        stock_quant_package: "name[16-18]",
        stock_scrap: "name",
      },
    },
  ],
};
