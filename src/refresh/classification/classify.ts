import type { MaskName } from "../../environment/mask-names.ts";
import type { Column, Table } from "../schema/model.ts";
import { isSafeType, suggestedMask } from "./column-types.ts";
import type { SourceFacts } from "./facts.ts";
import type { Rules } from "./rules.ts";
import type { Treatment } from "./treatment.ts";

/** The shipped knowledge of Odoo's columns. */
export interface Catalogue {
  lookup(table: string, column: string, series?: number): Treatment | undefined;
  tableTreatment(table: string): { kind: "empty"; reason: string } | undefined;
}

/** Who decided: the team's rules, the shipped catalogue, or the column's type. */
export type DecidedBy = "rule" | "catalogue" | "type";

/** A column and what happens to it. */
export interface ClassifiedColumn {
  column: Column;
  treatment: Treatment;
  by: DecidedBy;
}

/** A table and what happens to it; columns are empty when its rows are not copied. */
export interface ClassifiedTable {
  table: Table;
  /** Why the rows are not copied, or undefined when they are. */
  emptiedBecause?: string | undefined;
  columns: ClassifiedColumn[];
}

/** A column that nobody has decided about. */
export interface Unclassified {
  table: string;
  column: string;
  type: string;
  /** "Contact / Mobile", as people see it in Odoo. */
  label: string;
  suggestion: MaskName | "null";
}

/** Decides for every column of every table: team's rules, then catalogue, then type; what is left is unclassified. */
export function classify(facts: SourceFacts, rules: Rules, catalogue: Catalogue) {
  const unclassified: Unclassified[] = [];
  const tables = facts.schema.tables.map((table): ClassifiedTable => {
    const emptiedBecause = reasonToEmpty(table, facts, rules, catalogue);
    if (emptiedBecause || table.partitioned) return { table, emptiedBecause, columns: [] };
    const columns: ClassifiedColumn[] = [];
    for (const column of table.columns.filter((c) => !c.generated)) {
      const decided = decide(table, column, facts, rules, catalogue);
      if (decided) columns.push({ column, ...decided });
      else unclassified.push(describe(table, column, facts));
    }
    return { table, columns };
  });
  return { tables, unclassified };
}

/** The name by which rules and catalogue call a table: with its schema unless that is public. */
export function ruleName(table: Table): string {
  return table.schema === "public" ? table.name : `${table.schema}.${table.name}`;
}

function reasonToEmpty(table: Table, facts: SourceFacts, rules: Rules, catalogue: Catalogue): string | undefined {
  const name = ruleName(table);
  const byRule = rules.table(name);
  if (byRule === "empty") return "a rule empties it";
  if (byRule === "keep-rows") return undefined;
  const byCatalogue = catalogue.tableTreatment(name);
  if (byCatalogue) return byCatalogue.reason;
  if (facts.models.get(name)?.transient) return "transient model";
  // Odoo's own tables without a model: the counters by which servers tell each other to reload.
  const known = facts.models.has(name) || facts.relations.has(name) || name.startsWith("orm_signaling_");
  // Without Odoo's registry (a plain database) there is nothing to be an orphan of.
  return facts.isOdoo && !known ? "orphan: no model and no relation of Odoo uses it" : undefined;
}

function decide(table: Table, column: Column, facts: SourceFacts, rules: Rules, catalogue: Catalogue) {
  const name = ruleName(table);
  const field = table.schema === "public" ? facts.fields.get(`${name}.${column.name}`) : undefined;
  const reason = isSafeType(column, field);
  const byRule = rules.column(name, column.name, reason === undefined);
  if (byRule) return { treatment: byRule, by: "rule" as const };
  const byCatalogue = catalogue.lookup(name, column.name, facts.series);
  if (byCatalogue) return { treatment: byCatalogue, by: "catalogue" as const };
  return reason ? { treatment: { kind: "keep" as const, reason }, by: "type" as const } : undefined;
}

function describe(table: Table, column: Column, facts: SourceFacts): Unclassified {
  const name = ruleName(table);
  const field = facts.fields.get(`${name}.${column.name}`);
  const model = facts.models.get(name);
  return {
    table: name,
    column: column.name,
    type: column.type,
    label: [model?.label ?? name, field?.label ?? "not a field of Odoo"].join(" / "),
    suggestion: suggestedMask(column, field),
  };
}
