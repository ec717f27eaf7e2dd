/** A commit for people and for rules, as its own object tells it. */
export interface Commit {
  sha: string;
  parents: string[];
  /** Name of the author, plain text. */
  author: string;
  /** First line of the message, plain text. */
  subject: string;
  /** Whether the object carries a signature; not whether anyone should trust it. */
  signed: boolean;
}

/** A commit with the name people know it by: a branch, or words such as "production before the push". */
export interface Point {
  name: string;
  sha: string;
}

/** What can be wrong with a history. */
export type Rule =
  | "merge-commit"
  | "behind-base"
  | "base-rewritten"
  | "rewritten"
  | "duplicate"
  | "autosquash"
  | "unrelated-histories"
  | "unsigned";

/** Every rule, in the order in which a person should repair. */
export const RULES: readonly Rule[] = [
  "unrelated-histories",
  "rewritten",
  "base-rewritten",
  "behind-base",
  "merge-commit",
  "duplicate",
  "autosquash",
  "unsigned",
];

/** How two commits relate, each list newest first: `ahead` only under the head, `behind` only under the base. */
export interface Comparison {
  head: Point;
  base: Point;
  rules: readonly Rule[];
  ahead: Commit[];
  behind: Commit[];
  /** A newest common commit; absent when the histories share none. */
  forkPoint?: string;
  /** Pairs of the same change, one on each side. */
  duplicates: { ahead: string; behind: string }[];
  /** Set when so many commits differ that the same changes were not searched. */
  duplicatesUnseen?: number;
  /** Where the base was when the pull request was opened or updated, when it has left the base branch since. */
  lostBase?: string;
}

/** One rule broken between one head and one base; `commits` are all that break it, newest first. */
export interface Finding {
  rule: Rule;
  severity: "error" | "warning";
  head: string;
  base: string;
  message: string;
  commits: Commit[];
  /** The commands that repair it, to be pasted into a clone of the repository. */
  cure: string[];
}
