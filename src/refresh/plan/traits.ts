import type { MaskName } from "../../environment/mask-names.ts";
import type { Column } from "../schema/model.ts";

/**
 * What the plan may rely on. `distinct`: rows with different ids get different values. `null`: what becomes of a value
 * that is there; "stays" gives a value for it, "maybe" may give NULL. NULL itself stays NULL under every mask.
 */
interface Traits {
  distinct: boolean;
  null: "stays" | "maybe";
}

const distinct: Traits = { distinct: true, null: "stays" };
const alike: Traits = { distinct: false, null: "stays" };
const vanishing: Traits = { distinct: false, null: "maybe" };

/** Every mask's traits on a column of text or jsonb; other types are zeroed, emptied or nulled. */
export const TRAITS: Readonly<Record<MaskName, Traits>> = {
  name: distinct,
  email: distinct,
  phone: distinct,
  street: distinct,
  city: distinct,
  zip: alike,
  identifier: distinct,
  vat: vanishing,
  "bank-account": distinct,
  text: distinct,
  html: distinct,
  login: distinct,
  secret: { distinct: true, null: "maybe" },
  token: distinct,
  barcode: distinct,
  url: distinct,
  "date-year": alike,
  amount: alike,
  geo: alike,
  json: alike,
  translated: distinct,
  "translated-html": distinct,
  "company-dependent": alike,
  properties: alike,
  file: alike,
  "external-id": distinct,
  filename: distinct,
  "parameter-value": alike,
  "attachment-url": vanishing,
  "attachment-file": vanishing,
  "attachment-name": alike,
  "template-address": vanishing,
  domain: alike,
  "default-value": alike,
  "constant-single": alike,
};

/** Does this mask keep distinct rows distinct in this column? A narrow varchar(n) or a reference does not. */
export function keepsUnique(mask: MaskName, column: Column, ofOwnRow: boolean): boolean {
  return ofOwnRow && TRAITS[mask].distinct && (column.maxLength === undefined || column.maxLength >= 10);
}
