/** One thing of a schema and the statement that makes it; `key` names it across servers ("table public.res_partner"). */
export interface SchemaObject {
  key: string;
  ddl: string;
}

/** A schema object that belongs to one table. */
export interface TableObject extends SchemaObject {
  table: number;
}

/** A foreign key; made without looking at the rows, which `validate` does later; absent where the source has not either. */
export interface ForeignKeyObject extends TableObject {
  validate?: string | undefined;
}

/** A column as the catalogue knows it; types and expressions are fully qualified SQL text. */
export interface Column {
  name: string;
  type: string;
  /** Name of the type below domains, without length: "text", "varchar", "jsonb", "int4", "_text" (array). */
  baseType: string;
  /** Kind of type: b base, c composite, d domain, e enum, r range, m multirange. */
  kind: string;
  /** Greatest number of characters of a varchar(n) or char(n), or undefined. */
  maxLength?: number | undefined;
  notNull: boolean;
  /** The column's domain forbids NULL. */
  domainNotNull: boolean;
  identity: "" | "a" | "d";
  generated: "" | "s" | "v";
  /** Declared on this table itself, not only inherited. */
  local: boolean;
  defaultValue?: string | undefined;
  collation?: string | undefined;
  statisticsTarget?: number | undefined;
}

/** A table that holds rows or, when partitioned, only a definition. */
export interface Table {
  oid: number;
  schema: string;
  name: string;
  partitioned: boolean;
  unlogged: boolean;
  columns: Column[];
  /** Heap and TOAST in bytes on the source. */
  bytes: number;
  /** Blocks of the heap, read after the snapshot was taken: never fewer than the snapshot sees. */
  blocks: number;
  /** Not one page: under our lock this snapshot sees no row; or unlogged, which a standby cannot read. */
  empty: boolean;
}

/** How an index is made; `constraint` is the statement that turns it into a primary key or unique constraint. */
export interface IndexObject extends TableObject {
  constraint?: string | undefined;
  bytes: number;
}

/** Everything a copy must have, in the order in which it is made. */
export interface Schema {
  serverVersion: number;
  schemas: SchemaObject[];
  extensions: Extension[];
  /** Types, functions, sequences and tables, each after what it needs. */
  early: SchemaObject[];
  tables: Table[];
  indexes: IndexObject[];
  /** Exclusion and temporal constraints, which bring their own index. */
  ownIndexConstraints: TableObject[];
  /** Indexes of partitions put under the index of the parent. */
  indexAttachments: SchemaObject[];
  /** Views and what is built on them; some need a primary key to exist first. */
  late: SchemaObject[];
  materializedViews: string[];
  foreignKeys: ForeignKeyObject[];
  /** Triggers, rules, extended statistics, clustering, replica identity, sequence owners. */
  finishing: SchemaObject[];
  sequences: { schema: string; name: string }[];
  /** How many large objects there are; none is copied. */
  largeObjects: number;
  /** What is there that we cannot copy: a copy without it would be a lie. */
  unsupported: string[];
  /** What the team's rules leave out, with its reason. */
  leftOut: { what: string; reason: string }[];
  /** Objects that those rules name and that are not there. */
  unusedLeaveOut: string[];
}

/** An extension, and its functions whose volatility an administrator may have changed. */
export interface Extension {
  name: string;
  schema: string;
  version: string;
  functions: { signature: string; volatility: "i" | "s" | "v" }[];
}
