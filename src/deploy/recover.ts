import { dataOf, type JournalEntry, statusOf } from "./journal.ts";

/** The names that the databases of one deployment may have. */
export interface DatabaseNames {
  live: string;
  restorePoint: string;
  failed: string;
}

/** What is found when a deployment did not come to its end. */
export interface RecoveryFacts {
  entries: readonly JournalEntry[];
  names: DatabaseNames;
  /** Databases that exist now. */
  databases: ReadonlySet<string>;
  /** The prepared database that was to take the place of the old one. */
  copy?: string | undefined;
  /** The release that `current` leads to now. */
  current: string | undefined;
  /** The new version may have answered somebody: known by a living driver, assumed of a dead one once OPEN began. */
  served: boolean;
}

/** What brings an instance back to exactly one version of code and data. */
export interface Recovery {
  /**
   * nothing: it was never closed; reopen: only code or service; restore: the database too; roll-forward: the new version;
   * lost: the database may be another than before and nothing is there to bring back, so all stays closed.
   */
  outcome: "nothing" | "reopen" | "restore" | "roll-forward" | "lost";
  renames: { from: string; to: string; connectable: boolean }[];
  drops: string[];
  /** Where `current` has to lead; "keep" leaves it. */
  link: { to: string | undefined } | "keep";
  startService: boolean;
}

/** Decides from the journal and the names that exist how to end a deployment that was cut short. */
export function decideRecovery(facts: RecoveryFacts): Recovery {
  const { entries } = facts;
  const closed = dataOf(entries, "CLOSE");
  const startService = closed.wasRunning === true;
  const still: Recovery = { outcome: "nothing", renames: [], drops: [], link: "keep", startService: false };
  if (statusOf(entries, "CLOSE") === undefined) return still;
  const back = { ...still, startService, link: linkBack(facts, closed.previous) };
  if (statusOf(entries, "OPEN") !== undefined && facts.served) {
    // a code-only change can always be taken back; data that somebody may have written since never is
    if (statusOf(entries, "OPEN") === "failed" && closed.database === "untouched")
      return { ...back, outcome: "reopen" };
    return { ...still, outcome: "roll-forward", startService: true };
  }
  if (restorePointIsLost(facts)) return { ...still, outcome: "lost" };
  const undo = undoDatabase(facts);
  return { ...back, ...undo, outcome: undo.renames.length > 0 ? "restore" : "reopen" };
}

function linkBack(facts: RecoveryFacts, previous: unknown): Recovery["link"] {
  if (statusOf(facts.entries, "SWITCH") === undefined) return "keep";
  const to = typeof previous === "string" ? previous : undefined;
  return facts.current === to ? "keep" : { to };
}

/** Whether the way back needs a restore point that is not there; one that was never made, or is back already, is not missed. */
function restorePointIsLost({ entries, names, databases, copy }: RecoveryFacts): boolean {
  const { kind, fresh } = dataOf(entries, "RESTORE-POINT");
  if (kind === undefined || fresh === true || databases.has(names.restorePoint)) return false;
  const cameBack = databases.has(names.failed) || dataOf(entries, "ROLLBACK").restored === true;
  if (cameBack && databases.has(names.live)) return false;
  if (kind === "template") return statusOf(entries, "UPDATE") !== undefined;
  const status = statusOf(entries, "RESTORE-POINT");
  // killed in the middle of the swap, which is one transaction: the copy has its own name until it is the database
  return status === "done" || (status === "begin" && copy !== undefined && !databases.has(copy));
}

/** The old database comes back by its name: only renames, which need no space and no time. */
function undoDatabase({ entries, names, databases }: RecoveryFacts): Pick<Recovery, "renames" | "drops"> {
  const { kind, fresh } = dataOf(entries, "RESTORE-POINT");
  const away = { from: names.live, to: names.failed, connectable: false };
  const drops = databases.has(names.failed) ? [names.failed] : [];
  // there was no database before: the copy that became one goes out of the way
  if (fresh === true && databases.has(names.live)) return { renames: [away], drops };
  if (kind === undefined || !databases.has(names.restorePoint)) return { renames: [], drops: [] };
  const bring = { from: names.restorePoint, to: names.live, connectable: true };
  if (!databases.has(names.live)) return { renames: [bring], drops: [] };
  // a template copy is whole only when the phase ended, and is needed only once the update began
  const updated = statusOf(entries, "RESTORE-POINT") === "done" && statusOf(entries, "UPDATE") !== undefined;
  if (kind === "template" && !updated) return { renames: [], drops: [names.restorePoint] };
  return { renames: [away, bring], drops };
}
