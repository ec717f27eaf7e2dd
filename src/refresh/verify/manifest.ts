import { createHash } from "node:crypto";
import type { Session } from "../../platform/postgres.ts";
import type { CopiedTable } from "../copy/copy.ts";
import type { Plan } from "../plan/plan.ts";
import type { ResidualScan } from "./residual.ts";
import type { Check } from "./verify.ts";

/** The record of a copy, kept in the copy itself: where it came from, what was done, what was found. No value of a row. */
export interface Manifest {
  kind: "odoo-release-pipeline/copy@1";
  id: string;
  source: { environment: string; database: string; systemIdentifier: string };
  snapshotAt: string;
  planSha256: string;
  rows: number;
  tables: { name: string; rows: number }[];
  emptied: { name: string; because: string }[];
  kept: { column: string; reason: string; by: string }[];
  masks: Record<string, number>;
  checks: Check[];
  scan: ResidualScan;
  /** Every check passed, and the scan found nothing. */
  clean: boolean;
}

/** Puts the record together; whether the copy is clean follows from its checks and its scan, never from a wish. */
export function makeManifest(
  facts: Pick<Manifest, "id" | "source" | "snapshotAt" | "planSha256" | "checks" | "scan">,
  plan: Plan,
  copied: readonly CopiedTable[],
): Manifest {
  return {
    kind: "odoo-release-pipeline/copy@1",
    ...facts,
    rows: copied.reduce((sum, table) => sum + table.rows, 0),
    tables: copied.map(({ name, rows }) => ({ name, rows })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    emptied: plan.tables.flatMap((t) => (t.emptiedBecause ? [{ name: t.name, because: t.emptiedBecause }] : [])),
    kept: plan.tables.flatMap((t) =>
      t.columns.flatMap(({ column, treatment, by }) =>
        treatment.kind === "keep" && by !== "type"
          ? [{ column: `${t.name}.${column.name}`, reason: treatment.reason, by }]
          : [],
      ),
    ),
    masks: maskCounts(plan),
    clean: facts.checks.every((item) => item.outcome === "passed") && facts.scan.findings.length === 0,
  };
}

/** How many columns each mask was used on; `null` counts columns that were emptied. */
export function maskCounts(plan: Plan): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { treatment } of plan.tables.flatMap((table) => table.columns)) {
    if (treatment.kind === "keep") continue;
    const name = treatment.kind === "mask" ? treatment.mask : "null";
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Writes the record into the copy and returns its SHA-256 (hex, of the JSON text). */
export async function writeManifest(target: Session, manifest: Manifest): Promise<string> {
  const text = JSON.stringify(manifest);
  await target.query(
    `CREATE SCHEMA IF NOT EXISTS _pipeline;
     CREATE TABLE IF NOT EXISTS _pipeline.manifest (id text PRIMARY KEY, written_at timestamptz NOT NULL DEFAULT now(), manifest jsonb NOT NULL)`,
  );
  await target.query("INSERT INTO _pipeline.manifest (id, manifest) VALUES ($1, $2)", [manifest.id, text]);
  return createHash("sha256").update(text).digest("hex");
}
