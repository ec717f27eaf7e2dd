import { quoteIdent, type Session } from "../../platform/postgres.ts";
import type { ForeignKeyObject, IndexObject, SchemaObject, TableObject } from "./model.ts";
import { notOfExtension, userSchema } from "./scope.ts";

const INDEXES = `
  SELECT i.indrelid AS table, format('%I.%I', n.nspname, ic.relname) AS name, format('%I.%I', tn.nspname, tc.relname) AS table_name,
         ic.relname AS plain_name, pg_get_indexdef(i.indexrelid) AS ddl, pg_relation_size(i.indexrelid)::float8 AS bytes,
         tc.relkind AS table_kind, am.amname AS method, o.contype, o.conname, o.condeferrable, o.condeferred, i.indisclustered, i.indisreplident,
         CASE WHEN o.contype IN ('p', 'u', 'x') THEN pg_get_constraintdef(o.oid) END AS constraint_definition,
         (SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
            JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = i.indexrelid) AS parent
    FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_namespace n ON n.oid = ic.relnamespace
    JOIN pg_class tc ON tc.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = tc.relnamespace JOIN pg_am am ON am.oid = ic.relam
    LEFT JOIN pg_constraint o ON o.conindid = i.indexrelid AND o.conrelid = i.indrelid AND o.contype IN ('p', 'u', 'x')
   WHERE ${userSchema("tn")} AND ${notOfExtension("pg_class", "i.indrelid")} AND tc.relkind IN ('r', 'p', 'm')
     AND (i.indisvalid OR tc.relkind = 'p') ORDER BY tn.nspname, tc.relname, o.contype NULLS LAST, ic.relname`;

const FOREIGN_KEYS = `
  SELECT o.conrelid AS table, format('%I.%I', n.nspname, c.relname) AS table_name, o.conname, pg_get_constraintdef(o.oid) AS definition,
         c.relkind = 'p' OR o.conparentid <> 0 AS partitioned
    FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE o.contype = 'f' AND o.conparentid = 0 AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}
   ORDER BY n.nspname, c.relname, o.conname`;

const FINISHING = `
  SELECT format('trigger %I on %I.%I', t.tgname, n.nspname, c.relname) AS key,
         pg_get_triggerdef(t.oid) || CASE t.tgenabled WHEN 'O' THEN '' ELSE format('; ALTER TABLE %I.%I %s TRIGGER %I', n.nspname, c.relname,
           CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, t.tgname) END AS ddl
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}
  UNION ALL
  SELECT format('rule %I on %I.%I', r.rulename, n.nspname, c.relname),
         rtrim(pg_get_ruledef(r.oid), '; ') || CASE r.ev_enabled WHEN 'O' THEN '' ELSE format('; ALTER TABLE %I.%I %s RULE %I', n.nspname, c.relname,
           CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, r.rulename) END
    FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE r.rulename <> '_RETURN' AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}
  UNION ALL
  SELECT format('statistics %I.%I', n.nspname, s.stxname), pg_get_statisticsobjdef(s.oid)
    FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE ${userSchema("n")}
  UNION ALL
  SELECT format('replica identity %I.%I', n.nspname, c.relname),
         format('ALTER TABLE ONLY %I.%I REPLICA IDENTITY %s', n.nspname, c.relname, CASE c.relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind IN ('r', 'p') AND c.relreplident IN ('f', 'n') AND ${userSchema("n")} AND ${notOfExtension("pg_class", "c.oid")}
   ORDER BY 1`;

interface IndexRow {
  table: number;
  name: string;
  table_name: string;
  plain_name: string;
  ddl: string;
  bytes: number;
  table_kind: string;
  method: string;
  contype: string | null;
  conname: string;
  condeferrable: boolean;
  condeferred: boolean;
  indisclustered: boolean;
  indisreplident: boolean;
  constraint_definition: string | null;
  parent: string | null;
}

/** Indexes with the constraints that stand on them, and what marks an index for CLUSTER or REPLICA IDENTITY. */
export async function readIndexes(session: Session) {
  const rows = await session.query<IndexRow>(INDEXES);
  const ofConstraint = (row: IndexRow) => row.contype !== null && (row.table_kind === "p" || row.method !== "btree");
  return {
    indexes: rows.filter((row) => row.table_kind !== "m" && !ofConstraint(row)).map(indexObject),
    ownIndexConstraints: rows.filter(ofConstraint).map(constraintObject),
    ofMaterializedViews: rows.filter((row) => row.table_kind === "m").map(indexObject),
    attachments: rows.flatMap(({ parent, name }) =>
      parent ? [{ key: `index attachment ${name}`, ddl: `ALTER INDEX ${parent} ATTACH PARTITION ${name}` }] : [],
    ),
    marks: rows.flatMap(markObjects),
  };
}

function indexObject(row: IndexRow): IndexObject {
  const constraint = row.contype
    ? [
        `ALTER TABLE ONLY ${row.table_name} ADD CONSTRAINT ${quoteIdent(row.conname)}`,
        `${row.contype === "p" ? "PRIMARY KEY" : "UNIQUE"} USING INDEX ${quoteIdent(row.plain_name)}`,
        row.condeferrable ? `DEFERRABLE${row.condeferred ? " INITIALLY DEFERRED" : ""}` : "",
      ].join(" ")
    : undefined;
  return { key: `index ${row.name}`, ddl: row.ddl, table: row.table, bytes: row.bytes, constraint };
}

function constraintObject(row: IndexRow): TableObject {
  return {
    key: `constraint ${quoteIdent(row.conname)} on ${row.table_name}`,
    table: row.table,
    ddl: `ALTER TABLE ONLY ${row.table_name} ADD CONSTRAINT ${quoteIdent(row.conname)} ${row.constraint_definition}`,
  };
}

function markObjects(row: IndexRow): SchemaObject[] {
  const index = quoteIdent(row.plain_name);
  const alter = `ALTER TABLE ONLY ${row.table_name}`;
  return [
    ...(row.indisclustered
      ? [{ key: `cluster ${row.table_name}`, ddl: `ALTER TABLE ${row.table_name} CLUSTER ON ${index}` }]
      : []),
    ...(row.indisreplident
      ? [{ key: `replica identity ${row.table_name}`, ddl: `${alter} REPLICA IDENTITY USING INDEX ${index}` }]
      : []),
  ];
}

/** Foreign keys, NOT VALID: the snapshot is consistent, and validating 2,000 of them would cost a join each. */
export async function readForeignKeys(session: Session): Promise<ForeignKeyObject[]> {
  const rows = await session.query<{
    table: number;
    table_name: string;
    conname: string;
    definition: string;
    partitioned: boolean;
  }>(FOREIGN_KEYS);
  return rows.map(({ table, table_name, conname, definition, partitioned }) => {
    const notValid = partitioned || / NOT (VALID|ENFORCED)$/.test(definition) ? "" : " NOT VALID";
    return {
      key: `foreign key ${quoteIdent(conname)} on ${table_name}`,
      table,
      ddl: `ALTER TABLE ${partitioned ? "" : "ONLY "}${table_name} ADD CONSTRAINT ${quoteIdent(conname)} ${definition}${notValid}`,
      validate: notValid && `ALTER TABLE ONLY ${table_name} VALIDATE CONSTRAINT ${quoteIdent(conname)}`,
    };
  });
}

/** Triggers, rules, extended statistics and replica identities. */
export function readFinishing(session: Session): Promise<SchemaObject[]> {
  return session.query<{ key: string; ddl: string }>(FINISHING);
}
