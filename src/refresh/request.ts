import type { LeaveOut, RefreshRule } from "../environment/pipeline-schema.ts";
import type { Instance } from "../environment/resolve.ts";
import type { OAuthPolicy } from "../odoo/neutralize-oauth.ts";
import type { Clock } from "../platform/clock.ts";
import type { Log } from "../platform/log.ts";
import type { Connection } from "../platform/postgres.ts";
import type { CopiedTable } from "./copy/copy.ts";
import type { TargetNode } from "./node/target-node.ts";
import type { PlanReport } from "./plan/plan-mode.ts";
import type { SeenInKept } from "./verify/seen-in-kept.ts";

/** What a refresh is asked to do; plain JSON, sent to the host program. */
export interface RefreshRequest {
  /** `<run id>-<attempt>` of the workflow run; names the databases of this run, and by it they are cleaned up. */
  id: string;
  /** Where the rows come from; with `from: "golden"` the staging instance whose golden copy is taken. */
  source: Instance;
  target: Instance;
  /** How whoever runs the refresh reaches the source's database, where it is not by the source's odoo.conf. */
  connection?: Connection;
  /** Masked from the source's database (default), or taken from the golden copy that was kept of it. */
  from?: "production" | "golden";
  /** A database of its own beside the target's, made from the golden copy, such as one per branch. */
  branchDatabase?: { name: string; expiresAt: string };
  rules: RefreshRule[];
  /** Objects of the source's schema that the copy does without. */
  leaveOut?: LeaveOut[];
  /** Swap at the end, or leave the copy beside staging for the deployment to take. */
  activate: "now" | "with-deployment";
  /** A deployment follows, which brings the code to the data: modules without files are left to it. */
  codeFollows?: boolean;
  /** Password of every internal user on the copy. */
  stagingPassword: string;
  /** Classify, plan and lint only; nothing is written. */
  dryRun: boolean;
  /** Ed25519 private key (PEM) that signs the manifest of the copy. */
  signingKey?: string;
  /** Ed25519 public key (PEM or base64 of its SPKI) that must have signed the golden copy's manifest, with `from: "golden"`. */
  manifestPublicKey?: string;
  options?: RefreshOptions;
}

/** Limits of a refresh; each has a default. */
export interface RefreshOptions {
  /** Parallel copy streams (default 2). */
  jobs?: number;
  /** Look at every row that a foreign key speaks of, in parallel; default: the keys hold for what comes later only. */
  validateForeignKeys?: boolean;
  /** Large objects are never copied: say so and go on (default), or refuse. */
  largeObjects?: "skip" | "refuse";
  /** What becomes of single sign-on: off (default), or providers of auth_oauth that are enabled stay so. */
  oauth?: OAuthPolicy;
  /** How long anybody on production may wait for us before we stop, in ms (default 5000). */
  maxBlockMs?: number;
  /** How long the snapshot of production may be held before we stop, in ms (default 6 h). */
  maxSnapshotMs?: number;
  /** How long we wait for the locks on production's tables, in ms (default 5000). */
  lockTimeoutMs?: number;
  /** E-mail domains that may appear on the copy, besides the reserved ones. */
  allowedDomains?: string[];
  /** Copy everything, or only what changed since the golden copy; `auto` takes what is forecast to be faster (default full). */
  mode?: "auto" | "full" | "delta";
  /** Compare numbers of rows (default), or also sums of hashes of the masked rows, on both sides. */
  verify?: "counts" | "hash";
  /** A delta may skip tables whose statistics counters and file did not move since the golden copy (default false). */
  trustStatistics?: boolean;
  /** How long a golden copy is kept and built upon, in ms; 0 (default) keeps none. */
  goldenMs?: number;
  /** Refuse a role that can read more of production than the guard's masked views (default false). */
  requireEnforced?: boolean;
  /** How many databases that were staging before are kept (default 1). */
  keepPrevious?: number;
}

/** Events and collaborators of a refresh. */
export interface RefreshDeps {
  log: Log;
  clock: Clock;
  signal: AbortSignal;
  onPhase: (phase: string, status: "begin" | "done" | "failed", detail?: string) => void;
  /** The machine that carries the target; default: this one. */
  node?: TargetNode;
}

/** What a refresh did; becomes the outputs and the summary of the action. */
export interface RefreshResult {
  id: string;
  /** Name of the database that now is staging, or that waits for the deployment; absent on a dry run. */
  database?: string;
  activated: boolean;
  /** Name of the database that was staging before, when it was replaced. */
  previous?: string;
  manifestSha256?: string;
  snapshotAt?: string;
  planSha256: string;
  /** What kept real values from leaving production: its server's privileges, or the plan alone. */
  protectedBy?: "server" | "plan";
  tables: { copied: number; emptied: number };
  rows: number;
  bytes: number;
  /** The tables that took longest, at most ten. */
  slowest: CopiedTable[];
  masks: Record<string, number>;
  emptied: { table: string; because: string }[];
  kept: { byRule: number; byCatalogue: number; byType: number };
  /** What detectors saw in columns that are kept; counts, never a value. Absent when they saw nothing, or did not look. */
  seenInKept?: SeenInKept;
  seconds: Record<string, number>;
  warnings: string[];
  databaseBytes?: { source: number; copy: number };
  /** Whether everything was copied or only changes, why, and the seconds that were forecast for both. */
  way?: {
    kind: "full" | "delta" | "golden";
    because: string;
    forecast?: { full: number; delta: number };
    changed?: { tables: number; rows: number };
    /** Snapshot of the golden copy that a delta built upon (ISO 8601). */
    since?: string;
  };
  /** What a dry run found: the plan against the one before, and kept columns worth a second look. */
  plan?: PlanReport;
  /** Name of the golden copy that was kept of this run. */
  golden?: string;
  files?: { linked: number; copied: number; present: number; vanished: number };
}
