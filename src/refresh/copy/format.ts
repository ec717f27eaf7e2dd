import { quoteIdent, type Session } from "../../platform/postgres.ts";
import { type PlannedTable, selectStatement } from "../plan/plan.ts";
import type { Column } from "../schema/model.ts";
import { qualifiedName } from "../schema/tables.ts";

// Types whose binary form is the same on every server of one major version; others may hold object ids.
const PORTABLE = new Set(
  [
    "bool int2 int4 int8 float4 float8 numeric money oid text varchar bpchar name citext bytea uuid json jsonb",
    "date time timetz timestamp timestamptz interval inet cidr macaddr macaddr8 bit varbit point box line circle",
  ]
    .join(" ")
    .split(" "),
);

// citext has another object id in every database, and an array says what it is an array of.
const isPortable = ({ kind, baseType }: Column) =>
  kind === "e" ||
  PORTABLE.has(baseType) ||
  (baseType.startsWith("_") && baseType !== "_citext" && PORTABLE.has(baseType.slice(1)));

/** Can the rows travel in binary, which costs a third less? Only between equal majors, and when every type allows it. */
export function fitsBinary({ columns, view }: PlannedTable, sameMajor: boolean): boolean {
  // Who reads a masked view need not have a right on the schema of a type, which the cast of binary rows would ask for.
  const castable = ({ type }: Column) => view === undefined || !type.includes(".") || type.startsWith("public.");
  return sameMajor && columns.every(({ column }) => isPortable(column) && castable(column));
}

/** Is the session's server of the same major version as one of `serverVersion` (180002), and so speaks the same binary? */
export async function isSameMajor(session: Session, serverVersion: number): Promise<boolean> {
  const [row] = await session.query<{ version: number }>(
    "SELECT current_setting('server_version_num')::int AS version",
  );
  return majorOf(row?.version ?? 0) === majorOf(serverVersion);
}

const majorOf = (serverVersion: number) => Math.floor(serverVersion / 10_000);

/** How one table's rows travel. */
export interface CopyFormat {
  binary: boolean;
  /** The target table was emptied in this very transaction. */
  freeze: boolean;
}

/** COPY for the source; `condition` on `t` narrows it to some rows. */
export function copyOutStatement(planned: PlannedTable, { binary }: CopyFormat, condition?: string): string {
  const select = selectStatement(planned, condition);
  if (!binary) return `COPY (${select}) TO STDOUT`;
  // Binary values are taken for what the column is: the cast costs nothing where the type is right, and says so where not.
  const list = planned.columns.map(({ column }) => `r.${quoteIdent(column.name)}::${column.type}`);
  return `COPY (SELECT ${list.join(", ")} FROM (${select}) AS r) TO STDOUT (FORMAT binary)`;
}

/** COPY for the target, into the table or one like it; the columns are named, since generated ones must not be among them. */
export function copyInStatement(
  planned: PlannedTable,
  { binary, freeze }: CopyFormat,
  into = qualifiedName(planned.table),
): string {
  const options = [...(binary ? ["FORMAT binary"] : []), ...(freeze ? ["FREEZE"] : [])];
  return `COPY ${into} (${columnList(planned)}) FROM STDIN${options.length > 0 ? ` (${options.join(", ")})` : ""}`;
}

/** The columns that travel, quoted, as an SQL list. */
export function columnList({ columns }: PlannedTable): string {
  return columns.map(({ column }) => quoteIdent(column.name)).join(", ");
}
