import type { Treatment } from "../classification/treatment.ts";
import type { Plan } from "./plan.ts";

/** A plan as text, one line a column: `table.column<TAB>treatment<TAB>who decided<TAB>reason`; an emptied table is one line. */
export function planLines(plan: Plan): string[] {
  return plan.tables
    .flatMap((planned) => {
      if (planned.emptiedBecause) return [line(`${planned.name}.*`, "empty", "", planned.emptiedBecause)];
      const rows = planned.filter ? [line(`${planned.name}.*`, "some rows", "catalogue", planned.filter.reason)] : [];
      const columns = planned.columns.map(({ column, treatment, by }) =>
        line(
          `${planned.name}.${column.name}`,
          describe(treatment),
          by,
          treatment.kind === "keep" ? treatment.reason : "",
        ),
      );
      return [...rows, ...columns];
    })
    .sort();
}

function describe(treatment: Treatment): string {
  if (treatment.kind !== "mask") return treatment.kind;
  return treatment.from ? `mask ${treatment.mask} from ${treatment.from}` : `mask ${treatment.mask}`;
}

// A name or a reason may hold anything but what separates fields.
const line = (...fields: string[]) => fields.map((field) => field.replaceAll(/\p{Cc}+/gu, " ")).join("\t");

/** What became different between two plans; each entry tells the column and its treatments. */
export interface PlanDiff {
  added: PlanEntry[];
  removed: PlanEntry[];
  changed: (PlanEntry & { before: string })[];
}

/** A column with its treatment, who decided about it and why, as one text. */
export interface PlanEntry {
  column: string;
  treatment: string;
}

/** Compares two lists of plan lines. */
export function diffPlans(before: readonly string[], after: readonly string[]): PlanDiff {
  const [old, now] = [entriesOf(before), entriesOf(after)];
  const entry = ([column, treatment]: [string, string]): PlanEntry => ({ column, treatment });
  return {
    added: [...now].filter(([column]) => !old.has(column)).map(entry),
    removed: [...old].filter(([column]) => !now.has(column)).map(entry),
    changed: [...now].flatMap(([column, treatment]) => {
      const was = old.get(column);
      return was === undefined || was === treatment ? [] : [{ column, treatment, before: was }];
    }),
  };
}

function entriesOf(lines: readonly string[]): Map<string, string> {
  return new Map(
    lines.map((text) => {
      const [column = "", treatment = "", by = "", reason = ""] = text.split("\t");
      const because = [by && `by ${by}`, reason].filter(Boolean).join(": ");
      return [column, because ? `${treatment} (${because})` : treatment];
    }),
  );
}
