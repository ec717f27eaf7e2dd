import type { ClassifiedTable } from "../classification/classify.ts";
import type { SourceFacts } from "../classification/facts.ts";
import type { Table } from "../schema/model.ts";

/** Why tables are emptied: their own reason, or a mandatory reference to rows that stay behind. By oid. */
export function withEmptiedChildren(classified: readonly ClassifiedTable[], facts: SourceFacts): Map<number, string> {
  const tables = new Map(classified.map(({ table }) => [table.oid, table]));
  const emptied = new Map(
    classified.flatMap(({ table, emptiedBecause }) => (emptiedBecause ? [[table.oid, emptiedBecause] as const] : [])),
  );
  for (let found = true; found; ) {
    found = false;
    for (const table of tables.values()) {
      const parent = emptied.has(table.oid) ? undefined : mandatoryParent(table, facts, emptied);
      if (parent === undefined) continue;
      emptied.set(table.oid, `its rows need rows of ${tables.get(parent)?.name}, which is emptied`);
      found = true;
    }
  }
  return emptied;
}

function mandatoryParent(table: Table, facts: SourceFacts, emptied: ReadonlyMap<number, string>): number | undefined {
  const required = new Set(table.columns.filter((c) => c.notNull || c.domainNotNull).map((c) => c.name));
  const keys = facts.foreignKeys.get(table.oid) ?? [];
  return keys.find((key) => emptied.has(key.parent) && key.columns.every((column) => required.has(column)))?.parent;
}

/** Columns that become NULL, since the rows they point at stay behind. */
export function columnsToEmptied(table: Table, facts: SourceFacts, emptied: ReadonlyMap<number, string>): Set<string> {
  const keys = facts.foreignKeys.get(table.oid) ?? [];
  const nullable = new Set(table.columns.filter((c) => !c.notNull && !c.domainNotNull).map((c) => c.name));
  // A key over several columns is loose when one of them is NULL.
  return new Set(
    keys
      .filter((key) => emptied.has(key.parent))
      .flatMap((key) => key.columns.filter((c) => nullable.has(c)).slice(0, 1)),
  );
}
