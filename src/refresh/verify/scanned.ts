import { quoteIdent, quoteLiteral } from "../../platform/postgres.ts";
import type { DecidedBy } from "../classification/classify.ts";
import { isText } from "../classification/column-types.ts";
import type { Plan, PlannedColumn, PlannedTable } from "../plan/plan.ts";
import type { Shape } from "../plan/shapes.ts";
import type { Column, Table } from "../schema/model.ts";
import { qualifiedName } from "../schema/tables.ts";
import type { Frequencies, Frequency } from "./frequencies.ts";
import { longEnough, suspicious } from "./search.ts";

/** A column of the copy whose values are looked at. */
export interface ScannedColumn {
  table: string;
  column: string;
  /** SQL of the value as text, on `t`. */
  text: string;
  /**
   * SQL condition on a text expression: this value is looked into. It has not the shape of its mask or, without one, it may
   * hold something.
   */
  looked: (text: string) => string;
  /** Without a shape to compare with, a value of few letters is certainly not looked into. */
  longOnly: boolean;
  frequency: Frequency;
  /** The plan keeps its values, so that patterns in them are told; known values never may be there. */
  kept: boolean;
  /** Who decided about it; undefined for a generated column. */
  by?: DecidedBy | undefined;
  /** The mask, where there is one. */
  mask?: string | undefined;
}

/** A table of the copy with its columns that may hold words. */
export interface ScannedTable {
  table: Table;
  /** SQL condition on `t`: only these rows are searched. */
  rows: string;
  columns: ScannedColumn[];
}

const ALL_DIFFER: Frequency = { repeats: false, common: [] };

const WORDLESS = /^_?(?:int[248]|oid|float[48]|numeric|money|bool|timestamp|timestamptz|date|time|timetz|interval)$/;

/** Can values of this column hold no words? Numbers, flags, times, and labels that the schema lists. */
export function isWordless(column: Column): boolean {
  return column.kind === "e" || WORDLESS.test(column.baseType);
}

/**
 * Every column of every copied table that may hold words, whatever its type is called; generated ones included. What a rule
 * of the team keeps is searched in all rows: who became known since may have stood there before.
 */
export function scannedTables(
  plan: Plan,
  { frequencies = new Map(), rows = "true" }: { frequencies?: Frequencies; rows?: string } = {},
): ScannedTable[] {
  return plan.tables
    .filter((planned) => !planned.emptiedBecause && !planned.table.empty)
    .flatMap((planned) => {
      const columns = Map.groupBy(columnsOf(planned, frequencies), ({ kept, by }) => kept && by === "rule");
      return [...columns].map(([whole, some]) => ({
        ...{ table: planned.table, columns: some },
        rows: whole ? "true" : rows,
      }));
    });
}

function columnsOf(planned: PlannedTable, frequencies: Frequencies): ScannedColumn[] {
  const { schema, name } = planned.table;
  const byName = new Map(planned.columns.map((planColumn) => [planColumn.column.name, planColumn]));
  return planned.table.columns
    .filter((column) => !isWordless(column))
    .map((column) => ({
      ...scannedColumn(planned.name, column, byName.get(column.name)),
      frequency: frequencies.get([schema, name, column.name].join(".")) ?? ALL_DIFFER,
    }));
}

function scannedColumn(
  table: string,
  column: Column,
  planned: PlannedColumn | undefined,
): Omit<ScannedColumn, "frequency"> {
  const text = textOf(column);
  const shapes = planned?.shapes ?? [];
  return {
    table,
    column: column.name,
    text,
    longOnly: shapes.length === 0 && isText(column.baseType),
    looked: (value) => lookedAt(value, shapes),
    // A generated column is computed on the copy, from what was let in.
    kept: planned === undefined || planned.asIs,
    by: planned?.by,
    mask: planned?.treatment.kind === "mask" ? planned.treatment.mask : undefined,
  };
}

// Above this, bytes written as text might not fit into one value any more.
const MOST_BYTES = 200_000_000;

/** SQL of the value of a column as text, on `t`; total. */
export function textOf({ name, baseType }: Column): string {
  const value = `t.${quoteIdent(name)}`;
  if (baseType === "bytea") return `encode(substring(${value}, 1, ${MOST_BYTES}), 'escape')`;
  // In the text of a json a line break is a letter, which would grow together with the next word.
  return /^jsonb?$/.test(baseType) ? `replace(${value}::text, '\\n', ' ')` : `${value}::text`;
}

/** Statements that count what a search cannot show whole; only for tables big enough to hold such a value. */
export function tooLong({ table, columns }: ScannedTable): { what: string; sql: string }[] {
  if (table.bytes < MOST_BYTES) return [];
  const binary = table.columns.filter((column) => column.baseType === "bytea").map((column) => column.name);
  return columns
    .filter(({ column }) => binary.includes(column))
    .map(({ table: name, column }) => ({
      what: `${name}.${column}`,
      sql: `SELECT count(*)::float8 AS count FROM ONLY ${qualifiedName(table)} AS t WHERE octet_length(t.${quoteIdent(column)}) > ${MOST_BYTES}`,
    }));
}

function lookedAt(text: string, shapes: readonly Shape[]): string {
  if (shapes.length === 0) return suspicious(text);
  const fits = shapes.map(({ pattern, without }) =>
    without === undefined
      ? `${text} ~ ${quoteLiteral(pattern)}`
      : `replace(${text}, ${quoteLiteral(without)}, '') ~ ${quoteLiteral(pattern)}`,
  );
  return `${text} <> '' AND NOT (${fits.join(" OR ")})`;
}

/** SQL of one row for each table: the numbers of values that are looked into, by column. */
export function countsOf(tables: readonly ScannedTable[]): string {
  return tables
    .map(({ table, columns, rows }, at) => {
      const counts = columns.map((column) => {
        const looked = column.looked(column.text);
        const common = isCommon(column);
        return `count(*) FILTER (WHERE ${common ? `CASE WHEN ${common} THEN false ELSE ${looked} END` : looked})`;
      });
      return `SELECT ${at} AS at, ARRAY[${counts.join(", ")}]::float8[] AS counts FROM ONLY ${qualifiedName(table)} AS t WHERE ${rows}`;
    })
    .join(" UNION ALL ");
}

/** SQL of rows `(c, s, n)`: texts of some columns of a table that are looked into, and how often each stands there. */
export function textsOf({ table, columns, rows }: ScannedTable): string {
  const values = columns.map((column, i) => `${candidateOf(column)} AS e${i}`);
  const each = (value: (column: ScannedColumn, i: number) => string, which: (i: number) => string) =>
    `CASE ${columns.map((column, i) => `WHEN ${which(i)} THEN ${value(column, i)}`).join(" ")} END`;
  const grouped = (i: number) => `grouping(e${i}) = 0`;
  // One scan of the table for all of its columns, each with a hash table of its own; what is the same is asked once.
  return `SELECT ${each(
    (column) => quoteLiteral(placeOf(column)),
    (i) => `v.i = ${i}`,
  )} AS c, v.s, v.n
    FROM (SELECT ${each((_, i) => String(i), grouped)} AS i, ${each((_, i) => `e${i}`, grouped)} AS s, count(*) AS n
            FROM (SELECT ${values.join(", ")} FROM ONLY ${qualifiedName(table)} AS t WHERE ${rows} OFFSET 0) AS x
           GROUP BY GROUPING SETS (${columns.map((_, i) => `(e${i})`).join(", ")}) OFFSET 0) AS v
   WHERE ${each(
     ({ looked }) => looked("v.s"),
     (i) => `v.i = ${i}`,
   )}`;
}

/** SQL of rows `(c, s, n)`: the common values of a column that are looked into. */
export function commonTextsOf(column: ScannedColumn): string {
  return `SELECT ${quoteLiteral(placeOf(column))} AS c, v.s, 1 AS n
    FROM unnest(${textArray(column.frequency.common)}) AS v (s) WHERE ${column.looked("v.s")}`;
}

/** SQL of the text of a value, or NULL where it is certainly not looked into. */
function candidateOf(column: ScannedColumn): string {
  const { text, longOnly } = column;
  const without = [isCommon(column), longOnly ? `NOT ${longEnough(text)}` : undefined].filter((c) => c !== undefined);
  return without.length === 0 ? text : `CASE WHEN ${without.join(" OR ")} THEN NULL ELSE ${text} END`;
}

// A list of constants is looked up by hash; written as "not any" the oldest servers would go through it.
const isCommon = ({ text, frequency: { common } }: ScannedColumn) =>
  common.length === 0 ? undefined : `${text} = ANY (${textArray(common)})`;

const textArray = (values: readonly string[]) => `ARRAY[${values.map(quoteLiteral).join(", ")}]::text[]`;

/** The name of a column in a search. */
export const placeOf = ({ table, column }: Pick<ScannedColumn, "table" | "column">): string => `${table}.${column}`;
