import { quoteIdent, quoteLiteral, type Session } from "../../src/platform/postgres.ts";
import { fillerFor, readTextColumns, type TableShape } from "./canary-columns.ts";
import { exclusionOf, type TextColumn } from "./canary-exclusions.ts";
import { CANARY_SQL, canaryFor } from "./canary-values.ts";

export { containsCanary } from "./canary-values.ts";

/** What became of one column: planted, left out for a reason, refused by the database, or of a table without any row. */
export interface Canary {
  table: string;
  column: string;
  outcome: "planted" | "excluded" | "refused" | "no row";
  reason?: string;
}

/** A column in which canaries were found, and in how many of its rows. */
export interface Sighting {
  table: string;
  column: string;
  count: number;
}

// Rows of the program are better left alone where a new row is as good.
const OWN_ROW = new Set([
  "ir_act_server",
  "ir_attachment",
  "ir_config_parameter",
  "ir_default",
  "ir_filters",
  "mail_template",
]);

/**
 * Plants recognisable personal data into the text, json and binary columns of a production database of Odoo, one row a
 * table: a row that people made, else one of a module's data, else a new one. Odoo still runs on it afterwards.
 */
export async function plantCanaries(session: Session, { seed }: { seed: string }): Promise<Canary[]> {
  const tables = await readTextColumns(session);
  const excluded = tables.flatMap(({ texts }) => texts.flatMap((column) => exclude(column) ?? []));
  let open = tables.map((table) => ({ ...table, texts: table.texts.filter((column) => !exclude(column)) }));
  const planted: Canary[] = [];
  await session.query("BEGIN");
  while (open.length > 0) {
    const results: { table: TableShape; canaries: Canary[] }[] = [];
    for (const table of open) results.push({ table, canaries: await plantTable(session, table, seed) });
    const rowless = results.filter(({ canaries }) => canaries.some(({ outcome }) => outcome === "no row"));
    // A new row may need one of a table that came later: those are tried again, as long as that helps.
    const again = rowless.length < open.length ? rowless : [];
    planted.push(...results.filter((result) => !again.includes(result)).flatMap(({ canaries }) => canaries));
    open = again.map(({ table }) => table);
  }
  await session.query("COMMIT");
  return [...excluded, ...planted];
}

function exclude(column: TextColumn): Canary | undefined {
  const reason = exclusionOf(column);
  return reason === undefined ? undefined : { table: column.table, column: column.column, outcome: "excluded", reason };
}

async function plantTable(session: Session, table: TableShape, seed: string): Promise<Canary[]> {
  if (table.texts.length === 0) return [];
  let row = await chooseRow(session, table, seed);
  const canaries: Canary[] = [];
  for (const column of table.texts) {
    const named = { table: table.name, column: column.column };
    const moved = row.position === undefined ? row : await plant(session, column, row.position, seed);
    if (moved.position !== undefined) row = moved;
    const outcome = row.position === undefined ? "no row" : moved.position === undefined ? "refused" : "planted";
    canaries.push(moved.position === undefined ? { ...named, outcome, reason: moved.refusal } : { ...named, outcome });
  }
  return canaries;
}

/** Where a row lies (its ctid, which every update changes), or why there is none. */
type Row = { position: string } | { position?: undefined; refusal: string };

async function chooseRow(session: Session, table: TableShape, seed: string): Promise<Row> {
  const existing = OWN_ROW.has(table.name) ? undefined : await existingRow(session, table);
  if (existing) return existing;
  const columns = table.required.map((column) => quoteIdent(column.name)).join(", ");
  const values = table.required.map((column) => fillerFor(table, column, seed)).join(", ");
  const row = columns ? `(${columns}) VALUES (${values})` : "DEFAULT VALUES";
  return attempt(session, `INSERT INTO ${quoteIdent(table.name)} ${row} RETURNING ctid::text AS position`);
}

async function existingRow(session: Session, table: TableShape): Promise<Row | undefined> {
  const data = `SELECT FROM ir_model_data d WHERE d.model = ${quoteLiteral(table.model ?? "")} AND d.res_id = t.id`;
  const order = table.hasId ? `EXISTS (${data}), t.id DESC` : "t.ctid";
  const usable: Record<string, string> = {
    // Odoo's own users do not log in any more with another login, and the partner of a company is the company.
    res_users: `WHERE NOT EXISTS (${data} AND d.module = 'base' AND d.name <> 'user_demo')`,
    res_partner: "WHERE t.id NOT IN (SELECT partner_id FROM res_company)",
  };
  const rows = await session.query<{ position: string }>(
    `SELECT t.ctid::text AS position FROM ONLY ${quoteIdent(table.name)} t ${usable[table.name] ?? ""} ORDER BY ${order} LIMIT 1`,
  );
  return rows[0];
}

async function plant(session: Session, column: TextColumn, position: string, seed: string): Promise<Row> {
  const value = canaryFor(column, seed);
  if (value === undefined) return { refusal: `varchar(${column.maxLength}) is too short for a canary` };
  const set = `${quoteIdent(column.column)} = ${quoteLiteral(value)}`;
  const update = `UPDATE ONLY ${quoteIdent(column.table)} SET ${set} WHERE ctid = ${quoteLiteral(position)}`;
  return attempt(session, `${update} RETURNING ctid::text AS position`);
}

/** Runs a statement that returns one position; when the database refuses it, the transaction goes on all the same. */
async function attempt(session: Session, statement: string): Promise<Row> {
  await session.query("SAVEPOINT canary");
  try {
    const rows = await session.query<{ position: string }>(statement);
    await session.query("RELEASE SAVEPOINT canary");
    return rows[0] ?? { refusal: "the statement met no row" };
  } catch (error) {
    await session.query("ROLLBACK TO SAVEPOINT canary");
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}

/** Looks for canaries in every column of every table that may hold text, in all schemas. */
export async function findCanaries(session: Session): Promise<Sighting[]> {
  const columns = await session.query<{ schema: string; name: string; column: string; type: string }>(SCANNED);
  const sightings: Sighting[] = [];
  for (const table of Map.groupBy(columns, (column) => `${quoteIdent(column.schema)}.${quoteIdent(column.name)}`)) {
    sightings.push(...(await findInTable(session, ...table)));
  }
  return sightings;
}

type Scanned = { schema: string; name: string; column: string; type: string };

async function findInTable(session: Session, table: string, columns: Scanned[]): Promise<Sighting[]> {
  const counts = columns.map(({ column, type }, i) => {
    const text = type === "bytea" ? `encode(${quoteIdent(column)}, 'escape')` : `${quoteIdent(column)}::text`;
    return `count(*) FILTER (WHERE ${text} ~* '${CANARY_SQL}')::int AS c${i}`;
  });
  const [row = {}] = await session.query<Record<string, number>>(`SELECT ${counts.join(", ")} FROM ONLY ${table}`);
  return columns
    .map(({ schema, name, column }, i) => ({
      table: schema === "public" ? name : `${schema}.${name}`,
      column,
      count: row[`c${i}`] ?? 0,
    }))
    .filter(({ count }) => count > 0);
}

const SCANNED = `
  SELECT n.nspname AS schema, c.relname AS name, a.attname AS column, t.typname AS type
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
   WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^(pg_|information_schema)' AND a.attnum > 0 AND NOT a.attisdropped
     AND t.typcategory NOT IN ('N', 'B', 'D', 'T')
   ORDER BY 1, 2, a.attnum`;
