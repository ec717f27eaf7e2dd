import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exclusionOf, type TextColumn } from "../../workbench/canary-exclusions.ts";
import { canaryFor, containsCanary } from "../../workbench/canary-values.ts";

function column(name: string, more: Partial<TextColumn> = {}): TextColumn {
  const [table = "", of = ""] = name.split(".");
  return { table, column: of, type: "character varying", translated: false, companyDependent: false, ...more };
}

describe("a canary", () => {
  it.each([
    ["text", column("res_partner.comment", { type: "text" })],
    ["html", column("mail_message.body", { type: "text", ttype: "html" })],
    ["a narrow varchar", column("ir_attachment.checksum", { maxLength: 40 })],
    ["the narrowest varchar", column("x.y", { maxLength: 7 })],
    ["translated jsonb", column("event_event.name", { type: "jsonb", translated: true })],
    ["company-dependent jsonb", column("res_partner.barcode", { type: "jsonb", companyDependent: true })],
    ["properties", column("crm_lead.lead_properties", { type: "jsonb", ttype: "properties" })],
    ["json", column("account_move.sending_data", { type: "jsonb" })],
    ["an array", column("x.y", { type: "text[]" })],
    ["a domain", column("ir_filters.domain", { type: "text" })],
  ])("is told by its value in %s", (_kind, of) => {
    const value = canaryFor(of, "seed") ?? "";
    expect(containsCanary(value)).toBe(true);
    expect(containsCanary(Buffer.from(`before ${value.toUpperCase()} after`))).toBe(true);
    expect(value.length).toBeLessThanOrEqual(of.maxLength ?? Number.POSITIVE_INFINITY);
  });

  it("names the column it was planted in", () => {
    expect(canaryFor(column("res_partner.name"), "seed")).toMatch(
      /^Canaria res partner name kanarienvogel-[0-9a-f]{8}@geheim\.example$/,
    );
  });

  it("is the same for the same seed only", () => {
    const of = column("res_partner.name");
    expect(canaryFor(of, "a")).toBe(canaryFor(of, "a"));
    expect(canaryFor(of, "a")).not.toBe(canaryFor(of, "b"));
  });

  it("in bytes is base64, as Odoo expects, and still readable", () => {
    const value = canaryFor(column("res_company.logo_web", { type: "bytea" }), "seed") ?? "";
    const bytes = Buffer.from(value.slice(2), "hex");
    expect(containsCanary(bytes)).toBe(true);
    expect(Buffer.from(bytes.toString(), "base64").toString("base64")).toBe(bytes.toString());
  });

  it("in json is JSON, with keys of the column's shape", () => {
    const json = (of: TextColumn) => Object.keys(JSON.parse(canaryFor(of, "seed") ?? ""));
    expect(json(column("event_event.name", { type: "jsonb", translated: true }))).toEqual(["en_US"]);
    expect(json(column("res_partner.barcode", { type: "jsonb", companyDependent: true }))).toEqual(["1"]);
    expect(json(column("x.p", { type: "jsonb", ttype: "properties" }))).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}$/),
    ]);
    expect(json(column("x.y", { type: "jsonb" })).some(containsCanary)).toBe(true);
  });

  it("is found in base64 whatever comes before it", () => {
    for (const before of ["", "a", "ab", "abc", "%PDF-1.4 "]) {
      expect(containsCanary(Buffer.from(`${before}Canaria kanarienvogel-1@geheim.example`).toString("base64"))).toBe(
        true,
      );
    }
  });

  it("is not seen where there is none", () => {
    expect(containsCanary("Islas Canarias, Kanarische Inseln, Kanarie")).toBe(false);
    expect(canaryFor(column("x.y", { maxLength: 5 }), "seed")).toBeUndefined();
  });
});

describe("what gets no canary", () => {
  it.each([
    ["ir_ui_view.arch_db", {}],
    ["ir_model_fields.name", {}],
    ["res_lang.code", {}],
    ["mail_message.model", {}],
    ["account_move.name", {}],
    ["product_template.name", { type: "jsonb", translated: true }],
    ["crm_lead.type", { ttype: "selection" }],
    ["product_category.parent_path", {}],
    ["res_partner.property_payment_term_id", { type: "jsonb", companyDependent: true, ttype: "many2one" }],
    ["crm_team.assignment_domain", {}],
  ] as const)("%s, with a reason", (name, more) => {
    expect(exclusionOf(column(name, more))).toMatch(/\w+ \w+/);
  });

  it.each([
    "res_partner.name",
    "res_partner.vat",
    "res_users.login",
    "res_users.password",
    "mail_message.body",
    "ir_attachment.index_content",
    "ir_config_parameter.value",
    "ir_mail_server.smtp_pass",
    "payment_provider.stripe_secret_key",
    "pos_payment_method.viva_com_client_id",
    "product_template.description",
    "survey_survey.session_code",
    "website.domain",
    "ir_ui_view.visibility_password",
    "my_own_table.anything",
  ])("but %s gets one", (name) => {
    expect(exclusionOf(column(name))).toBeUndefined();
  });

  it("is decided without the catalogue that it is there to check", () => {
    for (const file of ["canaries", "canary-columns", "canary-exclusions", "canary-values"]) {
      const source = readFileSync(join(import.meta.dirname, `../../workbench/${file}.ts`), "utf8");
      expect(source).not.toMatch(/src\/refresh/);
    }
  });
});
