import type { Session } from "../platform/postgres.ts";

/** One INSERT, UPDATE or DELETE without RETURNING, and what it is for. */
export interface Statement {
  does: string;
  sql: string;
  values?: unknown[];
}

/** A statement that is left out where the database lacks what it is about. */
export interface Guarded extends Statement {
  /** Columns without which the statement has no object. */
  needs: string[];
  /** A column with which another statement does it. */
  unless?: string;
}

/** A statement about the columns `needs`, each "table.column", with blanks between. */
export const statement = (does: string, needs: string, sql: string, values?: unknown[]): Guarded => ({
  does,
  needs: needs.split(" "),
  sql,
  ...(values ? { values } : {}),
});

/** Whether it has its object in a database with these columns. */
export const applies = ({ needs, unless }: Pick<Guarded, "needs" | "unless">, has: (column: string) => boolean) =>
  needs.every(has) && (unless === undefined || !has(unless));

/** Every "table.column" of Odoo's own schema; views have none, for nothing can be switched off in them. */
export async function storedColumns(session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.query<{ name: string }>(
    `SELECT c.relname || '.' || a.attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped`,
  );
  return new Set(rows.map(({ name }) => name));
}
