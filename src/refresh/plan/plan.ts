import { createHash } from "node:crypto";
import { quoteIdent } from "../../platform/postgres.ts";
import { type ClassifiedColumn, type ClassifiedTable, ruleName } from "../classification/classify.ts";
import type { SourceFacts } from "../classification/facts.ts";
import type { Column, Table } from "../schema/model.ts";
import { qualifiedName } from "../schema/tables.ts";
import { ATTACHMENT_READS, attachmentExpressions, attachmentShapes, COPIED_ATTACHMENT } from "./attachments.ts";
import { derivedExpression, derivedShape, originalValue } from "./derived.ts";
import { columnsToEmptied, withEmptiedChildren } from "./emptied.ts";
import { maskExpression, nothingExpression, type Subject } from "./masks.ts";
import { keptParameter } from "./parameters.ts";
import { dependsOnPlace, rowId } from "./row.ts";
import { maskShape, nothingShape, type Shape } from "./shapes.ts";

/** A column of a table that is copied, with the SQL expression that the source evaluates for it. */
export interface PlannedColumn extends ClassifiedColumn {
  expression: string;
  /** The value is what it was on the source. */
  asIs: boolean;
  /** Every masked value looks like one of these; empty when values must be looked at one by one. */
  shapes: Shape[];
}

/** What is done with one table. */
export interface PlannedTable {
  table: Table;
  /** Name by which people and rules know the table. */
  name: string;
  emptiedBecause?: string | undefined;
  columns: PlannedColumn[];
  /** Condition on `t`: only these rows are copied, and why. */
  filter?: { condition: string; reason: string } | undefined;
  /** Tables of schema public that the expressions read besides the row: when they change, unchanged rows may not stay. */
  reads: string[];
  /** A masked value is made of the row's physical place: a row that moves gets another value. */
  physical: boolean;
  /** Qualified, quoted name of the view that masks the rows by itself, where the table itself may not be read. */
  view?: string;
}

/** A mask that does not fit its column, found before a row moves. */
export interface PlanProblem {
  table: string;
  column: string;
  problem: string;
}

/** What the refresh will do with every table and column. */
export interface Plan {
  tables: PlannedTable[];
  problems: PlanProblem[];
}

/** Turns the decisions into SQL. Foreign keys to emptied tables become NULL; where that is forbidden, the child is emptied. */
export function planCopy(classified: readonly ClassifiedTable[], facts: SourceFacts): Plan {
  const emptied = withEmptiedChildren(classified, facts);
  const problems: PlanProblem[] = [];
  const tables = classified
    .filter(({ table }) => !table.partitioned)
    .map(({ table, columns }): PlannedTable => {
      const name = ruleName(table);
      const emptiedBecause = emptied.get(table.oid);
      if (emptiedBecause) return { table, name, emptiedBecause, columns: [], reads: [], physical: false };
      const reads = new Set<string>();
      const planning = { table, facts, dangling: columnsToEmptied(table, facts, emptied), problems, reads };
      const planned = columns.map((column) => planColumn(planning, column));
      const physical = planned.some(({ expression }) => dependsOnPlace(expression));
      return { table, name, columns: planned, filter: filterOf(table), reads: [...reads].sort(), physical };
    });
  return { tables, problems };
}

/** The table whose columns are being planned, and what is found out on the way. */
interface Planning {
  table: Table;
  facts: SourceFacts;
  /** Columns that point at rows which stay behind. */
  dangling: ReadonlySet<string>;
  problems: PlanProblem[];
  reads: Set<string>;
}

const FILTERS: Record<string, () => { condition: string; reason: string }> = {
  ir_config_parameter: () => ({ condition: keptParameter(), reason: "only parameters that are known to be harmless" }),
  ir_attachment: () => ({ condition: COPIED_ATTACHMENT, reason: "asset bundles are made anew" }),
};

const filterOf = (table: Table) => (table.schema === "public" ? FILTERS[table.name]?.() : undefined);

function planColumn(planning: Planning, classified: ClassifiedColumn): PlannedColumn {
  const { table, dangling, problems } = planning;
  const { column, treatment, by } = classified;
  const asIs = `t.${quoteIdent(column.name)}`;
  const expression = dangling.has(column.name)
    ? `NULL::${column.type}`
    : (ownExpression(planning, classified) ?? expressionOf(planning, classified));
  if (expression === undefined) {
    const what = treatment.kind === "mask" ? `mask ${treatment.mask}` : treatment.kind;
    const problem = `${what} (by ${by}) gives no value for type ${column.type}${column.notNull ? " NOT NULL" : ""}`;
    problems.push({ table: ruleName(table), column: column.name, problem });
  }
  const shapes = expression === asIs ? [] : shapesOf(planning, classified);
  return { ...classified, expression: expression ?? asIs, asIs: expression === asIs, shapes };
}

function shapesOf({ table, facts }: Planning, { column, treatment, by }: ClassifiedColumn): Shape[] {
  const own = table.schema === "public" && by !== "rule" ? ownShape(table.name, column.name) : undefined;
  const shapes = own === undefined ? [] : [{ pattern: own }];
  if (treatment.kind === "keep") return shapes;
  if (treatment.kind === "null") return [nothingShape(column) ?? []].flat();
  const reference = treatment.from ? referenced(table, treatment.from, facts) : undefined;
  const subjects = [ruleName(table), ...(reference ? [reference.table] : [])];
  const ofMask = [...new Set(subjects)].flatMap(
    (subjectTable) => maskShape(treatment.mask, { column, subjectTable }) ?? [],
  );
  return [...ofMask, ...shapes];
}

const ownShape = (table: string, column: string) =>
  table === "ir_attachment" ? attachmentShapes()[column] : derivedShape(table, column);

/** Tables whose columns belong together: attachments and their files, names that are put together from others. */
function ownExpression({ table, facts, reads }: Planning, classified: ClassifiedColumn): string | undefined {
  const { column, treatment, by } = classified;
  if (table.schema !== "public" || by === "rule" || treatment.kind === "null") return undefined;
  const derived = treatment.kind === "mask" ? derivedExpression(table, column.name, facts, reads) : undefined;
  if (derived !== undefined) return `(${derived})::${column.type}`;
  const own = table.name === "ir_attachment" ? attachmentExpressions()[column.name] : undefined;
  if (own === undefined) return undefined;
  for (const name of ATTACHMENT_READS) reads.add(name);
  return `(${own})::${column.type}`;
}

function expressionOf({ table, facts, reads }: Planning, classified: ClassifiedColumn): string | undefined {
  const { column, treatment } = classified;
  if (treatment.kind === "keep") return `t.${quoteIdent(column.name)}`;
  const own: Subject = { table: ruleName(table), id: rowId(table, facts.primaryKeys.get(table.oid)), own: true };
  const value = originalValue(table, column.name);
  const context = { table: ruleName(table), column, reserved: facts.reserved, value, reads };
  if (treatment.kind === "null") return nothingExpression({ ...context, subject: own });
  const reference = treatment.from ? referenced(table, treatment.from, facts) : undefined;
  const ofRow = maskExpression(treatment.mask, { ...context, subject: own });
  if (!reference || ofRow === undefined) return ofRow;
  const ofReference = maskExpression(treatment.mask, { ...context, subject: reference });
  return `CASE WHEN ${reference.id} IS NOT NULL THEN ${ofReference} ELSE ${ofRow} END`;
}

function referenced(table: Table, from: string, facts: SourceFacts): Subject | undefined {
  if (!table.columns.some((column) => column.name === from && /^int/.test(column.baseType))) return undefined;
  const parent = (facts.foreignKeys.get(table.oid) ?? []).find((key) => key.columns[0] === from)?.parent;
  const parentTable = facts.schema.tables.find((candidate) => candidate.oid === parent);
  return { table: parentTable ? ruleName(parentTable) : "res_partner", id: `t.${quoteIdent(from)}`, own: false };
}

/**
 * The SELECT that the source runs for a table; its output columns carry the table's own names. `condition` is SQL on `t`
 * that narrows it further, such as a range of pages.
 */
export function selectStatement(planned: PlannedTable, condition?: string): string {
  const { from, values } = readingOf(planned);
  const list = planned.columns.map(({ column }, at) =>
    values[at] === ownValue(column) ? values[at] : `${values[at]} AS ${quoteIdent(column.name)}`,
  );
  return `SELECT ${list.join(", ")} FROM ${from}${whereOf(planned, condition)}`;
}

/** How the masked rows of a table are read on the source: what stands after FROM, and an SQL value for each column. */
export function readingOf({ table, columns, view }: PlannedTable): { from: string; values: string[] } {
  // The columns of a view have the names of the table's, its place and writer (ctid, xmin) included.
  if (view !== undefined) return { from: `ONLY ${view} AS t`, values: columns.map(({ column }) => ownValue(column)) };
  return { from: `ONLY ${qualifiedName(table)} AS t`, values: columns.map(({ expression }) => expression) };
}

/** The WHERE of what is read of a table, with a space before it; empty when all rows are. */
export function whereOf({ filter, view }: PlannedTable, condition?: string): string {
  const conditions = [view === undefined ? filter?.condition : undefined, condition].filter(
    (part) => part !== undefined,
  );
  return conditions.length > 0 ? ` WHERE ${conditions.map((part) => `(${part})`).join(" AND ")}` : "";
}

const ownValue = (column: Column) => `t.${quoteIdent(column.name)}`;

/** Hash of everything that decides what the copy of one table holds. */
export function tableHash({ view: _, ...planned }: PlannedTable): string {
  return sha256(planned.emptiedBecause ? "empty" : selectStatement(planned));
}

/** Hash of everything that decides what the copy holds: equal plans give equal copies of equal rows. */
export function planHash(plan: Plan): string {
  const text = plan.tables.map((planned) => [planned.name, tableHash(planned)].join("\t"));
  return sha256(text.sort().join("\n"));
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
