import type { Commit, Comparison } from "../../../src/history/facts.ts";
import { RULES } from "../../../src/history/facts.ts";

/** A full id made of one letter. */
export const sha = (letter: string) => letter.repeat(40);

/** A commit with one parent and a signature, unless told otherwise. */
export function commit(letter: string, changes: Partial<Commit> = {}): Commit {
  return {
    sha: sha(letter),
    parents: [sha("0")],
    author: "Ada",
    subject: `change ${letter}`,
    signed: true,
    ...changes,
  };
}

/** dev at "d" on staging at "5", equal to the fork point, unless told otherwise. */
export function comparison(changes: Partial<Comparison> = {}): Comparison {
  return {
    head: { name: "dev", sha: sha("d") },
    base: { name: "staging", sha: sha("5") },
    rules: RULES.filter((rule) => rule !== "rewritten"),
    ahead: [],
    behind: [],
    forkPoint: sha("5"),
    duplicates: [],
    ...changes,
  };
}
