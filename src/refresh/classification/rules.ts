import { MASK_NAMES, type MaskName } from "../../environment/mask-names.ts";
import type { RefreshRule } from "../../environment/pipeline-schema.ts";
import { ExpectedError } from "../../platform/errors.ts";
import { type Glob, glob } from "../../platform/glob.ts";
import type { Treatment } from "./treatment.ts";

/** The team's rules, ready to be asked; the first rule that matches wins. */
export interface Rules {
  /**
   * What the rules say of a column, or undefined. A mask for many columns at once (`x_*`) means their words: numbers,
   * flags, times and references among them (`words` false) are left to the next rule.
   */
  column(table: string, column: string, words: boolean): Treatment | undefined;
  /** "empty" when a rule empties the table, "keep-rows" when a rule speaks of its columns, else undefined. */
  table(table: string): "empty" | "keep-rows" | undefined;
  /** Patterns that match nothing among these columns: probably a typing error. */
  unused(columns: readonly { table: string; column: string }[]): string[];
}

/** Reads the `refresh.rules` of the pipeline file; ExpectedError for an unknown mask or a malformed pattern. */
export function parseRules(rules: readonly RefreshRule[]): Rules {
  const parsed = rules.map((rule) => {
    const treatment = treatmentOf(rule);
    refuseAll(rule, treatment);
    return { rule, treatment, onlyWords: isMaskOfWords(rule, treatment), ...patternOf(rule.columns) };
  });
  return {
    column: (table, column, words) => {
      const fits = (p: (typeof parsed)[number]) =>
        p.treatment !== "empty" && p.table.test(table) && p.column.test(column) && (words || !p.onlyWords);
      const treatment = parsed.find(fits)?.treatment;
      return treatment === "empty" ? undefined : treatment;
    },
    table: (table) => {
      const matching = parsed.filter((p) => p.table.test(table));
      if (matching.some((p) => p.treatment === "empty")) return "empty";
      return matching.some((p) => !p.anyTable) ? "keep-rows" : undefined;
    },
    unused: (columns) =>
      parsed
        .filter((p) => !columns.some(({ table, column }) => p.table.test(table) && p.column.test(column)))
        .map((p) => p.rule.columns),
  };
}

/** No reason holds for all columns of a database at once: a rule that keeps them would undo every mask. */
function refuseAll({ columns }: RefreshRule, treatment: Treatment | "empty"): void {
  if (!/^[*.]+$/.test(columns) || (treatment !== "empty" && treatment.kind !== "keep")) return;
  throw new ExpectedError({
    code: "rule-for-everything",
    message: `The rule "${columns}" would ${treatment === "empty" ? "empty" : "keep"} every column of every table.`,
    remedy: "Name the tables or the columns that are meant.",
  });
}

function isMaskOfWords({ columns }: RefreshRule, treatment: Treatment | "empty"): boolean {
  if (treatment === "empty" || treatment.kind === "keep" || !/\*[^.]*$|^[^.]*$/.test(columns)) return false;
  return treatment.kind === "null" || !["amount", "geo", "date-year"].includes(treatment.mask);
}

function treatmentOf(rule: RefreshRule): Treatment | "empty" {
  if ("keep" in rule) return { kind: "keep", reason: rule.keep };
  if ("empty" in rule) return "empty";
  if (rule.mask === "null") return { kind: "null" };
  const mask = MASK_NAMES.find((name) => name === rule.mask);
  if (mask) return { kind: "mask", mask };
  throw new ExpectedError({
    code: "unknown-mask",
    message: `The rule for ${rule.columns} asks for the mask "${rule.mask}", which does not exist.`,
    remedy: `Use one of: null, ${MASK_NAMES.join(", ")}.`,
  });
}

/** `table.column` with `*` for any run of letters; a table alone means all of its columns. */
function patternOf(pattern: string): { table: Glob; column: Glob; anyTable: boolean } {
  const parts = pattern.split(".");
  const column = parts.length > 1 ? (parts.pop() as string) : "*";
  const table = parts.join(".");
  if (table === "" || column === "" || /\p{Cc}/u.test(pattern)) {
    throw new ExpectedError({
      code: "malformed-rule",
      message: `The rule "${pattern}" does not name columns.`,
      remedy: 'Write table.column, with * for any run of letters: "res_partner.x_*".',
    });
  }
  return { table: glob(table), column: glob(column), anyTable: /^\*+$/.test(table) };
}

/** A rule to paste for a column that nobody has classified; the mask is a guess from the column's type. */
export function suggestedRule(table: string, column: string, mask: MaskName | "null"): string {
  // The pipeline file knows letters, digits and _ only; a * stands for anything else, and for the dot behind a schema.
  const [of, name] = [table, column].map((part) => part.replaceAll(/[^A-Za-z0-9_]+/g, "*"));
  return `    - { columns: ${JSON.stringify(`${of}.${name}`)}, mask: ${mask} }`;
}
