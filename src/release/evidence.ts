import { z } from "zod";

/** Marks a deployment payload as ours, with the version of its shape. */
export const EVIDENCE_KIND = "odoo-release-pipeline/evidence@1";

const sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const modules = z.array(z.string().regex(/^[A-Za-z0-9_]{1,100}$/)).max(5000);

const evidence = z.object({
  kind: z.literal(EVIDENCE_KIND),
  commit: sha,
  tree: sha,
  run_id: z.int().positive(),
  run_attempt: z.int().positive(),
  workflow: z.string().max(300),
  modules: z.object({ updated: modules, installed: modules }),
  update_seconds: z.number().nonnegative(),
  /** The masked copy of production that the release ran on; null when staging kept its database. */
  copy: z
    .object({
      manifest_sha256: sha256,
      source_snapshot_at: z.iso.datetime({ offset: true }),
      rows: z.int().nonnegative(),
      /** Every check of the copy passed and nothing personal was found in it; evidence of earlier versions does not say. */
      clean: z.boolean().exactOptional(),
    })
    .nullable(),
  /** Digest of the release archive; null when the deployment found the commit already in place. */
  release_sha256: sha256.nullable(),
});

/** What a staging run says about one commit; the payload of a GitHub deployment. */
export type Evidence = z.infer<typeof evidence>;

/** Reads a deployment payload: the evidence, "foreign" when it is not ours, or what is wrong with it. */
export function parseEvidence(payload: unknown): Evidence | "foreign" | { problem: string } {
  const value = typeof payload === "string" ? parseJson(payload) : payload;
  const kind = (value as { kind?: unknown } | null | undefined)?.kind;
  if (typeof kind !== "string" || !kind.startsWith("odoo-release-pipeline/evidence@")) return "foreign";
  if (kind !== EVIDENCE_KIND) return { problem: `it has the shape ${kind}, which this version does not read` };
  const parsed = evidence.safeParse(value);
  if (parsed.success) return parsed.data;
  const paths = parsed.error.issues.map((issue) => issue.path.join(".") || "payload");
  return { problem: `its payload is malformed at ${[...new Set(paths)].join(", ")}` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
