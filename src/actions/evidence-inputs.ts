import { ExpectedError } from "../platform/errors.ts";
import type { Evidence } from "../release/evidence.ts";

/** Module names out of an output of deploy-odoo: a JSON list, or names by comma, space or line. */
export function moduleNames(text: string | undefined): string[] {
  return (text ?? "").split(/[^A-Za-z0-9_]+/).filter((name) => name !== "");
}

/** A SHA-256 in hex, null when the step before had none; throws ExpectedError "invalid-evidence" for anything else. */
export function optionalDigest(input: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw invalid(input, "a SHA-256 of 64 hexadecimal digits");
}

/** The masked copy as refresh-staging-db described it; null when it made none. All three parts or none. */
export function copyOf(manifest?: string, snapshotAt?: string, rows?: number, clean = false): Evidence["copy"] {
  const digest = optionalDigest("copy-manifest-sha256", manifest);
  if (digest === null && snapshotAt === undefined && rows === undefined) return null;
  if (digest === null) throw invalid("copy-manifest-sha256", "the digest of the copy, since the copy is described");
  const time = new Date(snapshotAt ?? "");
  if (Number.isNaN(time.getTime()))
    throw invalid("copy-snapshot-at", "the time of the snapshot, such as 2026-11-25T10:00:00Z");
  if (rows === undefined) throw invalid("copy-rows", "how many rows were copied");
  return { manifest_sha256: digest, source_snapshot_at: time.toISOString(), rows, clean };
}

/** Seconds of the update, with fractions. */
export function secondsOf(text: string): number {
  if (/^\d{1,7}(\.\d+)?$/.test(text)) return Number(text);
  throw invalid("update-seconds", "a number of seconds");
}

function invalid(input: string, wanted: string): ExpectedError {
  return new ExpectedError({
    code: "invalid-evidence",
    message: `The input ${input} is not usable as evidence.`,
    remedy: `Give ${wanted}: an output of the steps before, as our staging workflow does.`,
  });
}
