import { expect, test } from "vitest";
import type { Comparison, Rule } from "../../../src/history/facts.ts";
import { findingsOf, isLinear, parseRules } from "../../../src/history/verdict.ts";
import { commit, comparison, sha } from "./samples.ts";

const merge = commit("b", { parents: [sha("1"), sha("2")], subject: "Merge branch 'x'" });

const cases: [string, Partial<Comparison>, Rule[]][] = [
  ["on its base, nothing own", {}, []],
  ["clean commits", { ahead: [commit("a"), commit("b")] }, []],
  ["a merge commit", { ahead: [commit("a"), merge] }, ["merge-commit"]],
  ["a merge commit of the base is the base's matter", { ahead: [commit("a")], behind: [merge] }, ["behind-base"]],
  ["behind its base", { behind: [commit("a")] }, ["behind-base"]],
  [
    "the same change on both sides",
    { ahead: [commit("a")], behind: [commit("b")], duplicates: [{ ahead: sha("a"), behind: sha("b") }] },
    ["behind-base", "duplicate"],
  ],
  ["fixup!", { ahead: [commit("a", { subject: "fixup! change" })] }, ["autosquash"]],
  ["squash!", { ahead: [commit("a", { subject: "squash! change" })] }, ["autosquash"]],
  ["amend!", { ahead: [commit("a", { subject: "amend! change" })] }, ["autosquash"]],
  ["a subject about fixups", { ahead: [commit("a", { subject: "explain fixup! commits" })] }, []],
  ["unsigned", { ahead: [commit("a", { signed: false })] }, ["unsigned"]],
  ["a base that was force-pushed", { behind: [commit("a")], lostBase: sha("e") }, ["base-rewritten"]],
  ["a rewritten base that the head sits on again", { ahead: [commit("a")], lostBase: sha("e") }, []],
];

test.each(cases)("%s", (_title, facts, rules) => {
  const findings = findingsOf(comparison(facts));
  expect(findings.map(({ rule }) => rule)).toEqual(rules);
  expect(isLinear(findings)).toBe(rules.length === 0);
  for (const { cure, commits } of findings) expect([cure.length > 0, commits.length > 0]).toEqual([true, true]);
});

test("unrelated histories are told once, by their roots, and not as missing commits", () => {
  const { forkPoint: _none, ...facts } = comparison({
    ahead: [commit("a", { parents: [] })],
    behind: [commit("b", { parents: [] })],
  });
  const findings = findingsOf(facts);
  expect(findings.map(({ rule, commits }) => [rule, commits.map(({ subject }) => subject)])).toEqual([
    ["unrelated-histories", ["change a", "change b"]],
  ]);
});

test("a branch rewritten by a push names what was lost", () => {
  const base = { name: "production before the push", sha: sha("e") };
  const [finding] = findingsOf(comparison({ base, behind: [commit("e")], rules: ["rewritten"] }));
  expect(finding).toMatchObject({ rule: "rewritten", commits: [{ sha: sha("e") }] });
  expect(finding?.cure).toEqual([
    `git fetch origin ${sha("e")}`,
    `git push --force-with-lease=refs/heads/dev:${sha("d")} origin ${sha("e")}:refs/heads/dev`,
  ]);
});

test("a rule that only warns keeps the verdict", () => {
  const findings = findingsOf(comparison({ behind: [commit("a")], lostBase: sha("e") }), parseRules(["behind-base"]));
  expect([findings.map(({ severity }) => severity), isLinear(findings)]).toEqual([["warning"], true]);
});

test("rules that are not asked are not judged", () => {
  expect(findingsOf(comparison({ ahead: [merge], rules: ["behind-base"] }))).toEqual([]);
});

test("an unknown rule is refused with the list", () => {
  expect(() => parseRules(["merges"])).toThrowError(
    expect.objectContaining({ code: "unknown-rule", remedy: expect.stringContaining("merge-commit") }),
  );
});
