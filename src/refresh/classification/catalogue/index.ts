import type { Treatment } from "../treatment.ts";
import { accounting } from "./accounting.ts";
import type { Area } from "./area.ts";
import { contacts } from "./contacts.ts";
import { conversations } from "./conversations.ts";
import { events } from "./events.ts";
import { expandColumns, expandTables } from "./expand.ts";
import { hr } from "./hr.ts";
import { localization } from "./localization.ts";
import { marketing } from "./marketing.ts";
import { messaging } from "./messaging.ts";
import { commonTreatment } from "./patterns.ts";
import { payment } from "./payment.ts";
import { pos } from "./pos.ts";
import { project } from "./project.ts";
import { sales } from "./sales.ts";
import { stock } from "./stock.ts";
import { technical } from "./technical.ts";
import { users } from "./users.ts";
import { website } from "./website.ts";

/** The shipped catalogue, area by area. */
export const AREAS: readonly Area[] = [
  contacts,
  users,
  messaging,
  conversations,
  marketing,
  events,
  website,
  project,
  hr,
  accounting,
  payment,
  localization,
  sales,
  stock,
  pos,
  technical,
];

const columns = expandColumns(AREAS);
const tables = expandTables(AREAS);

// The columns of 16 to 19 were read from their sources. 20 is known by its differences from 19, and nothing after it.
const LAST_READ = 19;
const LAST_KNOWN = 20;

/**
 * What the shipped catalogue says about a column in a series of Odoo such as 19 (undefined: not an Odoo database);
 * undefined when it does not know it, and then the run refuses.
 */
export function lookup(table: string, column: string, series = LAST_READ): Treatment | undefined {
  const found = columns.get(`${table}.${column}`) ?? commonTreatment(column);
  const isNew = found?.kind === "keep" && series > (found.lastSeries === undefined ? LAST_KNOWN : LAST_READ);
  return isNew ? undefined : found;
}

/** Tables whose rows stay behind, with the reason; undefined when the rows are copied. */
export function tableTreatment(table: string): { kind: "empty"; reason: string } | undefined {
  const found = tables.find(({ pattern }) => pattern.test(table));
  return found && { kind: "empty", reason: found.reason };
}
