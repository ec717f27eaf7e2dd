import type { Catalogue } from "../../../src/refresh/classification/classify.ts";
import type { FieldFacts, SourceFacts } from "../../../src/refresh/classification/facts.ts";
import type { Column, Table } from "../../../src/refresh/schema/model.ts";

/** A column with the least said about it. */
export function column(name: string, baseType: string, more: Partial<Column> = {}): Column {
  return {
    name,
    baseType,
    type: baseType,
    kind: "b",
    notNull: false,
    domainNotNull: false,
    identity: "",
    generated: "",
    local: true,
    ...more,
  };
}

let nextOid = 20_000;

/** A table in schema public. */
export function table(name: string, columns: Column[], more: Partial<Table> = {}): Table {
  nextOid += 1;
  return {
    oid: nextOid,
    schema: "public",
    name,
    partitioned: false,
    unlogged: false,
    columns,
    bytes: 8192,
    blocks: 0,
    empty: false,
    ...more,
  };
}

/** Facts about the given tables, each of which is a model of Odoo unless `models` says otherwise. */
export function facts(tables: Table[], more: Partial<SourceFacts> = {}): SourceFacts {
  const empty = { schemas: [], extensions: [], early: [], indexes: [], ownIndexConstraints: [], indexAttachments: [] };
  const rest = { late: [], materializedViews: [], foreignKeys: [], finishing: [], sequences: [] };
  const apart = { unsupported: [], leftOut: [], unusedLeaveOut: [] };
  return {
    schema: { serverVersion: 180_000, tables, largeObjects: 0, ...empty, ...rest, ...apart },
    isOdoo: true,
    models: new Map(tables.map((t) => [t.name, { model: t.name, label: t.name, transient: false }])),
    relations: new Set(),
    fields: new Map(),
    primaryKeys: new Map(),
    uniqueIndexes: new Map(),
    checks: new Map(),
    foreignKeys: new Map(),
    reserved: { systemUsers: [1], adminUser: 2, namedPartners: [1], partnerNames: new Map([[1, "OdooBot"]]) },
    ...more,
  };
}

/** What Odoo says of a field. */
export function field(ttype: string, more: Partial<FieldFacts> = {}): FieldFacts {
  return { ttype, label: ttype, translate: false, companyDependent: false, manual: false, ...more };
}

/** A catalogue that knows nothing. */
export const noCatalogue: Catalogue = { lookup: () => undefined, tableTreatment: () => undefined };
