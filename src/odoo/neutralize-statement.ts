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
}

/** A statement about the columns `needs`, each "table.column", with blanks between. */
export const statement = (does: string, needs: string, sql: string, values?: unknown[]): Guarded => ({
  does,
  needs: needs.split(" "),
  sql,
  ...(values ? { values } : {}),
});
