import { ExpectedError } from "../../platform/errors.ts";
import { DatabaseError, quoteIdent, type Session } from "../../platform/postgres.ts";
import type { SourceFacts } from "../classification/facts.ts";
import {
  type Plan,
  type PlannedColumn,
  type PlannedTable,
  type PlanProblem,
  readingOf,
  selectStatement,
  whereOf,
} from "./plan.ts";
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
    // Those of domains first: they say of which column it is, where a CHECK of the table reads several.
    for (const check of [
      ...domainChecks(planned, ofDomains.get(planned.table.oid) ?? []),
      ...tableChecks(planned, facts),
    ]) {
      const { problem, ended } = await tryCheck(session, check);
      const told = ended && problems.some((one) => one.table === planned.name && one.problem === problem);
      if (problem !== undefined && !told) problems.push({ table: planned.name, column: check.column, problem });
      if (ended) return problems;
    }
  }
  return problems;
}

/** What is wrong, if anything, and whether the question has ended the transaction of the snapshot. */
async function tryCheck(session: Session, { column, name, condition }: MaskedCheck) {
  const violates = (constraint: string) => `the masked value violates CHECK constraint ${constraint}`;
  try {
    const [row] = await session.query<{ violated: boolean }>(`SELECT EXISTS (${condition}) AS violated`);
    return { problem: row?.violated ? violates(name) : undefined, ended: false };
  } catch (error) {
    if (!(error instanceof DatabaseError && /^(?:2[23]|P0|42501)/.test(error.sqlState))) throw error;
    if (error.sqlState === "42501") throw notMeasured(`${name}, which reads ${column},`, error);
    // A cast to a domain refused the value, before the constraint that was asked for could.
    if (error.sqlState === "23514") return { problem: violates(error.constraint ?? name), ended: true };
    return { problem: `the masked value breaks a function of CHECK constraint ${name}`, ended: true };
  }
}

function notMeasured(constraint: string, cause: DatabaseError): ExpectedError {
  const problem = {
    code: "check-not-measured",
    message: `CHECK constraint ${constraint} could not be evaluated on the masked values: ${cause.message}.`,
    remedy:
      "Let an administrator of production give this role what the constraint needs: USAGE of a schema, or EXECUTE of a function. Where the role reads masked views, do so again after each script of generate-guard.",
  };
  return new ExpectedError(problem, { cause });
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
  /** The type below all domains. */
  base: string;
}

const DOMAIN_CHECKS = `
  WITH RECURSIVE over(oid, attname, type, typmod) AS (
    SELECT a.attrelid, a.attname::text, t.oid, a.atttypmod FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
     WHERE t.typtype = 'd' AND a.attrelid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL
    SELECT o.oid, o.attname, t.typbasetype, t.typtypmod FROM over o JOIN pg_type t ON t.oid = o.type WHERE t.typtype = 'd')
  SELECT o.oid AS table, o.attname AS column, c.conname::text AS name, pg_get_expr(c.conbin, 0) AS expression,
         format_type(b.type, b.typmod) AS base
    FROM over o JOIN pg_constraint c ON c.contypid = o.type
    JOIN over b ON b.oid = o.oid AND b.attname = o.attname JOIN pg_type t ON t.oid = b.type AND t.typtype <> 'd'
   WHERE c.contype = 'c' ORDER BY c.conname`;

// The value is taken as the type below the domain, since a cast to the domain would end the transaction; a view has cast it
// already. The constraint calls it VALUE.
function domainChecks(planned: PlannedTable, checks: readonly DomainCheck[]): MaskedCheck[] {
  const { from, values } = readingOf(planned);
  return checks.flatMap(({ column: name, name: constraint, base, expression }) => {
    const at = planned.columns.findIndex(({ column, asIs }) => column.name === name && !asIs);
    const cast = `::${planned.columns[at]?.column.type}`;
    const value = values[at];
    if (value === undefined || (planned.view === undefined && !value.endsWith(cast))) return [];
    const bare = planned.view === undefined ? value.slice(0, -cast.length) : value;
    const rows = `SELECT (${bare})::${base} AS value FROM ${from}${whereOf(planned)}`;
    return [
      { column: name, name: constraint, condition: `SELECT 1 FROM (${rows}) AS masked WHERE NOT (${expression})` },
    ];
  });
}
