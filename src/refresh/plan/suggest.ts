import type { MaskName } from "../../environment/mask-names.ts";
import { isText } from "../classification/column-types.ts";
import type { Column } from "../schema/model.ts";
import type { DetectorName } from "../verify/detectors.ts";
import type { ColumnSample } from "./sample.ts";

const MASK_FOR: Partial<Record<DetectorName, MaskName>> = {
  "e-mail": "email",
  phone: "phone",
  IBAN: "bank-account",
  "VAT number": "identifier",
  "payment card": "identifier",
  "password hash": "secret",
  "private key": "secret",
  "provider secret": "secret",
};

// Seldom hits are addresses and numbers in prose, which another mask hides as well.
const MOSTLY = 0.5;

/** The mask to propose for a column: by what is in most of its values, else as its type and its name suggest. */
export function suggestFor(
  column: Column,
  byName: MaskName | "null",
  sample: ColumnSample | undefined,
): MaskName | "null" {
  if (!sample || sample.filled === 0 || !isText(column.baseType)) return byName;
  const [most] = Object.entries(sample.hits).sort((a, b) => b[1] - a[1]);
  if (!most || most[1] < sample.filled * MOSTLY) return byName;
  return MASK_FOR[most[0] as DetectorName] ?? byName;
}
