import { ExpectedError } from "../platform/errors.ts";
import { plainText } from "../platform/log.ts";
import type { Commit, Comparison, Finding, Rule } from "./facts.ts";
import { RULES } from "./facts.ts";
import { cureOf } from "./repair.ts";

type Judge = (comparison: Comparison) => { message: string; commits: Commit[] } | undefined;

/** Whether the history is linear: no finding is an error. */
export function isLinear(findings: readonly Finding[]): boolean {
  return findings.every((finding) => finding.severity !== "error");
}

/** What is wrong between a head and its base, in the order to repair it; rules of `warnOnly` do not fail the verdict. */
export function findingsOf(comparison: Comparison, warnOnly: readonly Rule[] = []): Finding[] {
  return RULES.filter((rule) => comparison.rules.includes(asked(rule))).flatMap((rule): Finding[] => {
    const found = judges[rule](comparison);
    if (!found) return [];
    const severity = warnOnly.includes(asked(rule)) ? "warning" : "error";
    const names = { head: comparison.head.name, base: comparison.base.name };
    return [{ rule, severity, ...names, ...found, cure: cureOf(rule, comparison, found.commits) }];
  });
}

/** The rules that words name; throws `ExpectedError` for a word that names none. */
export function parseRules(words: readonly string[]): Rule[] {
  return words.map((word) => {
    const rule = RULES.find((known) => known === word);
    if (rule !== undefined) return asked(rule);
    const message = `"${plainText(word, 40)}" is no rule of a linear history`;
    throw new ExpectedError({ code: "unknown-rule", message, remedy: `give some of: ${RULES.join(" ")}` });
  });
}

// A base that was rewritten is the special case of a head that does not contain it.
function asked(rule: Rule): Rule {
  return rule === "base-rewritten" ? "behind-base" : rule;
}

const judges: Record<Rule, Judge> = {
  "unrelated-histories": (c) => {
    if (isRelated(c)) return undefined;
    const roots = [...c.ahead, ...c.behind].filter((commit) => commit.parents.length === 0);
    return { message: `${c.head.name} and ${c.base.name} have no commit in common`, commits: roots };
  },
  rewritten: (c) => {
    if (!isRelated(c) || c.behind.length === 0) return undefined;
    const lost = `${count(c.behind, "commit")} ${c.behind.length === 1 ? "is" : "are"} no longer on ${c.head.name}`;
    return { message: `${c.head.name} was rewritten by the push: ${lost}`, commits: c.behind };
  },
  "base-rewritten": (c) => {
    if (!isRelated(c) || c.behind.length === 0 || c.lostBase === undefined) return undefined;
    const was = `${c.base.name} was force-pushed: ${c.lostBase.slice(0, 12)} is no longer on it`;
    return { message: `${was}, and ${c.head.name} still sits on the old commits`, commits: c.behind };
  },
  "behind-base": (c) => {
    if (!isRelated(c) || c.behind.length === 0 || c.lostBase !== undefined) return undefined;
    const missing = `${count(c.behind, "commit")} on ${c.base.name} ${c.behind.length === 1 ? "is" : "are"} missing`;
    return { message: `${c.head.name} does not contain ${c.base.name}: ${missing}`, commits: c.behind };
  },
  "merge-commit": (c) => {
    const commits = c.ahead.filter((commit) => commit.parents.length > 1);
    return found(commits, `${c.head.name} has ${count(commits, "merge commit")} that ${c.base.name} has not`);
  },
  duplicate: (c) => {
    const twins = new Set(c.duplicates.map((pair) => pair.ahead));
    const commits = c.ahead.filter((commit) => twins.has(commit.sha));
    const message = `${count(commits, "change")} of ${c.head.name} ${commits.length === 1 ? "is" : "are"}`;
    return found(commits, `${message} on ${c.base.name} too, as other commits`);
  },
  autosquash: (c) => {
    const commits = c.ahead.filter((commit) => /^(fixup|squash|amend)! /.test(commit.subject));
    return found(commits, `${c.head.name} has ${count(commits, "commit")} meant to be squashed before the merge`);
  },
  unsigned: (c) => {
    const commits = c.ahead.filter((commit) => !commit.signed);
    return found(commits, `${c.head.name} has ${count(commits, "commit")} without a signature`);
  },
};

function isRelated(comparison: Comparison): boolean {
  return comparison.forkPoint !== undefined;
}

function found(commits: Commit[], message: string) {
  return commits.length === 0 ? undefined : { message, commits };
}

/** "1 commit", "2 commits". */
export function count(things: readonly unknown[] | number, noun: string): string {
  const number = typeof things === "number" ? things : things.length;
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
