import { DatabaseError, quoteIdent, type Session } from "../../platform/postgres.ts";
import type { SourceFacts } from "../classification/facts.ts";

import { type Plan, type PlannedColumn, type PlannedTable, type PlanProblem, selectStatement } from "./plan.ts";
import { keepsUnique } from "./traits.ts";

/** What would make the load fail on the target, found from the catalogue alone: unique indexes and foreign keys. */
export function lintPlan(plan: Plan, facts: SourceFacts): PlanProblem[] {
  return plan.tables.flatMap((planned) => [...lintUnique(planned, facts), ...lintForeignKeys(planned, facts, plan)]);
}

function lintUnique(planned: PlannedTable, facts: SourceFacts): PlanProblem[] {
  const columns = new Map(planned.columns.map((column) => [column.column.name, column]));
  return (facts.uniqueIndexes.get(planned.table.oid) ?? []).flatMap((index) => {
    const touched = index.columns.flatMap((name) => columns.get(name) ?? []);
    const changed = touched.filter(
      (column) => !column.asIs && column.treatment.kind === "mask" && !ownRows(planned, column),
    );
    if (changed.length === 0 || touched.some((column) => staysDistinct(column))) return [];
    return changed.slice(0, 1).map((column) => ({
      table: planned.name,
      column: column.column.name,
      problem: `mask ${maskName(column)} may give two rows the same value, which unique index ${index.name} forbids`,
    }));
  });
}

/** Does this column alone keep any two rows apart after masking? NULLs do, as they never collide. */
function staysDistinct({ treatment, column, expression, asIs }: PlannedColumn): boolean {
  if (treatment.kind === "null") return /^NULL::/.test(expression) || column.maxLength === undefined;
  if (treatment.kind === "mask") return !asIs && keepsUnique(treatment.mask, column, treatment.from === undefined);
  return asIs && column.name === "id";
}

/** Values on which Odoo and the plan agree without the help of an index: kept parameters, logins of the system. */
function ownRows(planned: PlannedTable, column: PlannedColumn): boolean {
  return planned.filter !== undefined && maskName(column) === "parameter-value";
}

const maskName = ({ treatment }: PlannedColumn) => (treatment.kind === "mask" ? treatment.mask : treatment.kind);

function lintForeignKeys(planned: PlannedTable, facts: SourceFacts, plan: Plan): PlanProblem[] {
  const parents = new Map(plan.tables.map((candidate) => [candidate.table.oid, candidate]));
  return (facts.foreignKeys.get(planned.table.oid) ?? []).flatMap((key) => {
    const columns = planned.columns.filter((column) => key.columns.includes(column.column.name));
    const masked = columns.find((column) => !column.asIs && !column.expression.startsWith("NULL::"));
    const changedParent = parents
      .get(key.parent)
      ?.columns.find((column) => !column.asIs && key.parentColumns.includes(column.column.name));
    const culprit = masked ?? (changedParent && columns.find((column) => column.asIs));
    if (!culprit) return [];
    return [
      {
        table: planned.name,
        column: culprit.column.name,
        problem: `a mask breaks foreign key ${key.name}: both sides must be kept, or the reference nulled`,
      },
    ];
  });
}

/**
 * Evaluates the CHECK constraints that read a masked column, of tables and of domains, on the masked rows, in the source:
 * exact, and only a yes or no comes back. Runs inside the snapshot.
 */
export async function lintChecks(session: Session, plan: Plan, facts: SourceFacts): Promise<PlanProblem[]> {
  const ofDomains = Map.groupBy(await session.query<DomainCheck>(DOMAIN_CHECKS), (check) => check.table);
  const problems: PlanProblem[] = [];
  for (const planned of plan.tables.filter((t) => !t.emptiedBecause && !t.table.empty)) {
    for (const { column, name, condition } of [
      ...tableChecks(planned, facts),
      ...domainChecks(planned, ofDomains.get(planned.table.oid) ?? []),
    ]) {
      const outcome = await tryCheck(session, condition);
      if (outcome === "holds") continue;
      problems.push({ table: planned.name, column, problem: `the masked value ${outcome} CHECK constraint ${name}` });
      if (outcome === "breaks a function of") return problems; // and with it the transaction of the snapshot
    }
  }
  return problems;
}

async function tryCheck(session: Session, condition: string) {
  try {
    const [row] = await session.query<{ violated: boolean }>(`SELECT EXISTS (${condition}) AS violated`);
    return row?.violated ? "violates" : "holds";
  } catch (error) {
    if (error instanceof DatabaseError && /^(?:2[23]|P0)/.test(error.sqlState)) return "breaks a function of";
    throw error;
  }
}

interface MaskedCheck {
  column: string;
  name: string;
  /** A SELECT of the rows that violate it. */
  condition: string;
}

function tableChecks(planned: PlannedTable, facts: SourceFacts): MaskedCheck[] {
  const changed = new Set(planned.columns.filter((column) => !column.asIs).map((column) => column.column.name));
  const rows = `SELECT 1 FROM (${selectStatement(planned)}) AS ${quoteIdent(planned.table.name)}`;
  return (facts.checks.get(planned.table.oid) ?? []).flatMap(({ name, columns, expression }) => {
    const column = columns.find((candidate) => changed.has(candidate));
    return column === undefined ? [] : [{ column, name, condition: `${rows} WHERE NOT (${expression})` }];
  });
}

interface DomainCheck {
  table: number;
  column: string;
  name: string;
  expression: string;
}

const DOMAIN_CHECKS = `
  WITH RECURSIVE over(oid, attname, type) AS (
    SELECT a.attrelid, a.attname::text, t.oid FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE t.typtype = 'd' AND a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT o.oid, o.attname, t.typbasetype FROM over o JOIN pg_type t ON t.oid = o.type WHERE t.typtype = 'd')
  SELECT o.oid AS table, o.attname AS column, c.conname::text AS name, pg_get_expr(c.conbin, 0) AS expression
    FROM over o JOIN pg_constraint c ON c.contypid = o.type WHERE c.contype = 'c' ORDER BY c.conname`;

// The value is taken without the cast to the domain, which would end the transaction. The constraint calls it VALUE.
function domainChecks(planned: PlannedTable, checks: readonly DomainCheck[]): MaskedCheck[] {
  return checks.flatMap(({ column: name, name: constraint, expression }) => {
    const found = planned.columns.find(({ column, asIs }) => column.name === name && !asIs);
    const cast = `::${found?.column.type}`;
    if (!found?.expression.endsWith(cast)) return [];
    const bare = {
      ...found,
      column: { ...found.column, name: "value" },
      expression: found.expression.slice(0, -cast.length),
    };
    const rows = selectStatement({ ...planned, columns: [bare] });
    return [
      { column: name, name: constraint, condition: `SELECT 1 FROM (${rows}) AS masked WHERE NOT (${expression})` },
    ];
  });
}
