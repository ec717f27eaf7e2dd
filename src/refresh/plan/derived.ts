import type { ReservedRows } from "../classification/facts.ts";
import type { Table } from "../schema/model.ts";

/**
 * res_partner.complete_name as Odoo computes it, from masked names: "<company>, <contact>" for the contacts of a company,
 * else the name itself; undefined when this version of the table lacks what it is made of.
 */
export function completeName(table: Table, { namedPartners }: ReservedRows, reads: Set<string>): string | undefined {
  const has = (column: string) => table.columns.some((candidate) => candidate.name === column);
  if (!["name", "parent_id", "is_company", "commercial_partner_id"].every(has)) return undefined;
  if (namedPartners.length > 0) reads.add("res_partner");
  const named = namedPartners.length > 0 ? namedPartners.join(", ") : "NULL";
  const nameOf = (id: string) =>
    `CASE WHEN ${id} IN (${named}) THEN (SELECT p.name::text FROM public.res_partner p WHERE p.id = ${id}) ELSE 'Contact ' || ${id} END`;
  const company = nameOf("coalesce(nullif(t.commercial_partner_id, t.id), t.parent_id)");
  return `(CASE WHEN t.complete_name IS NULL OR t.complete_name = '' THEN t.complete_name
    WHEN t.is_company IS NOT TRUE AND t.parent_id IS NOT NULL THEN ${company} || ', ' || ${nameOf("t.id")}
    ELSE ${nameOf("t.id")} END)::varchar`;
}
