import type { MaskName } from "../../../environment/mask-names.ts";

/**
 * Columns of one table, names separated by blanks; `column@reference` masks with the id that the reference holds.
 * Kept columns that are not in Odoo 19 bear the series that have them: `column[16-18]`.
 */
export type Columns = string;

/** What the catalogue says about one area of Odoo, by table and column as PostgreSQL names them. */
export interface Area {
  /** Tables whose rows are not copied at all; a name may end in `*`. */
  emptied?: readonly { reason: string; tables: string }[];
  /** Table -> mask, or null -> columns. */
  treated: Readonly<Record<string, Readonly<Partial<Record<MaskName | "null", Columns>>>>>;
  /** Columns that are copied as they are, each group with the reason why nobody is recognised by them. */
  kept: readonly { reason: string; tables: Readonly<Record<string, Columns>> }[];
}
