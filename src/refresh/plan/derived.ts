import { quoteIdent } from "../../platform/postgres.ts";
import type { SourceFacts } from "../classification/facts.ts";
import type { Table } from "../schema/model.ts";
import { partnerName } from "./names.ts";

type Facts = Pick<SourceFacts, "reserved" | "series">;

interface Derived {
  /** Columns that the expression reads; where one is missing, the catalogue's mask is used as it is. */
  reads: string;
  /** Other tables that it reads: small ones, since their change is a change of this table. */
  tables?: string;
  /** SQL of the value, on `t`. */
  sql(facts: Facts): string;
  /** Pattern of values that the column's mask alone does not give. */
  shape?: string;
}

const empty = (column: string) => `coalesce(t.${column}, '') = ''`;
const hasParentOf = `t.is_company IS NOT TRUE AND t.parent_id IS NOT NULL`;

// What Odoo stores beside what it is computed from, with Odoo's own rule over masked values.
const DERIVED: Record<string, Derived> = {
  "res_partner.commercial_company_name": {
    reads: "commercial_company_name commercial_partner_id is_company",
    sql: ({ reserved }) =>
      `CASE WHEN ${empty("commercial_company_name")} OR t.commercial_partner_id = t.id AND t.is_company IS NOT TRUE THEN NULL
            ELSE ${partnerName("t.commercial_partner_id", reserved)} END`,
  },
  "res_partner.complete_name": {
    reads: "complete_name name type parent_id is_company commercial_partner_id commercial_company_name",
    sql: (facts) => completeName("complete_name", facts),
  },
  "res_partner.display_name": {
    reads: "display_name name type parent_id is_company commercial_partner_id commercial_company_name",
    sql: (facts) => completeName("display_name", facts),
  },
  "account_move.invoice_partner_display_name": {
    reads: "invoice_partner_display_name partner_id commercial_partner_id invoice_source_email create_uid",
    sql: ({ reserved }) =>
      `CASE WHEN t.invoice_partner_display_name IS NULL THEN NULL
            WHEN t.partner_id IS NULL AND NOT ${empty("invoice_source_email")} THEN '@From: account-move-' || t.id || '@example.invalid'
            WHEN t.partner_id IS NULL THEN '#Created by: User ' || coalesce(t.create_uid, 0)
            WHEN t.partner_id <> t.commercial_partner_id
              THEN (${partnerName("t.commercial_partner_id", reserved)}) || ', ' || (${partnerName("t.partner_id", reserved)})
            ELSE ${partnerName("t.partner_id", reserved)} END`,
  },
  "account_move_line.name": {
    reads: "name display_type move_id",
    sql: () =>
      `CASE WHEN ${empty("name")} THEN t.name WHEN t.display_type = 'payment_term' THEN 'ext-' || t.move_id ELSE 'Text ' || t.id END`,
    shape: "^ext-[0-9]+$",
  },
  "hr_version.job_title": {
    reads: "job_title is_custom_job_title job_id",
    tables: "hr_job",
    sql: () =>
      `CASE WHEN t.job_title IS NULL THEN NULL WHEN t.is_custom_job_title THEN 'Text ' || t.id
            ELSE (SELECT j.name ->> 'en_US' FROM public.hr_job j WHERE j.id = t.job_id) END`,
  },
  "mail_alias_domain.name": {
    reads: "name",
    sql: () => `CASE WHEN t.name IS NOT NULL THEN 'domain-' || t.id || '.example.invalid' END`,
  },
  "mail_alias.alias_full_name": {
    reads: "alias_full_name alias_name alias_domain_id",
    sql: () =>
      `CASE WHEN ${empty("alias_name")} THEN NULL
            ELSE 'ext-' || t.id || coalesce('@domain-' || t.alias_domain_id || '.example.invalid', '') END`,
  },
  "crm_lead.email_domain_criterion": {
    reads: "email_from",
    sql: () => `CASE WHEN ${empty("email_from")} THEN NULL ELSE '@example.invalid' END`,
    shape: "^@example[.]invalid$",
  },
};

/** "<company>, <contact>" for the contacts of a company, else the name; an address without a name bears its kind. */
function completeName(column: string, { reserved, series }: Facts): string {
  const address = series !== undefined && series < 19 ? " Address" : "";
  const name = `CASE WHEN NOT ${empty("name")} THEN ${partnerName("t.id", reserved)} WHEN t.parent_id IS NULL THEN ''
    ELSE CASE t.type WHEN 'invoice' THEN 'Invoice${address}' WHEN 'delivery' THEN 'Delivery${address}' WHEN 'other' THEN 'Other${address}' ELSE '' END END`;
  const company = partnerName(
    `CASE WHEN ${empty("commercial_company_name")} THEN t.parent_id ELSE t.commercial_partner_id END`,
    reserved,
  );
  return `CASE WHEN t.${column} IS NULL THEN NULL
    WHEN ${hasParentOf} THEN btrim((${company}) || ', ' || (${name})) ELSE ${name} END`;
}

const has = (table: Table, column: string) => table.columns.some((candidate) => candidate.name === column);

/** SQL of a column that Odoo computes from others of its row; undefined for any other, or where one of those is missing. */
export function derivedExpression(table: Table, column: string, facts: Facts, reads: Set<string>): string | undefined {
  const key = `${table.name}.${column}`;
  const derived = Object.hasOwn(DERIVED, key) ? DERIVED[key] : undefined;
  if (!derived?.reads.split(" ").every((name) => has(table, name))) return undefined;
  for (const name of derived.tables?.split(" ") ?? []) reads.add(name);
  return derived.sql(facts);
}

/** Pattern of values of such a column that its mask alone does not give. */
export function derivedShape(table: string, column: string): string | undefined {
  const key = `${table}.${column}`;
  return Object.hasOwn(DERIVED, key) ? DERIVED[key]?.shape : undefined;
}

/**
 * SQL of the value that decides whether a normalized or sanitized copy is there: that of its original, which after
 * masking can be normalized even where the real one could not. Undefined for any other column.
 */
export function originalValue(table: Table, column: string): string | undefined {
  const present = originalsOf(column).filter((name) => has(table, name));
  if (present.length === 0) return undefined;
  return `coalesce(${present.map((name) => `nullif(t.${quoteIdent(name)}::text, '')`).join(", ")})`;
}

function originalsOf(column: string): string[] {
  if (column === "email_normalized") return ["email", "email_from"];
  if (column === "phone_sanitized") return ["phone", "mobile", "partner_phone", "partner_mobile"];
  const original = /^(.+)_sanitized$/.exec(column)?.[1] ?? /^sanitized_(.+)$/.exec(column)?.[1];
  return original === undefined ? [] : [original];
}
