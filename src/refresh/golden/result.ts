import type { RefreshResult } from "../request.ts";
import type { RefreshRun } from "../run.ts";
import type { GoldenCopy } from "./find.ts";
import type { GoldenProof } from "./proof.ts";

/** Puts together what is reported of a database that was made from the golden copy; `proof` is absent in a dry run. */
export function describeCopy(
  run: Pick<RefreshRun, "request" | "seconds" | "warnings">,
  { name, record }: Pick<GoldenCopy, "name"> & Partial<GoldenCopy>,
  proof: GoldenProof | undefined,
  outcome: Pick<RefreshResult, "activated" | "database" | "previous" | "databaseBytes" | "files">,
): RefreshResult {
  const { manifest, stored } = proof ?? {};
  const keptBy = (by: string) => manifest?.kept.filter((column) => column.by === by).length ?? 0;
  return {
    id: run.request.id,
    ...outcome,
    ...(record ? { snapshotAt: record.snapshotAt } : {}),
    ...(stored ? { manifestSha256: stored.sha256 } : {}),
    planSha256: manifest?.planSha256 ?? "",
    tables: { copied: manifest?.tables.length ?? 0, emptied: manifest?.emptied.length ?? 0 },
    rows: manifest?.rows ?? 0,
    bytes: 0,
    slowest: [],
    masks: manifest?.masks ?? {},
    emptied: manifest?.emptied.map(({ name: table, because }) => ({ table, because })) ?? [],
    kept: { byRule: keptBy("rule"), byCatalogue: keptBy("catalogue"), byType: keptBy("type") },
    seconds: run.seconds,
    warnings: run.warnings,
    way: { kind: "golden", because: `a copy of ${name}` },
  };
}
