import { quoteLiteral } from "../../platform/postgres.ts";
import type { ReservedRows } from "../classification/facts.ts";

/** The masked name of the partner with this id (SQL): the partners of Odoo and of the own companies keep theirs. */
export function partnerName(id: string, { partnerNames }: ReservedRows): string {
  const masked = `'Contact ' || ${id}`;
  if (partnerNames.size === 0) return masked;
  // Names as they are in the partners' own rows: what another row says of them may be out of date, or a person's.
  const kept = [...partnerNames].map(([partner, name]) => `WHEN ${partner} THEN ${quoteLiteral(name)}::text`);
  return `CASE ${id} ${kept.join(" ")} ELSE ${masked} END`;
}

/** The masked name of a row of any table but partners. */
export function rowName(table: string, id: string): string {
  return `${quoteLiteral(`${title(table)} `)} || ${id}`;
}

const TITLES: Record<string, string> = {
  resource_resource: "Resource",
  hr_employee: "Employee",
  crm_lead: "Lead",
};

/** How a masked name begins: "Employee". */
export function title(table: string): string {
  const words = shortName(table).replaceAll("-", " ");
  return TITLES[table] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

/** A table's name as it stands in addresses: "crm-lead". */
export function shortName(table: string): string {
  return table
    .replace(/^.*\./, "")
    .replaceAll(/[^a-z0-9]+/gi, "-")
    .slice(0, 40);
}
