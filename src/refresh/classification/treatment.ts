import type { MaskName } from "../../environment/mask-names.ts";

/**
 * What happens to one column on its way to staging; the one vocabulary of catalogue, rules, plan and masks.
 * `from` names a reference of the same table: the mask then speaks of the row that it points at, so that stored copies
 * agree (mail_message.email_from from author_id gives the e-mail of that partner). Where the reference is NULL, or the
 * column is not there in this version, the mask falls back to the row itself. `lastSeries` is the last series of Odoo
 * before 19 that has a kept column: in 20 a column of that name is a new one, about which nothing is known.
 */
export type Treatment =
  | { kind: "keep"; reason: string; lastSeries?: number }
  | { kind: "mask"; mask: MaskName; from?: string }
  | { kind: "null" };
