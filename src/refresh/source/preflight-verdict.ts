import { ExpectedError } from "../../platform/errors.ts";
import { bytes } from "../../platform/text.ts";

/** A PostgreSQL server as one of its sessions sees it. */
export interface ServerFacts {
  systemIdentifier: string;
  version: number;
  inRecovery: boolean;
  startedAt: string;
  database: string;
}

/** What is known before anything is written. */
export interface PreflightFacts {
  source: ServerFacts;
  target: ServerFacts;
  sourceBytes: number;
  exclusiveLocks: number;
  /** A deployment to the source's instance holds its lock. */
  deploying: boolean;
  mayCreateDatabases: boolean;
  missingExtensions: string[];
  /** The database that is to be replaced. */
  staging: "absent" | "empty" | "neutralized" | "live" | "foreign" | "closed";
  /** Undefined: could not be measured. */
  freeBytes: number | undefined;
}

/** Things worth telling that do not stop a refresh; throws ExpectedError for the first thing that does. */
export function judgePreflight(facts: PreflightFacts): string[] {
  const refusal = refusals(facts).find((candidate) => candidate.applies);
  if (refusal) throw new ExpectedError(refusal);
  const warnings: string[] = [];
  if (facts.freeBytes === undefined) {
    warnings.push(
      "Free disk space of the target's server was not measured: its data directory cannot be read from here.",
    );
  }
  if (facts.source.inRecovery) {
    warnings.push("The source is a standby: vacuum on its primary may end the snapshot.");
  }
  return warnings;
}

function refusals(facts: PreflightFacts) {
  const { source, target } = facts;
  const sameServer = source.systemIdentifier === target.systemIdentifier;
  const major = (version: number) => Math.floor(version / 10_000);
  const needed = facts.sourceBytes * 1.2;
  return [
    {
      applies: sameServer && source.database === target.database,
      code: "same-database",
      message: `Source and target are the same database, ${source.database} on one server.`,
      remedy: "Give staging's odoo.conf its own db_name.",
    },
    ...targetRefusals(facts.staging, target.database),
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
    {
      applies: !facts.mayCreateDatabases,
      code: "no-createdb",
      message: "The role of staging's odoo.conf may not create databases.",
      remedy: "ALTER ROLE ... CREATEDB, as an administrator of the target's server.",
    },
    {
      applies: facts.missingExtensions.length > 0,
      code: "missing-extensions",
      message: `The target's server has no extension ${facts.missingExtensions.join(", ")}, which production uses.`,
      remedy: "Install the package that brings it (usually postgresql-contrib).",
    },
    {
      applies: facts.deploying,
      code: "source-deploying",
      message: `A deployment works on the source, ${source.database}: its rows and its schema are about to change.`,
      remedy: "Wait until the deployment of production has ended, then run again.",
    },
    {
      applies: facts.exclusiveLocks > 0,
      code: "source-busy",
      message: `${facts.exclusiveLocks} exclusive lock(s) are held or awaited on production's tables: something changes their shape.`,
      remedy: "Run the refresh when no deployment is running on production.",
    },
    {
      applies: facts.freeBytes !== undefined && facts.freeBytes < needed,
      code: "disk-full",
      message: `The target's server has ${bytes(facts.freeBytes ?? 0)} free; a copy of production may need ${bytes(needed)}.`,
      remedy: "Free space, or drop databases kept from earlier runs.",
    },
  ];
}

/** What may not be replaced: a database that may be somebody's live one, or that is none of Odoo. */
function targetRefusals(staging: PreflightFacts["staging"], database: string) {
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
export function judgeTarget(staging: PreflightFacts["staging"], database: string): void {
  const refusal = targetRefusals(staging, database).find(({ applies }) => applies);
  if (refusal) throw new ExpectedError(refusal);
}
