import type { Area } from "./area.ts";
import { why } from "./reasons.ts";

/** Projects, timesheets, maintenance, repairs, fleet, lunch and resources. */
export const project: Area = {
  treated: {
    data_recycle_model: {
      text: "name",
    },
    fleet_vehicle: {
      identifier: "license_plate vin_sn",
      text: "name location",
      html: "description",
      null: "mobility_card",
      properties: "vehicle_properties",
    },
    fleet_vehicle_log_contract: {
      text: "name",
      "external-id": "ins_ref",
      html: "notes",
    },
    fleet_vehicle_log_services: {
      text: "description notes",
      "external-id": "inv_ref",
    },
    fleet_vehicle_odometer: {
      text: "name",
    },
    lunch_alert: {
      translated: "name",
      "translated-html": "message",
    },
    lunch_cashmove: {
      text: "description",
    },
    lunch_location: {
      street: "address",
    },
    lunch_order: {
      text: "note name display_toppings",
    },
    lunch_product: {
      "translated-html": "description",
    },
    maintenance_equipment: {
      translated: "name",
      identifier: "serial_no",
      text: "location partner_ref",
      html: "note",
      properties: "equipment_properties",
    },
    maintenance_equipment_category: {
      "translated-html": "note",
    },
    maintenance_request: {
      text: "name",
      html: "description instruction_text",
      email: "email_cc",
      url: "instruction_google_slide",
    },
    note_note: {
      text: "name",
      html: "memo",
    },
    project_milestone: {
      text: "name",
    },
    project_project: {
      translated: "name",
      html: "description",
      token: "access_token",
      email: "partner_email@partner_id",
      phone: "partner_phone@partner_id",
    },
    project_task: {
      text: "name display_name",
      html: "description",
      email: "email_from@partner_id email_cc@partner_id partner_email@partner_id",
      phone: "partner_phone@partner_id",
      name: "partner_name@partner_id partner_company_name@partner_id",
      token: "access_token",
      properties: "task_properties",
      null: "html_field_history",
    },
    project_task_type: {
      translated: "description",
    },
    project_update: {
      text: "name",
      html: "description",
      email: "email_cc",
    },
    repair_fee: {
      text: "name",
    },
    repair_line: {
      text: "name",
    },
    repair_order: {
      text: "description",
      html: "internal_notes quotation_notes",
      properties: "repair_properties",
    },
    resource_calendar_leaves: {
      text: "name",
    },
    resource_resource: {
      name: "name",
    },
  },
  kept: [
    {
      reason: why.style,
      tables: {
        fleet_vehicle_model: "color",
      },
    },
    {
      reason: why.label,
      tables: {
        fleet_service_type: "name",
        fleet_vehicle: "co2_standard color model_year",
        fleet_vehicle_model: "co2_standard name",
        fleet_vehicle_model_brand: "name",
        fleet_vehicle_model_category: "name",
        fleet_vehicle_state: "name",
        fleet_vehicle_tag: "name",
        lunch_location: "name",
        lunch_product: "name",
        lunch_product_category: "name",
        lunch_supplier: "topping_label_1 topping_label_2 topping_label_3",
        lunch_topping: "name",
        maintenance_equipment: "model",
        maintenance_equipment_category: "name",
        maintenance_stage: "name",
        maintenance_team: "name",
        note_stage: "name[16]",
        note_tag: "name[16]",
        project_project: "label_tasks",
        project_project_stage: "name",
        project_role: "name",
        project_tags: "name",
        project_task_type: "legend_blocked[16] legend_done[16] legend_normal[16] name",
        repair_tags: "name",
        resource_calendar: "name",
        resource_calendar_attendance: "name",
      },
    },
    {
      reason: why.definition,
      tables: {
        fleet_vehicle_model: "vehicle_properties_definition",
        maintenance_equipment_category: "equipment_properties_definition",
        project_project: "task_properties_definition",
        properties_base_definition: "properties_definition",
      },
    },
    {
      reason: why.model,
      tables: {
        data_recycle_model: "res_model_name",
        data_recycle_record: "res_model_name",
      },
    },
    {
      reason: why.code,
      tables: {
        data_recycle_model: "domain",
      },
    },
    {
      reason: why.number,
      tables: {
        repair_order: "name",
      },
    },
  ],
};
