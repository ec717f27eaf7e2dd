import { createHash } from "node:crypto";
import { type OdooQueries, odooQueries } from "../classification/odoo-queries.ts";
import { type Plan, type PlannedTable, readingOf, selectStatement } from "../plan/plan.ts";
import type { Schema } from "../schema/model.ts";
import { knownQueries } from "../verify/known.ts";
import { IDENTITY } from "../verify/verify.ts";
import { inGuard, viewName } from "./names.ts";

/** A view through which the guarded role reads. */
export interface GuardView {
  name: string;
  sql: string;
  /** What people call it. */
  label: string;
  /** Of a table's rows: its columns, without place and writer. */
  columns?: string[];
}

/** SHA-256 (hex) of what a view shows; its comment says it, so that a change is noticed. */
export function viewHash({ sql }: GuardView): string {
  return createHash("sha256").update(sql).digest("hex");
}

/** One view for each table that is copied, and one with hashes for the scan where it holds values to look for. */
export function tableViews({ tables }: Plan, ownPartners: readonly number[]): GuardView[] {
  return tables.filter((planned) => !planned.emptiedBecause).flatMap((planned) => viewsOf(planned, ownPartners));
}

function viewsOf(planned: PlannedTable, ownPartners: readonly number[]): GuardView[] {
  const { table, name, view: _, ...rest } = planned;
  const columns = rest.columns.map(({ column }) => column.name);
  const rows = { name: viewName(table), sql: withPlace(planned), label: name, columns };
  // Whether there are rows today must not decide what the view shows tomorrow.
  const known = knownQueries({ ...planned, table: { ...table, empty: false } }, ownPartners);
  if (known.length === 0) return [rows];
  return [rows, { name: knownName(planned), sql: known.join("\nUNION ALL\n"), label: `known values of ${name}` }];
}

const knownName = ({ table }: PlannedTable) => viewName(table, "known");

/** The masked rows with their place and writer, by which ranges are read and changes are found. */
function withPlace({ view: _, ...planned }: PlannedTable): string {
  const system = readingOf(planned).values.length > 0 ? "t.ctid, t.xmin, " : "t.ctid, t.xmin ";
  return selectStatement(planned).replace("SELECT ", () => `SELECT ${system}`);
}

const ODOO_VIEWS: OdooQueries = {
  models: "pipeline.models",
  fields: "pipeline.fields",
  relations: "pipeline.relations",
  series: "pipeline.series",
  reserved: "pipeline.reserved",
};

/** What the gate must know of Odoo before there is a plan; none for a database of anything else. */
export function supportViews(schema: Schema): GuardView[] {
  const has = (name: string) => schema.tables.some((table) => table.schema === "public" && table.name === name);
  if (!has("ir_model_fields")) return [];
  const queries = Object.entries(odooQueries(schema)).map(([key, sql]) => ({
    ...{ name: ODOO_VIEWS[key as keyof OdooQueries], sql, label: `Odoo's ${key}` },
  }));
  return [...queries, { name: "pipeline.identity", sql: IDENTITY, label: "the database's identity" }];
}

/** The questions about Odoo as the guard answers them. */
export function guardedOdooQueries(): OdooQueries {
  const ask = (name: string) => `SELECT * FROM ${inGuard(name)}`;
  const { models, fields, relations, series, reserved } = ODOO_VIEWS;
  return {
    ...{ models: ask(models), fields: ask(fields), relations: ask(relations) },
    ...{ series: ask(series), reserved: ask(reserved) },
  };
}

/** What is asked of the source beside its rows, as SQL. */
export interface Questions {
  /** Hashes of values that must not be on the copy. */
  known: string[];
  identity: string;
  /** Quoted name, last value and whether it was called, of every sequence; absent: each is read by itself. */
  sequences?: string;
}

/** The questions for a source whose tables may be read, or that answers through its guard. */
export function questionsOf(plan: Plan, ownPartners: readonly number[], guarded: boolean): Questions {
  // The longest first, so that all sessions end at about the same time.
  const tables = plan.tables.toSorted((a, b) => b.table.bytes - a.table.bytes);
  if (!guarded) return { known: tables.flatMap((planned) => knownQueries(planned, ownPartners)), identity: IDENTITY };
  const filled = tables.filter((planned) => knownQueries(planned, ownPartners).length > 0);
  return {
    known: filled.map((planned) => `SELECT kind, quick, hash FROM ${inGuard(knownName(planned))}`),
    identity: `SELECT uuid FROM ${inGuard("pipeline.identity")}`,
    sequences: `SELECT name, last, called FROM ${inGuard("sequences")}()`,
  };
}

/** The same plan, whose rows are read through the guard. */
export function throughGuard(plan: Plan): Plan {
  return { ...plan, tables: plan.tables.map((planned) => ({ ...planned, view: inGuard(viewName(planned.table)) })) };
}
