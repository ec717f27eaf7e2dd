import type { Finding, ResidualScan } from "./scan.ts";
import type { Check } from "./verify.ts";

const SHOWN = 30;

/** Did the scan show that nothing personal is left? What could not be looked at is not measured, and never clean. */
export function judgeScan({ findings, columns, onlyWritten, known, notMeasured }: ResidualScan): Check {
  const name = "nothing personal left";
  const more = findings.length > SHOWN ? [`and ${findings.length - SHOWN} more`] : [];
  if (findings.length > 0) {
    return { name, outcome: "failed", detail: [...findings.slice(0, SHOWN).map(describe), ...more].join("; ") };
  }
  if (notMeasured.length > 0) return { name, outcome: "not measured", detail: notMeasured.join("; ") };
  const values = Object.entries(known).map(([kind, count]) => `${count} ${kind}`);
  const looked = values.length > 0 ? `known values looked for: ${values.join(", ")}` : "no value of production known";
  const rows = onlyWritten ? ", in the rows that changed since the golden copy was proved" : "";
  return { name, outcome: "passed", detail: `${columns} columns scanned${rows}; ${looked}` };
}

/** One line about a finding. */
export function describe(finding: Finding): string {
  return `${finding.table}.${finding.column}: ${finding.detector} (${finding.count} ${unitOf(finding)})`;
}

/** What a finding counts: a known value is counted once, a pattern by rows. */
export function unitOf({ detector, count }: Pick<Finding, "detector" | "count">): string {
  if (detector.startsWith("known ")) return "different";
  return count === 1 ? "row" : "rows";
}
