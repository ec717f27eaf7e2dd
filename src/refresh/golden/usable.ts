import { duration } from "../../platform/text.ts";
import { VERSION } from "../../platform/version.ts";
import type { GoldenRecord, SourceIdentity } from "./record.ts";

/** The source as it is now, for comparison with a golden copy's. */
export interface SourceNow {
  source: SourceIdentity;
  horizon: string;
  schemaSha256: string;
  at: Date;
}

// Transaction ids are compared modulo 2^32: half of it back, old and new can no longer be told apart.
const FARTHEST = 2n ** 31n - 100_000_000n;

/** Why a golden copy cannot be built upon, in words for the log and the report; undefined when it can. */
export function whyNotUsable(golden: GoldenRecord, now: SourceNow, goldenMs: number): string | undefined {
  const { source } = golden;
  if (source.systemIdentifier !== now.source.systemIdentifier || source.database !== now.source.database) {
    return "the golden copy is of another source";
  }
  if (source.databaseOid !== now.source.databaseOid)
    return "another database has the source's name since the golden copy";
  if (source.timeline !== now.source.timeline) {
    return "the source was promoted or restored since the golden copy, so that its transactions cannot be compared";
  }
  if (source.major !== now.source.major) return "the source's PostgreSQL was upgraded since the golden copy";
  // What it searches for decides what is proved, and a delta searches only what it writes.
  if (golden.tool !== VERSION) return "the golden copy was made by another version of the pipeline";
  if (golden.schemaSha256 !== now.schemaSha256) return "the source's schema changed since the golden copy";
  if (source.objectsSha256 !== now.source.objectsSha256) {
    return "tables or columns of the source were made anew since the golden copy";
  }
  const old = pastRetention(golden.bornAt, now.at, goldenMs);
  if (old !== undefined) return `the golden copy ${old}`;
  const distance = BigInt(now.horizon) - BigInt(golden.horizon);
  if (distance < 0n) return "the source's transactions went backwards since the golden copy";
  if (distance > FARTHEST) return "too many transactions ran since the golden copy";
  return undefined;
}

/** What is to be said of a golden copy that is past its retention (ms); undefined while it serves. */
export function pastRetention(bornAt: string, now: Date, goldenMs: number): string | undefined {
  const age = now.getTime() - Date.parse(bornAt);
  if (age <= goldenMs) return undefined;
  return `goes back ${duration(age)}, more than the ${duration(goldenMs)} of its retention`;
}
