import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type SignedManifest, storeManifest } from "../../environment/copy-manifest.ts";
import { writeFileAtomic } from "../../platform/files.ts";
import type { Session } from "../../platform/postgres.ts";
import { VERSION } from "../../platform/version.ts";
import type { CopiedTable } from "../copy/copy.ts";
import type { ProtectedBy } from "../guard/verdict.ts";
import type { Plan } from "../plan/plan.ts";
import { planLines } from "../plan/plan-lines.ts";
import type { ResidualScan } from "./scan.ts";
import type { Check } from "./verify.ts";

/** The record of a copy, kept in the copy itself: where it came from, what was done, what was found. No value of a row. */
export interface Manifest {
  kind: "odoo-release-pipeline/copy@1";
  /** Version of the pipeline that made the copy. */
  tool: string;
  id: string;
  source: { environment: string; database: string; systemIdentifier: string };
  snapshotAt: string;
  planSha256: string;
  /** What kept real values from leaving production: its server's privileges, or this plan alone. */
  protectedBy?: ProtectedBy;
  /** The whole plan, as `planLines` writes it. */
  plan: string[];
  rows: number;
  tables: { name: string; rows: number }[];
  emptied: { name: string; because: string }[];
  kept: { column: string; reason: string; by: string }[];
  masks: Record<string, number>;
  checks: Check[];
  scan: ResidualScan;
  /** How long each phase took, up to the scan. */
  seconds: Record<string, number>;
  /** Every check passed, and the scan found nothing. */
  clean: boolean;
}

/** Puts the record together; whether the copy is clean follows from its checks and its scan, never from a wish. */
export function makeManifest(
  facts: Pick<Manifest, "id" | "source" | "snapshotAt" | "planSha256" | "checks" | "scan" | "seconds" | "protectedBy">,
  plan: Plan,
  copied: readonly CopiedTable[],
): Manifest {
  return {
    kind: "odoo-release-pipeline/copy@1",
    tool: VERSION,
    ...facts,
    plan: planLines(plan),
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

/** The manifest of a run, ready to be stored. */
export interface StoredManifest {
  /** Of the run. */
  id: string;
  signed: SignedManifest;
  /** SHA-256 of the JSON text, hex. */
  sha256: string;
}

/** Writes the record into a copy. */
export function writeManifest(target: Session, { id, signed }: StoredManifest): Promise<void> {
  return storeManifest(target, id, signed);
}

/**
 * Writes the record beside the database, below the base folder of its instance; the newest replaces the one before.
 * `database` is one of its own beside the instance's, whose record stays.
 */
export async function fileManifest(base: string, { id, signed }: StoredManifest, database?: string): Promise<void> {
  const file = manifestFile(base, database);
  await mkdir(dirname(file), { recursive: true });
  const { text, ...by } = signed;
  await writeFileAtomic(file, `${JSON.stringify({ id, ...by, document: text })}\n`);
}

/** Where `fileManifest` writes. */
export function manifestFile(base: string, database?: string): string {
  return join(base, ".deploy", database === undefined ? "copy-manifest.json" : `copy-manifests/${database}.json`);
}

/** SHA-256 of a text, hex. */
export const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
