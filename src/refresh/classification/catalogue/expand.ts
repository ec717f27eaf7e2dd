import type { MaskName } from "../../../environment/mask-names.ts";
import type { Treatment } from "../treatment.ts";
import type { Area, Columns } from "./area.ts";

/** The catalogue as `table.column` -> treatment. A column that is written twice is an error of the catalogue. */
export function expandColumns(areas: readonly Area[]): Map<string, Treatment> {
  const all = new Map<string, Treatment>();
  for (const [name, treatment] of areas.flatMap(entries)) {
    if (all.has(name)) {
      throw new Error(`catalogue: ${name} is treated twice`);
    }
    all.set(name, treatment);
  }
  return all;
}

/** The tables that are emptied, as patterns that fit the whole name. */
export function expandTables(areas: readonly Area[]): { pattern: RegExp; reason: string }[] {
  return areas.flatMap((area) =>
    (area.emptied ?? []).flatMap(({ reason, tables }) =>
      words(tables).map((table) => ({ pattern: new RegExp(`^${table.replace("*", ".*")}$`), reason })),
    ),
  );
}

function entries(area: Area): [string, Treatment][] {
  const treated = Object.entries(area.treated).flatMap(([table, masks]) =>
    Object.entries(masks).flatMap(([mask, columns]) =>
      words(columns).map((word): [string, Treatment] => {
        const [column = "", from] = word.split("@");
        return [`${table}.${column}`, treatment(mask as MaskName | "null", from)];
      }),
    ),
  );
  const kept = area.kept.flatMap(({ reason, tables }) =>
    Object.entries(tables).flatMap(([table, columns]) =>
      words(columns).map((word): [string, Treatment] => {
        const [, column = "", last] = /^(\w+)(?:\[(?:16-)?(1[678])\])?$/.exec(word) ?? [];
        return [`${table}.${column}`, { kind: "keep", reason, ...(last && { lastSeries: Number(last) }) }];
      }),
    ),
  );
  return [...treated, ...kept];
}

function treatment(mask: MaskName | "null", from: string | undefined): Treatment {
  if (mask === "null") {
    return { kind: "null" };
  }
  return from === undefined ? { kind: "mask", mask } : { kind: "mask", mask, from };
}

function words(columns: Columns): string[] {
  return columns.trim().split(/\s+/);
}
