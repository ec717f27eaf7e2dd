import { quoteIdent } from "../../platform/postgres.ts";
import type { Table } from "../schema/model.ts";

/** The setting that holds the key of the run in the session, so that it is in no statement. */
export const MASK_KEY_SETTING = "odoo_pipeline.mask_key";

// Not stable: a table that is rewritten, or a row that is updated, gets another place.
const PLACE = "((t.ctid::text::point)[0]::bigint * 65536 + (t.ctid::text::point)[1]::bigint)";

/**
 * SQL of a positive integer that tells the rows of a table apart: its key when that is one integer, a keyed hash of the
 * whole key when it is anything else, and without any key the row's physical place.
 */
export function rowId(table: Table, primaryKey: readonly string[] = []): string {
  const integer = (name: string | undefined) =>
    table.columns.some((column) => column.name === name && /^int[48]$/.test(column.baseType));
  const [only] = primaryKey;
  if (primaryKey.length === 1 && only !== undefined && integer(only)) return `t.${quoteIdent(only)}`;
  if (primaryKey.length > 0) return keyHash(primaryKey);
  return integer("id") ? `t.${quoteIdent("id")}` : PLACE;
}

// The key of a row may say who it is about, so its hash needs the key of the run. The inner hash reads the bytes as they
// are: a database in SQL_ASCII may hold some that are no UTF-8.
function keyHash(primaryKey: readonly string[]): string {
  const row = `ROW(${primaryKey.map((name) => `t.${quoteIdent(name)}`).join(", ")})::text`;
  const text = `current_setting('${MASK_KEY_SETTING}') || '/row/' || hashtextextended(${row}, 0)`;
  return `('x' || left(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 15))::bit(60)::bigint`;
}

/** Does the value of this expression change when the row moves to another place? */
export function dependsOnPlace(expression: string): boolean {
  return expression.includes(PLACE);
}
