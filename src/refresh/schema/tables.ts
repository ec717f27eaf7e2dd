import { quoteIdent, type Session } from "../../platform/postgres.ts";
import type { Column, SchemaObject, Table } from "./model.ts";
import { notOfExtension, userSchema } from "./scope.ts";

/** A table with what its CREATE TABLE needs beyond what copying needs. */
export interface TableDefinition extends Table {
  options: string[];
  accessMethod: string;
  parents: string[];
  partition?: { parent: string; bound: string } | undefined;
  partitionKey?: string | undefined;
  /** Table constraints: CHECK, and named NOT NULL on PostgreSQL 18 and later. */
  constraints: { name: string; definition: string; local: boolean }[];
  identitySequences: Map<string, string>;
}

const TABLES = `
  SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind = 'p' AS partitioned, c.relpersistence = 'u' AS unlogged,
         coalesce(c.reloptions, '{}') || coalesce((SELECT array_agg('toast.' || o) FROM pg_class t, unnest(t.reloptions) o
                                                    WHERE t.oid = c.reltoastrelid), '{}') AS options,
         coalesce(am.amname, 'heap') AS access_method, c.relispartition AS is_partition,
         pg_get_expr(c.relpartbound, c.oid) AS bound,
         CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
         coalesce((SELECT array_agg(format('%I.%I', pn.nspname, p.relname) ORDER BY i.inhseqno)
                     FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
                    WHERE i.inhrelid = c.oid), '{}') AS parents,
         pg_table_size(c.oid)::float8 AS bytes,
         (pg_relation_size(c.oid) / current_setting('block_size')::int)::float8 AS blocks,
         pg_relation_size(c.oid) = 0 OR c.relpersistence = 'u' AND pg_is_in_recovery() AS empty
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am am ON am.oid = c.relam
   WHERE c.relkind IN ('r', 'p') AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}
   ORDER BY n.nspname, c.relname`;

const COLUMNS = `
  WITH RECURSIVE base(oid, base, typtype) AS (
    SELECT oid, oid, typtype FROM pg_type WHERE typtype <> 'd'
    UNION ALL SELECT t.oid, b.base, b.typtype FROM pg_type t JOIN base b ON t.typbasetype = b.oid AND t.typtype = 'd')
  SELECT a.attrelid AS oid, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
         -- a type of the team's that is called as one of PostgreSQL's is none of these
         CASE WHEN bt.typnamespace <> 'pg_catalog'::regnamespace
                   AND EXISTS (SELECT FROM pg_type s WHERE s.typname = bt.typname AND s.typnamespace = 'pg_catalog'::regnamespace)
              THEN format('%I.%I', bt.typnamespace::regnamespace, bt.typname) ELSE bt.typname END AS base_type,
         bt.typtype AS kind,
         CASE WHEN bt.typname IN ('varchar', 'bpchar')
              THEN nullif(greatest(CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END - 4, 0), 0) END AS max_length,
         a.attnotnull AS not_null, t.typnotnull AS domain_not_null, a.attidentity AS identity, a.attgenerated AS generated, a.attislocal AS local,
         pg_get_expr(d.adbin, d.adrelid) AS default_value,
         CASE WHEN a.attcollation NOT IN (0, t.typcollation)
              THEN (SELECT format('%I.%I', cn.nspname, co.collname) FROM pg_collation co
                      JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END AS collation,
         nullif(a.attstattarget, -1) AS statistics_target
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid JOIN base b ON b.oid = t.oid JOIN pg_type bt ON bt.oid = b.base
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
   WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND ${userSchema("n")}
   ORDER BY a.attrelid, a.attnum`;

const CONSTRAINTS = `
  SELECT o.conrelid AS oid, o.conname AS name, pg_get_constraintdef(o.oid) AS definition, o.conislocal AS local
    FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace
   WHERE o.conrelid <> 0 AND o.contype IN ('c', 'n') AND ${userSchema("n")} ORDER BY o.conrelid, o.contype, o.conname`;

const IDENTITY = `
  SELECT d.refobjid AS oid, a.attname AS column,
         format('SEQUENCE NAME %I.%I INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s %s', n.nspname, c.relname,
                s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN 'CYCLE' ELSE 'NO CYCLE' END) AS options
    FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S' JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_sequence s ON s.seqrelid = c.oid JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
   WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'`;

interface TableRow {
  oid: number;
  schema: string;
  name: string;
  partitioned: boolean;
  unlogged: boolean;
  options: string[];
  access_method: string;
  is_partition: boolean;
  bound: string | null;
  partition_key: string | null;
  parents: string[];
  bytes: number;
  blocks: number;
  empty: boolean;
}

interface ColumnRow {
  oid: number;
  name: string;
  type: string;
  base_type: string;
  kind: string;
  max_length: number | null;
  not_null: boolean;
  domain_not_null: boolean;
  identity: string;
  generated: string;
  local: boolean;
  default_value: string | null;
  collation: string | null;
  statistics_target: number | null;
}

/** Reads every table of the team's schemas; the session's search_path must be pg_catalog, so that names come qualified. */
export async function readTables(session: Session): Promise<TableDefinition[]> {
  const tables = await session.query<TableRow>(TABLES);
  const columns = Map.groupBy(await session.query<ColumnRow>(COLUMNS), (row) => row.oid);
  const constraints = Map.groupBy(
    await session.query<{ oid: number; name: string; definition: string; local: boolean }>(CONSTRAINTS),
    (row) => row.oid,
  );
  const identities = Map.groupBy(
    await session.query<{ oid: number; column: string; options: string }>(IDENTITY),
    (row) => row.oid,
  );
  return tables.map((table) => ({
    ...{ oid: table.oid, schema: table.schema, name: table.name, options: table.options },
    ...{ partitioned: table.partitioned, unlogged: table.unlogged },
    ...{ bytes: table.bytes, blocks: table.blocks, empty: table.empty },
    accessMethod: table.access_method,
    parents: table.is_partition ? [] : table.parents,
    partition: table.is_partition ? { parent: table.parents[0] ?? "", bound: table.bound ?? "" } : undefined,
    partitionKey: table.partition_key ?? undefined,
    columns: (columns.get(table.oid) ?? []).map(columnOf),
    constraints: constraints.get(table.oid) ?? [],
    identitySequences: new Map((identities.get(table.oid) ?? []).map((row) => [row.column, row.options])),
  }));
}

function columnOf(row: ColumnRow): Column {
  return {
    name: row.name,
    type: row.type,
    baseType: row.base_type,
    kind: row.kind,
    maxLength: row.max_length ?? undefined,
    notNull: row.not_null,
    domainNotNull: row.domain_not_null,
    identity: row.identity as Column["identity"],
    generated: row.generated as Column["generated"],
    local: row.local,
    defaultValue: row.default_value ?? undefined,
    collation: row.collation ?? undefined,
    statisticsTarget: row.statistics_target ?? undefined,
  };
}

/** The qualified, quoted name of a table. */
export function qualifiedName(table: { schema: string; name: string }): string {
  return `${quoteIdent(table.schema)}.${quoteIdent(table.name)}`;
}

/** CREATE TABLE and what must follow it before rows arrive. */
export function createTable(table: TableDefinition): SchemaObject {
  const name = qualifiedName(table);
  // A partition is made whole and attached, so that its columns keep their own order.
  const own = <T extends { local: boolean }>(items: T[]) =>
    table.partition ? items : items.filter((item) => item.local);
  const lines = [
    ...own(table.columns).map((column) => columnDefinition(column, table)),
    ...own(table.constraints).map((c) => `CONSTRAINT ${quoteIdent(c.name)} ${c.definition}`),
  ];
  const ddl = [
    `CREATE ${table.unlogged ? "UNLOGGED " : ""}TABLE ${name} (\n  ${lines.join(",\n  ")}\n)`,
    table.parents.length > 0 ? ` INHERITS (${table.parents.join(", ")})` : "",
    table.partitionKey ? ` PARTITION BY ${table.partitionKey}` : "",
    !table.partitioned && table.accessMethod !== "heap" ? ` USING ${quoteIdent(table.accessMethod)}` : "",
    table.options.length > 0 ? ` WITH (${table.options.join(", ")})` : "",
    ...table.columns.flatMap((column) => alterColumn(name, column, table)),
    table.partition
      ? `;\nALTER TABLE ONLY ${table.partition.parent} ATTACH PARTITION ${name} ${table.partition.bound}`
      : "",
  ];
  return { key: `table ${name}`, ddl: ddl.join("") };
}

function columnDefinition(column: Column, table: TableDefinition): string {
  const parts = [quoteIdent(column.name), column.type];
  if (column.collation) parts.push(`COLLATE ${column.collation}`);
  if (column.generated) {
    parts.push(`GENERATED ALWAYS AS (${column.defaultValue}) ${column.generated === "s" ? "STORED" : "VIRTUAL"}`);
  } else if (column.identity) {
    parts.push(
      `GENERATED ${column.identity === "a" ? "ALWAYS" : "BY DEFAULT"} AS IDENTITY (${table.identitySequences.get(column.name) ?? ""})`,
    );
  } else if (column.defaultValue !== undefined) parts.push(`DEFAULT ${column.defaultValue}`);
  // PostgreSQL 18 names its NOT NULL constraints; then the table constraint says it.
  const named = table.constraints.some((c) => c.definition.startsWith(`NOT NULL ${quoteIdent(column.name)}`));
  if (column.notNull && !named) parts.push("NOT NULL");
  return parts.join(" ");
}

function alterColumn(name: string, column: Column, table: TableDefinition): string[] {
  const alter = (action: string) => `;\nALTER TABLE ONLY ${name} ALTER COLUMN ${quoteIdent(column.name)} ${action}`;
  const inherited = !column.local && !table.partition;
  return [
    ...(inherited && column.defaultValue !== undefined && !column.generated
      ? [alter(`SET DEFAULT ${column.defaultValue}`)]
      : []),
    ...(column.statisticsTarget === undefined ? [] : [alter(`SET STATISTICS ${column.statisticsTarget}`)]),
  ];
}
