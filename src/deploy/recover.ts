import { dataOf, type JournalEntry, statusOf } from "./journal.ts";

/** The names that the databases of one deployment may have. */
export interface DatabaseNames {
  live: string;
  /** The one that is changed, until it takes the live one's name. */
  work: string;
  /** The old one, once another has its name. */
  restorePoint: string;
  /** The changed one of a deployment that went back, kept to be looked at. */
  failed: string;
}

/** What is found when a deployment did not come to its end. */
export interface RecoveryFacts {
  entries: readonly JournalEntry[];
  names: DatabaseNames;
  /** Databases that exist now. */
  databases: ReadonlySet<string>;
  /** The release that `current` leads to now. */
  current: string | undefined;
}

/** What brings an instance to exactly one version of code and data. */
export interface Recovery {
  /**
   * nothing: it was never closed; reopen: the old code and the old database, which was never changed; roll-forward: the
   * new version has taken the place; lost: there is no database of the live name to open, so all stays closed.
   */
  outcome: "nothing" | "reopen" | "roll-forward" | "lost";
  /** Where `current` has to lead; "keep" leaves it. */
  link: { to: string | undefined } | "keep";
  startService: boolean;
}

/**
 * Decides from the journal and the names that exist how to end a deployment that was cut short. The commit point is in
 * OPEN: for data the moment in which the changed database takes the live one's name, one transaction of the server; for
 * code alone the start of the service.
 */
export function decideRecovery(facts: RecoveryFacts): Recovery {
  const { entries } = facts;
  const closed = dataOf(entries, "CLOSE");
  const still: Recovery = { outcome: "nothing", link: "keep", startService: false };
  if (statusOf(entries, "CLOSE") === undefined) return still;
  const back: Recovery = {
    outcome: "reopen",
    startService: closed.wasRunning === true,
    link: linkBack(facts, closed.previous),
  };
  const forward: Recovery = { ...still, outcome: "roll-forward", startService: true };
  if (closed.database === "untouched") {
    // Code alone can always be taken back; that of a dead driver may serve already.
    const opening = statusOf(entries, "OPEN");
    return opening === undefined || opening === "failed" ? back : forward;
  }
  if (tookPlace(facts)) return forward;
  return isLost(facts) ? { ...still, outcome: "lost" } : back;
}

function linkBack(facts: RecoveryFacts, previous: unknown): Recovery["link"] {
  if (statusOf(facts.entries, "SWITCH") === undefined) return "keep";
  const to = typeof previous === "string" ? previous : undefined;
  return facts.current === to ? "keep" : { to };
}

/** Whether the changed database has the live one's name: it has lost its own, and only OPEN renames it. */
function tookPlace({ entries, names, databases }: RecoveryFacts): boolean {
  if (statusOf(entries, "OPEN") === undefined || databases.has(names.work)) return false;
  const { fresh } = dataOf(entries, "RESTORE-POINT");
  return databases.has(names.live) && (fresh === true || databases.has(names.restorePoint));
}

/** The live database was there when the deployment began, and is not any more: somebody has dropped or renamed it. */
function isLost({ entries, names, databases }: RecoveryFacts): boolean {
  return dataOf(entries, "RESTORE-POINT").fresh !== true && !databases.has(names.live);
}
