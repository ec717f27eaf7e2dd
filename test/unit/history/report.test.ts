import { expect, test } from "vitest";
import { graph, headline, json, markdown, reportOf } from "../../../src/history/report.ts";
import { findingsOf } from "../../../src/history/verdict.ts";
import { commit, comparison, sha } from "./samples.ts";

const merge = commit("m", { parents: [sha("1"), sha("2")] });
const fixup = commit("f", { subject: "fixup! x" });
const diverged = comparison({
  ahead: [fixup, merge, commit("a")],
  behind: [commit("b"), commit("c")],
  forkPoint: sha("9"),
});

test("the picture of diverged branches shows the fork, merges and fixups", () => {
  expect(graph(diverged)).toBe(
    [
      "999999999 ●─┬─○──○  staging (555555555)",
      "            ╰─○──M──F  dev (ddddddddd)",
      "M merge commit, F fixup",
    ].join("\n"),
  );
});

test("the picture of a branch on its base is one line", () => {
  expect(graph(comparison({ ahead: [commit("a"), commit("b")] }))).toBe("staging (555555555) ●──○──○  dev (ddddddddd)");
  expect(graph(comparison())).toBe("● staging (555555555) = dev (ddddddddd)");
});

test("a long branch is cut on its old side", () => {
  const ahead = Array.from({ length: 300 }, () => commit("a"));
  expect(graph(comparison({ ahead }))).toMatch(/●──┄┄○(──○){11} {2}dev/);
});

test("foreign text is inert in the summary", () => {
  const evil = commit("a", { subject: "fixup! <img src=x> | @team [x](http://evil)", author: "a|b" });
  const head = { name: "a```b", sha: sha("d") };
  const facts = comparison({ head, ahead: [evil] });
  const text = markdown(reportOf([facts], findingsOf(facts)));
  expect(text).not.toMatch(/<img|[^\\]\| @team|\]\(http|@team/);
  expect(text).toContain("````text"); // the fence outgrows the backticks of the name
});

test("verdict, counts and commits are in summary and JSON", () => {
  const report = reportOf([diverged], findingsOf(diverged));
  expect(headline(report)).toMatch(
    /^not linear: dev does not contain staging: 2 commits on staging are missing; dev has 1 merge commit/,
  );
  expect(markdown(report)).toContain("History is not linear");
  expect(JSON.parse(json(report))).toMatchObject({
    verdict: "broken",
    comparisons: [{ ahead: 3, behind: 2, forkPoint: sha("9"), head: { name: "dev" } }],
    findings: [
      { rule: "behind-base", total: 2 },
      { rule: "merge-commit", total: 1 },
      { rule: "autosquash", total: 1 },
    ],
  });
});

test("the JSON of a hopeless branch stays far below what an output may hold", () => {
  const many = Array.from({ length: 60_000 }, () =>
    commit("b", { parents: [sha("1"), sha("2")], subject: "x".repeat(120) }),
  );
  const facts = comparison({ ahead: many, behind: many });
  expect(json(reportOf([facts], findingsOf(facts))).length).toBeLessThan(200_000);
  expect(markdown(reportOf([facts], findingsOf(facts))).length).toBeLessThan(100_000);
});
