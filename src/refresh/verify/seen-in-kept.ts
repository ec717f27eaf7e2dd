import { isText, suggestedMask } from "../classification/column-types.ts";
import { suggestedRule } from "../classification/rules.ts";
import type { Plan } from "../plan/plan.ts";
import type { Finding, ResidualScan } from "./scan.ts";
import { describe } from "./scan-verdict.ts";

/** What the scan saw in columns whose values are kept: told to whoever reviews the copy, never a reason to refuse. */
export interface SeenInKept {
  /** How many there are, of which `most` lists the first. */
  total: number;
  /** Rows that a delta left as they were are not counted. */
  onlyWritten: boolean;
  /** Most hits first. */
  most: SeenColumn[];
}

/** One detector's hits in one kept column. */
export interface SeenColumn extends Finding {
  /** Why the column is kept, in the words of the rule or of the catalogue. */
  because: string;
}

// The result of a refresh travels as one line, of which 64 KiB arrive.
const LISTED = 50;
const NAMED = 5;
const SECRETS: readonly Finding["detector"][] = ["password hash", "private key", "provider secret"];
const GENERATED = "computed on the copy, from other columns";

/** What of a scan a reviewer should know although it refuses nothing; undefined when there is nothing. */
export function seenInKept({ explained, onlyWritten }: ResidualScan, plan: Plan): SeenInKept | undefined {
  if (explained.length === 0) return undefined;
  const byHits = explained.toSorted((a, b) => b.count - a.count);
  const most = byHits
    .slice(0, LISTED)
    .map((finding) => ({ ...finding, because: keptColumn(plan, finding)?.reason ?? GENERATED }));
  return { total: explained.length, onlyWritten, most };
}

/** One warning about secrets in kept columns, with the rules that would mask them; undefined when there are none. */
export function warnOfSecrets({ explained }: ResidualScan, plan: Plan): string | undefined {
  const secrets = explained.filter(({ detector }) => SECRETS.includes(detector));
  if (secrets.length === 0) return undefined;
  const named = secrets.slice(0, NAMED).map(describe);
  const more = secrets.length > NAMED ? [`and ${secrets.length - NAMED} more`] : [];
  const rules = secrets.slice(0, NAMED).flatMap((finding) => {
    const kept = keptColumn(plan, finding);
    return kept ? suggestedRule(finding.table, finding.column, kept.mask).trim() : [];
  });
  const remedy =
    rules.length > 0 ? `; if they are real, begin refresh.rules with: ${[...new Set(rules)].join(" ")}` : "";
  return `What looks like secrets stands in columns that are kept: ${[...named, ...more].join(", ")}${remedy}`;
}

/** Why a column is kept, and a mask that fits it; undefined for a generated one, about which nobody decides. */
function keptColumn(plan: Plan, { table, column: name }: Finding) {
  const planned = plan.tables.find((one) => one.name === table)?.columns.find(({ column }) => column.name === name);
  if (planned?.treatment.kind !== "keep") return undefined;
  const { treatment, column } = planned;
  const mask = isText(column.baseType) ? ("secret" as const) : suggestedMask(column, undefined);
  return { reason: treatment.reason, mask };
}
