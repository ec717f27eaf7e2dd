import { describe, expect, test } from "vitest";
import { type Event, questionsOf, type Settings } from "../../../src/history/scope.ts";
import { sha } from "./samples.ts";

const settings: Settings = { order: ["dev", "staging", "production"], requireSigned: false };
const push = (branch: string, after: string | null = sha("a"), before: string | null = sha("b")): Event => {
  return { name: "push", ref: `refs/heads/${branch}`, before, after };
};
const pullRequest: Event = {
  name: "pull_request",
  base: { ref: "dev", sha: sha("b") },
  head: { ref: "topic", sha: sha("a") },
};
const group: Event = {
  name: "merge_group",
  base: { ref: "refs/heads/dev", sha: sha("b") },
  head: { ref: "refs/heads/gh-readonly-queue/dev/pr-1-abc", sha: sha("a") },
};
const dispatch = (branch: string): Event => ({ name: "workflow_dispatch", ref: `refs/heads/${branch}` });

/** "head@sha on base@sha: containment" of each question. */
function asked(event: Event, changes: Partial<Settings> = {}): string[] {
  const at = (sha?: string) => (sha === undefined ? "" : `@${sha.slice(0, 1)}`);
  return questionsOf(event, { ...settings, ...changes }).map(({ head, base, rules, earlierBase }) => {
    const containment = rules.find((rule) => rule === "behind-base" || rule === "rewritten");
    return `${head.name}${at(head.sha)} on ${base.name}${at(base.sha)}: ${containment}${earlierBase ? ` was ${at(earlierBase)}` : ""}`;
  });
}

describe("which history an event is about", () => {
  const cases: [string, Event, Partial<Settings>, string[]][] = [
    ["push to dev", push("dev"), {}, ["dev@a on staging: behind-base"]],
    ["push to staging", push("staging"), {}, ["staging@a on production: behind-base"]],
    [
      "push to production",
      push("production"),
      {},
      ["production@a on production before the push@b: rewritten", "staging on production@a: behind-base"],
    ],
    ["first push of production", push("production", sha("a"), null), {}, ["staging on production@a: behind-base"]],
    ["push to a topic branch", push("topic"), {}, ["topic@a on dev: behind-base"]],
    ["push to a topic branch with a base", push("topic"), { base: "staging" }, ["topic@a on staging: behind-base"]],
    ["another order", push("main"), { order: ["next", "main", "live"] }, ["main@a on live: behind-base"]],
    ["pull request", pullRequest, {}, ["topic@a on dev: behind-base was @b"]],
    ["pull request with another base", pullRequest, { base: "staging" }, ["topic@a on staging: behind-base"]],
    ["merge group", group, {}, ["gh-readonly-queue/dev/pr-1-abc@a on dev@b: behind-base"]],
    [
      "dispatch on the order",
      dispatch("dev"),
      {},
      ["dev on staging: behind-base", "staging on production: behind-base"],
    ],
    ["dispatch on a topic branch", dispatch("topic"), {}, ["topic on dev: behind-base"]],
    [
      "a named branch, whatever the event",
      { name: "other", event: "schedule" },
      { head: "staging" },
      ["staging on production: behind-base"],
    ],
  ];
  test.each(cases)("%s", (_title, event, changes, expected) => expect(asked(event, changes)).toEqual(expected));
});

test("signatures are a question only when asked", () => {
  expect(questionsOf(push("dev"), settings)[0]?.rules).not.toContain("unsigned");
  expect(questionsOf(push("dev"), { ...settings, requireSigned: true })[0]?.rules).toContain("unsigned");
});

describe("what cannot be asked", () => {
  const cases: [string, Event, Partial<Settings>, string][] = [
    ["a deleted branch", push("dev", null), {}, "deleted-branch"],
    ["a tag", { name: "push", ref: "refs/tags/v1", before: null, after: sha("a") }, {}, "not-a-branch"],
    ["another event", { name: "other", event: "release" }, {}, "unsupported-event"],
    ["the last branch of the order has no base", { name: "other", event: "x" }, { head: "production" }, "no-base"],
    ["a branch as its own base", push("staging"), { base: "staging" }, "same-branch"],
    ["a branch twice in the order", push("topic"), { order: ["dev", "dev"] }, "same-branch"],
    ["an option as base", push("topic"), { base: "-x" }, "invalid-branch-name"],
    [
      "an option as head of a pull request",
      { ...pullRequest, head: { ref: "--upload-pack=x", sha: sha("a") } },
      {},
      "invalid-branch-name",
    ],
    ["a name of 300 bytes", push("topic"), { base: "x".repeat(300) }, "invalid-branch-name"],
    ["a name with a line break", push("topic"), { base: "a\nb" }, "invalid-branch-name"],
  ];
  test.each(cases)("%s", (_title, event, changes, code) => {
    expect(() => questionsOf(event, { ...settings, ...changes })).toThrowError(expect.objectContaining({ code }));
  });
});
