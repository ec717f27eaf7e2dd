// The database of a series of Odoo, made from its ways out.
import { WAYS_OUT, type WayOut } from "./outside.ts";

/** The ways out that a series has. */
export const waysOutOf = (series: number): [string, WayOut][] =>
  Object.entries(WAYS_OUT).filter(
    ([
      ,
      {
        series: [from, to],
      },
    ]) => from <= series && series <= to,
  );

/** The tables of a series, one user and the cron that stays. */
export function schemaOf(series: number): string {
  const tables = new Map<string, Set<string>>();
  for (const [, { columns }] of waysOutOf(series))
    for (const [table, own] of Object.entries(columns))
      tables.set(table, (tables.get(table) ?? new Set()).union(new Set(own.split(", "))));
  const created = [...tables].map(
    ([table, own]) => `CREATE TABLE ${table} (id serial PRIMARY KEY, ${[...own].join(", ")});`,
  );
  return `${created.join("\n")}
    CREATE TABLE ir_module_module (id serial PRIMARY KEY, name varchar NOT NULL, state varchar);
    CREATE TABLE ir_model_data (id serial PRIMARY KEY, module varchar, name varchar, model varchar, res_id integer);
    INSERT INTO ir_cron (active, nextcall) VALUES (true, now());
    INSERT INTO ir_model_data (module, name, model, res_id) VALUES ('base', 'autovacuum_job', 'ir.cron', 1);
    INSERT INTO res_users (login, active) VALUES ('somebody', true);`;
}
