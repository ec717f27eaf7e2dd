import type { LeaveOut } from "../../environment/pipeline-schema.ts";
import type { Session } from "../../platform/postgres.ts";
import { readFinishing, readForeignKeys, readIndexes } from "./attachments.ts";
import { type CatalogueObject, matchLeftOut, refuseNeeded } from "./left-out.ts";
import type { Extension, Schema, SchemaObject } from "./model.ts";
import { inDependencyOrder, readDependencies, withDependents } from "./order.ts";
import { userSchema } from "./scope.ts";
import { createTable, readTables } from "./tables.ts";
import { type Node, readRoutines, readSequences, readTypes, readViews } from "./types.ts";
import { countLargeObjects, readUnsupported } from "./unsupported.ts";

const SCHEMAS = `
  SELECT format('schema %I', n.nspname) AS key, format('CREATE SCHEMA IF NOT EXISTS %I', n.nspname) AS ddl
    FROM pg_namespace n WHERE ${userSchema("n")} ORDER BY 1`;

const EXTENSIONS = `
  SELECT e.extname AS name, n.nspname AS schema, e.extversion AS version,
         coalesce((SELECT jsonb_agg(jsonb_build_object('volatility', p.provolatile,
                            'signature', format('%I.%I(%s)', pn.nspname, p.proname, pg_get_function_identity_arguments(p.oid))))
                     FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid JOIN pg_namespace pn ON pn.oid = p.pronamespace
                    WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
                      AND d.deptype = 'e' AND p.prokind IN ('f', 'w')), '[]') AS functions
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY e.oid`;

// Oids of these catalogues, the same in every version.
const PG_PROC = 1255;
const PG_CLASS = 1259;

/**
 * Reads the whole schema of a database from its catalogue. The session must have `search_path = pg_catalog` and, on the
 * source, be inside the snapshot of the copy, so that schema and rows agree. `rules` leave views, functions and what
 * cannot be copied behind; ExpectedError "left-out-needed" when something else cannot be made without it.
 */
export async function readSchema(session: Session, rules: readonly LeaveOut[] = []): Promise<Schema> {
  const [version] = await session.query<{ version: number }>(
    "SELECT current_setting('server_version_num')::int AS version",
  );
  const tables = await readTables(session);
  const sequences = await readSequences(session);
  const allViews = await readViews(session);
  const allRoutines = await readRoutines(session);
  const unsupported = await readUnsupported(session);
  const { leftOut, unused } = matchLeftOut([...unsupported, ...[...allViews, ...allRoutines].map(leavable)], rules);
  await refuseNeeded(session, leftOut);
  const goes = ({ key }: SchemaObject) => !leftOut.some(({ what }) => what === key);
  const views = allViews.filter(goes);
  const indexes = await readIndexes(session);
  const edges = await readDependencies(session);
  const nodes: Node[] = [
    ...(await readTypes(session)),
    ...sequences.flatMap((sequence) => sequence.create ?? []),
    ...allRoutines.filter(goes),
    ...tables.map((table) => ({ node: `c${table.oid}`, ...createTable(table) })),
    ...views,
  ];
  const ordered = inDependencyOrder(nodes, edges);
  const builtOnViews = withDependents(
    views.map((view) => view.node),
    edges,
  );
  const lateTables = tables.filter((table) => builtOnViews.has(`c${table.oid}`));
  return {
    serverVersion: version?.version ?? 0,
    schemas: await session.query<{ key: string; ddl: string }>(SCHEMAS),
    extensions: await session.query<Extension & Record<string, unknown>>(EXTENSIONS),
    early: ordered.filter((node) => !builtOnViews.has(node.node)).map(plain),
    late: [...ordered.filter((node) => builtOnViews.has(node.node)).map(plain), ...indexes.ofMaterializedViews],
    tables,
    indexes: indexes.indexes,
    ownIndexConstraints: indexes.ownIndexConstraints,
    indexAttachments: indexes.attachments,
    materializedViews: ordered
      .flatMap((node) => views.filter((v) => v.materialized && v.populated && v.node === node.node))
      .map((v) => v.name),
    foreignKeys: await readForeignKeys(session),
    finishing: [
      ...sequences.flatMap((sequence) => sequence.owner ?? []),
      ...indexes.marks,
      ...(await readFinishing(session)),
    ],
    sequences: sequences.map(({ schema, name }) => ({ schema, name })),
    largeObjects: await countLargeObjects(session),
    unsupported: [
      ...unsupported.map(({ what }) => what).filter((what) => !leftOut.some((one) => one.what === what)),
      ...lateTables.map((table) => `table ${table.schema}.${table.name}, whose row type uses a view`),
    ],
    leftOut: leftOut.map(({ what, reason }) => ({ what, reason })),
    unusedLeaveOut: unused,
  };
}

/** A view or a function, as pg_depend knows it. */
function leavable({ key, node }: Node): CatalogueObject {
  const objid = Number(node.slice(1));
  return { what: key, classid: node.startsWith("p") ? PG_PROC : PG_CLASS, objid };
}

function plain({ key, ddl }: SchemaObject): SchemaObject {
  return { key, ddl };
}
