import { ExpectedError, type Problem } from "../../platform/errors.ts";
import { bytes } from "../../platform/text.ts";

/** A PostgreSQL server as one of its sessions sees it. */
export interface ServerFacts {
  systemIdentifier: string;
  version: number;
  inRecovery: boolean;
  startedAt: string;
  database: string;
}

/** What decides whether these two databases may be copied one over the other; no clean-up changes it. */
export interface IdentityFacts {
  source: ServerFacts;
  target: ServerFacts;
  /** The database that is to be replaced; closed: nobody may look into it now. */
  staging: "absent" | "empty" | "neutralized" | "live" | "foreign" | "closed";
}

/** Room on the disk of the target's server. */
export interface DiskFacts {
  /** Of the source's database without its large objects, which are not copied. */
  sourceBytes: number;
  /** Or why it was not measured: the server is on another machine, does not say where its data is, or that cannot be seen. */
  freeBytes: number | "elsewhere" | "not-told" | "out-of-sight";
  /** Of databases that a run drops before it begins. */
  reclaimableBytes: number;
  /**
   * What the golden copy takes beside the new database: nothing (there is to be none, or it shares its blocks), as much
   * once more, or that only when a delta on the one that is there does not do.
   */
  golden: "nothing" | "a-copy" | "a-copy-if-full";
  /** Role that builds the copy. */
  role: string;
}

/** What changes by the hour, and by cleaning up after a run that was killed. */
export interface StateFacts extends DiskFacts {
  exclusiveLocks: number;
  /** A deployment to the source's instance holds its lock. */
  deploying: boolean;
}

/** A problem, and whether it is there. */
export interface Candidate extends Problem {
  applies: boolean;
}

/** Throws ExpectedError for the first problem that is there. */
export function refuseFirst(candidates: readonly Candidate[]): void {
  const refusal = candidates.find(({ applies }) => applies);
  if (refusal) throw new ExpectedError(refusal);
}

/** Warnings about the two databases; throws ExpectedError when one must not be copied over the other. */
export function judgeIdentity({ source, target, staging }: IdentityFacts): string[] {
  const sameServer = source.systemIdentifier === target.systemIdentifier;
  const major = (version: number) => Math.floor(version / 10_000);
  refuseFirst([
    {
      applies: sameServer && source.database === target.database,
      code: "same-database",
      message: `Source and target are the same database, ${source.database} on one server.`,
      remedy: "Give staging's odoo.conf its own db_name.",
    },
    ...targetRefusals(staging, target.database),
    {
      applies: major(target.version) < major(source.version),
      code: "older-target",
      message: `The target's PostgreSQL ${major(target.version)} is older than the source's ${major(source.version)}.`,
      remedy: "Upgrade the target's server first.",
    },
    {
      applies: major(source.version) < 14,
      code: "old-server",
      message: `The source's PostgreSQL ${major(source.version)} is older than 14, the oldest that is supported.`,
      remedy: "Upgrade the server.",
    },
    {
      applies: target.inRecovery,
      code: "read-only-target",
      message: "The target's server is a standby and takes no writes.",
      remedy: "Connect staging's odoo.conf to the primary.",
    },
  ]);
  const warnings: string[] = [];
  if (staging === "closed") {
    warnings.push(
      `Database ${target.database} takes no connections, as a refresh that was killed or a deployment at work leaves it, so nobody looked whose it is.`,
    );
  }
  if (source.inRecovery) {
    warnings.push("The source is a standby: vacuum on its primary may end the snapshot.");
  }
  return warnings;
}

/** What may not be replaced: a database that may be somebody's live one, or that is none of Odoo. */
function targetRefusals(staging: IdentityFacts["staging"], database: string): Candidate[] {
  return [
    {
      applies: staging === "live",
      code: "target-protected",
      message: `Database ${database} is not neutralized (database.is_neutralized is not set), so it may be somebody's live database.`,
      remedy:
        "If it is staging, neutralize it once (odoo-bin neutralize) or drop it; if not, correct db_name in staging's odoo.conf.",
    },
    {
      applies: staging === "foreign",
      code: "target-protected",
      message: `Database ${database} holds tables but is no database of Odoo.`,
      remedy: "Correct db_name in staging's odoo.conf, or drop that database.",
    },
  ];
}

/** Throws ExpectedError "target-protected" when the database must not be replaced. */
export function judgeTarget(staging: IdentityFacts["staging"], database: string): void {
  refuseFirst(targetRefusals(staging, database));
}

/** Warnings about how things are just now; throws ExpectedError when a refresh could not go well. */
export function judgeState(facts: StateFacts, sourceName: string): string[] {
  const needed = neededBytes(facts);
  const room = typeof facts.freeBytes === "number" ? facts.freeBytes + facts.reclaimableBytes : undefined;
  const measured = `The target's server has ${bytes(room ?? 0)} free`;
  refuseFirst([
    {
      applies: facts.deploying,
      code: "source-deploying",
      message: `A deployment works on the source, ${sourceName}: its rows and its schema are about to change.`,
      remedy: "Wait until the deployment of production has ended, then run again.",
    },
    {
      applies: facts.exclusiveLocks > 0,
      code: "source-busy",
      message: `${facts.exclusiveLocks} exclusive lock(s) are held or awaited on production's tables: something changes their shape.`,
      remedy: "Run the refresh when no deployment is running on production.",
    },
    {
      applies: room !== undefined && room < needed.certain,
      code: "disk-full",
      message: `${measured}; a copy of production${facts.golden === "a-copy" ? " and the golden copy of it" : ""} may need ${bytes(needed.certain)}.`,
      remedy: diskRemedy(facts),
    },
  ]);
  if (room === undefined) return [unmeasured(facts)];
  if (room >= needed.most) return [];
  return [
    `${measured}: enough for a delta, but a full copy with a new golden copy may need ${bytes(needed.most)}. ${diskRemedy(facts)}`,
  ];
}

// The new database with the log of its making; a golden copy is made file by file and needs no log.
const WITH_LOG = 1.2;

function neededBytes({ sourceBytes, golden }: DiskFacts): { certain: number; most: number } {
  const copy = sourceBytes * WITH_LOG;
  const both = copy + sourceBytes;
  return { certain: golden === "a-copy" ? both : copy, most: golden === "nothing" ? copy : both };
}

function diskRemedy({ golden, role }: DiskFacts): string {
  const free = "Free space, or drop databases kept from earlier runs";
  if (golden === "nothing") return `${free}.`;
  return `${free}; or keep no golden copy (refresh.retention.golden: 0). Where the server is PostgreSQL 18 or later on a file system that shares blocks (Btrfs, XFS), a golden copy takes no room: ALTER ROLE ${role} SET file_copy_method = 'clone';`;
}

function unmeasured({ freeBytes, role }: DiskFacts): string {
  const said = "Free disk space of the target's server was not measured";
  if (freeBytes === "elsewhere") return `${said}: it is on another machine than staging's Odoo.`;
  if (freeBytes === "out-of-sight") return `${said}: its data directory cannot be seen from staging's node.`;
  return `${said}: role ${role} may not ask where its data is. As an administrator of that server: GRANT pg_read_all_settings TO ${role};`;
}
