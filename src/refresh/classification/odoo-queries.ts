import type { Schema } from "../schema/model.ts";

/** What is asked of Odoo's own tables, as SQL; the guard answers the same under these names. */
export type OdooQueries = Record<"models" | "fields" | "relations" | "series" | "reserved", string>;

// The administrator's name is a person's, and not asked for.
const RESERVED = `
  SELECT u.id AS user, u.partner_id AS partner, CASE WHEN d.name <> 'user_admin' THEN p.name::text END AS name, d.name = 'user_admin' AS admin
    FROM public.res_users u JOIN public.res_partner p ON p.id = u.partner_id JOIN public.ir_model_data d ON d.model = 'res.users' AND d.res_id = u.id
   WHERE d.module = 'base' AND d.name IN ('user_root', 'user_admin', 'public_user', 'default_user', 'template_portal_user_id')
  UNION ALL SELECT NULL, p.id, p.name::text, false FROM public.res_company c JOIN public.res_partner p ON p.id = c.partner_id`;

/** Those questions as they are put to the tables themselves. */
export function odooQueries(schema: Schema): OdooQueries {
  const has = columnLookup(schema);
  // Labels are jsonb by language from Odoo 16 on; a column of an older or newer series may be missing.
  const label = (table: string, column: string) =>
    has(table, column) === "jsonb" ? `coalesce(${column} ->> 'en_US', '')` : `coalesce(${column}::text, '')`;
  return {
    models: `SELECT model, ${label("ir_model", "name")} AS label, coalesce(transient, false) AS transient FROM public.ir_model`,
    fields: `SELECT model, name, ttype, ${label("ir_model_fields", "field_description")} AS label, relation_table, state = 'manual' AS manual,
            ${has("ir_model_fields", "translate") === "bool" ? "coalesce(translate, false)" : "translate IS NOT NULL"} AS translate,
            ${has("ir_model_fields", "company_dependent") ? "coalesce(company_dependent, false)" : "false"} AS company_dependent
       FROM public.ir_model_fields WHERE store OR relation_table IS NOT NULL`,
    relations: "SELECT name FROM public.ir_model_relation",
    // "19.0.1.3", on the instances of Odoo's own hosting "saas~18.2.1.3"
    series:
      "SELECT substring(latest_version FROM '^(?:saas~)?([0-9]+)\\.')::int AS series FROM public.ir_module_module WHERE name = 'base'",
    reserved: RESERVED,
  };
}

function columnLookup(schema: Schema): (table: string, column: string) => string | undefined {
  const types = new Map(
    schema.tables
      .filter((table) => table.schema === "public")
      .flatMap((table) =>
        table.columns.map((column): [string, string] => [`${table.name}.${column.name}`, column.baseType]),
      ),
  );
  return (table, column) => types.get(`${table}.${column}`);
}
