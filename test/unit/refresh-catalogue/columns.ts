import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lookup, tableTreatment } from "../../../src/refresh/classification/catalogue/index.ts";
import type { Treatment } from "../../../src/refresh/classification/treatment.ts";

/** A column of Odoo's community modules, as read from the sources of 16 to 19. */
export interface KnownColumn {
  table: string;
  column: string;
  /** PostgreSQL's type of it. */
  type: string;
  /** Odoo's type of the field, where that decides. */
  ttype: string | undefined;
  series: number[];
  /** What a machine thought of its name; empty when it saw nothing personal in it. */
  suspected: string;
}

/** Every stored column that may hold words, with the series that have it. */
export const KNOWN: readonly KnownColumn[] = readFileSync(join(import.meta.dirname, "columns.tsv"), "utf8")
  .trim()
  .split("\n")
  .map((line) => {
    const [table = "", column = "", kind = "", series = "", suspected = ""] = line.split("\t");
    const [type = "", ttype] = kind.split(":");
    return { table, column, type, ttype, series: numbers(series), suspected };
  });

function numbers(series: string): number[] {
  return series.split(",").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** "keep", "null", the name of a mask, "empty" for a column of an emptied table, or "unclassified". */
export function fate(name: string, series?: number): string {
  const [table = "", column = ""] = name.split(".");
  if (tableTreatment(table)) return "empty";
  const treatment: Treatment | undefined = lookup(table, column, series);
  return treatment?.kind === "mask" ? treatment.mask : (treatment?.kind ?? "unclassified");
}
