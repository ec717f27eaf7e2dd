import { describe, expect, it } from "vitest";
import * as catalogue from "../../../src/refresh/classification/catalogue/index.ts";
import { classify } from "../../../src/refresh/classification/classify.ts";
import { parseRules } from "../../../src/refresh/classification/rules.ts";
import { column, facts, field, table } from "../refresh/facts.ts";
import { fate, KNOWN } from "./columns.ts";

/** Every table of a series as classification sees it in a database. */
function databaseOf(series: number) {
  const columns = KNOWN.filter((known) => known.series.includes(series));
  const tables = [...Map.groupBy(columns, (known) => known.table)].map(([name, own]) =>
    table(
      name,
      own.map((known) => column(known.column, known.type)),
    ),
  );
  const fields = columns.flatMap((known) =>
    known.ttype ? [[`${known.table}.${known.column}`, field(known.ttype)] as const] : [],
  );
  return facts(tables, { series, fields: new Map(fields) });
}

describe.each([
  [16, 1600],
  [17, 1800],
  [18, 1900],
  [19, 2000],
])("Odoo %i", (series, atLeast) => {
  it("has no column about which nobody has decided", () => {
    const database = databaseOf(series);
    const { tables, unclassified } = classify(database, parseRules([]), catalogue);
    expect(database.schema.tables.flatMap((t) => t.columns).length).toBeGreaterThan(atLeast);
    expect(unclassified.map((c) => `${c.table}.${c.column}`)).toEqual([]);
    expect(tables.filter((t) => t.columns.some((c) => c.by === "catalogue")).length).toBeGreaterThan(300);
  });
});

// What moved, appeared or vanished between the series.
it.each([
  ["res_partner.display_name", 16, "name"],
  ["res_partner.signup_token", 16, "null"],
  ["res_partner.complete_name", 17, "name"],
  ["res_partner.peppol_endpoint", 17, "null"],
  ["res_partner.mobile", 18, "phone"],
  ["res_partner.properties", 19, "properties"],
  ["ir_property.value_text", 16, "text"],
  ["ir_property.value_binary", 17, "file"],
  ["ir_property.value_reference", 17, "keep"],
  ["res_partner.barcode", 18, "null"],
  ["res_partner.property_account_payable_id", 18, "keep"],
  ["mail_channel.name", 16, "name"],
  ["discuss_channel.name", 17, "name"],
  ["note_note.memo", 16, "html"],
  ["project_task.description", 17, "html"],
  ["project_task.html_field_history", 18, "null"],
  ["hr_employee.private_street", 17, "street"],
  ["hr_version.private_street", 19, "street"],
  ["hr_employee.ssnid", 18, "null"],
  ["hr_version.ssnid", 19, "null"],
  ["hr_contract.wage", 18, "amount"],
  ["hr_version.wage", 19, "amount"],
  ["hr_employee.gender", 18, "null"],
  ["hr_version.sex", 19, "null"],
  ["hr_applicant.partner_name", 17, "name"],
  ["hr_candidate.partner_name", 18, "name"],
  ["account_move.send_and_print_values", 17, "null"],
  ["account_move.sending_data", 18, "null"],
  ["event_registration.barcode", 17, "barcode"],
  ["google_calendar_credentials.calendar_rtoken", 16, "secret"],
  ["res_users_settings.google_calendar_rtoken", 18, "null"],
  ["account_edi_proxy_client_user.private_key", 17, "secret"],
  ["certificate_key.pem_key", 18, "secret"],
  ["mail_partner_device.keys", 17, "empty"],
  ["mail_push_device.keys", 18, "empty"],
  ["auth_passkey_key.public_key", 18, "empty"],
  ["account_account.code", 17, "keep"],
  ["account_account.code_store", 19, "keep"],
])("%s of Odoo %i is treated as %s", (name, series, expected) => expect(fate(name, series)).toBe(expected));

describe("Odoo 20, known by its differences from 19", () => {
  it.each([
    ["res_partner_bank.account_number", "bank-account"],
    ["res_partner_bank.sanitized_account_number", "bank-account"],
    ["res_partner_bank.holder_name", "name"],
    ["res_partner_bank.note", "text"],
    ["res_partner_bank.clearing_number", "null"],
    ["res_partner_bank.street", "street"],
    ["res_partner_bank.bank_name", "keep"],
    ["clearing_label.name", "keep"],
    ["res_partner.additional_identifiers", "null"],
    ["res_company.additional_identifiers", "null"],
    ["hr_employee.additional_note", "text"],
    ["hr_employee.birthday_month", "null"],
    ["hr_employee.id_card_name", "filename"],
    ["hr_employee.hourly_cost", "amount"],
    ["hr_employee_departure.departure_description", "null"],
    ["hr_employee_departure.departure_date", "date-year"],
    ["hr_employee.driving_license_name", "filename"],
    ["hr_version.ssnid", "null"],
    ["res_users.password", "secret"],
    ["res_partner_bank.city", "city"],
    ["ir_mail_server.smtp_pass", "secret"],
    ["ir_config_parameter.value", "parameter-value"],
    ["payment_provider.paypal_access_token", "secret"],
    ["mail_call_artifact.start_ms", "empty"],
    ["discuss_call_history.start_dt", "empty"],
    ["res_device_log.user_agent", "empty"],
    ["res_users_apikeys.key", "empty"],
    ["ir_access.domain", "keep"],
    ["ir_access.note", "html"],
    ["ir_act_window.views", "keep"],
    ["ir_actions.params", "keep"],
    ["payment_provider.payu_merchant_key", "secret"],
    ["payment_provider.payu_merchant_salt", "secret"],
    ["website.domain_punycode", "null"],
    ["res_partner.complete_name", "name"],
    ["res_partner.barcode", "null"],
  ])("%s is treated as %s", (name, expected) => expect(fate(name, 20)).toBe(expected));

  it("keeps no column that 19 does not have, and masks those of any series", () => {
    const gone = KNOWN.filter((known) => !known.series.includes(19)).map(({ table, column }) => `${table}.${column}`);
    expect(gone.length).toBeGreaterThan(300);
    expect(gone.filter((name) => fate(name, 20) === "keep")).toEqual([]);
    expect(fate("account_account.code", 19)).toBe("keep");
    expect(fate("account_account.code", 20)).toBe("unclassified");
    expect(fate("res_partner.mobile", 20)).toBe("phone");
  });

  it.each(["16", "17", "18", "19", "20"])("a column that nobody knows is refused in series %s", (series) => {
    const made = [
      table("res_partner", [column("nickname_of_20", "varchar"), column("dossier", "jsonb")]),
      table("partner_dossier", [column("name", "varchar"), column("tags", "_text")]),
    ];
    const { unclassified } = classify(facts(made, { series: Number(series) }), parseRules([]), catalogue);
    expect(unclassified.map((c) => `${c.table}.${c.column}`)).toEqual([
      "res_partner.nickname_of_20",
      "res_partner.dossier",
      "partner_dossier.name",
      "partner_dossier.tags",
    ]);
  });

  it("is told apart by the series of the database", () => {
    const accounts = table("account_account", [column("code", "varchar")]);
    const left = (series: number) => classify(facts([accounts], { series }), parseRules([]), catalogue).unclassified;
    expect([17, 19, 20].map((series) => left(series).length)).toEqual([0, 0, 1]);
  });

  it("nothing is known of what comes after it", () => {
    const kept = KNOWN.filter(({ table, column }) => fate(`${table}.${column}`, 21) === "keep");
    expect(kept).toEqual([]);
  });
});
