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

/** What the shipped catalogue says about a column; undefined when it does not know it, and then the run refuses. */
export function lookup(table: string, column: string): Treatment | undefined {
  return columns.get(`${table}.${column}`) ?? commonTreatment(column);
}

/** Tables whose rows stay behind, with the reason; undefined when the rows are copied. */
export function tableTreatment(table: string): { kind: "empty"; reason: string } | undefined {
  const found = tables.find(({ pattern }) => pattern.test(table));
  return found && { kind: "empty", reason: found.reason };
}
