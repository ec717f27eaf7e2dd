import { describe, expect, test } from "vitest";
import { parseEvent, refuseDangerousEvent } from "../../../src/runner/event.ts";

const a = "a".repeat(40);
const b = "b".repeat(40);
const zeros = "0".repeat(40);

test.each([
  [
    "push",
    { ref: "refs/heads/dev", before: a, after: b, forced: true, created: false, deleted: false },
    { name: "push", ref: "refs/heads/dev", before: a, after: b, forced: true, created: false, deleted: false },
  ],
  [
    "push",
    { ref: "refs/heads/new", before: zeros, after: b, created: true },
    { name: "push", ref: "refs/heads/new", before: null, after: b, forced: false, created: true, deleted: false },
  ],
  [
    "push",
    { ref: "refs/heads/old", before: a, after: zeros, deleted: true },
    { name: "push", ref: "refs/heads/old", before: a, after: null, forced: false, created: false, deleted: true },
  ],
  [
    "merge_group",
    { merge_group: { base_ref: "refs/heads/dev", base_sha: a, head_ref: "refs/heads/q", head_sha: b } },
    { name: "merge_group", base: { ref: "refs/heads/dev", sha: a }, head: { ref: "refs/heads/q", sha: b } },
  ],
  ["workflow_dispatch", { ref: "refs/heads/dev" }, { name: "workflow_dispatch", ref: "refs/heads/dev" }],
  ["schedule", {}, { name: "other", event: "schedule" }],
])("%s", (name, payload, event) => expect(parseEvent(name, payload)).toEqual(event));

describe("pull_request", () => {
  const payload = (headRepository: unknown) => ({
    number: 7,
    action: "opened",
    pull_request: {
      base: { ref: "dev", sha: a, repo: { id: 1 } },
      head: { ref: "feature", sha: b, repo: headRepository },
    },
  });

  test.each([
    ["same repository", { id: 1 }, false],
    ["fork", { id: 2 }, true],
    ["deleted fork", null, true],
  ])("of %s", (_what, repository, fork) => {
    const [base, head] = [
      { ref: "dev", sha: a },
      { ref: "feature", sha: b },
    ];
    expect(parseEvent("pull_request", payload(repository))).toEqual({
      ...{ name: "pull_request", number: 7, action: "opened", base, head, fork },
    });
  });
});

test.each([
  ["push", {}, "ref"],
  ["push", { ref: "refs/heads/dev", before: "$(id)", after: b }, "before"],
  ["push", null, "ref"],
  ["pull_request", { number: 7, action: "opened", pull_request: { base: { ref: "dev" } } }, "pull_request.base.sha"],
  ["pull_request", { number: "7" }, "number"],
  ["merge_group", { merge_group: { base_ref: "x", base_sha: zeros } }, "merge_group.base_sha"],
  ["workflow_dispatch", { ref: 5 }, "ref"],
])("%s with a wrong payload names the field", (name, payload, field) => {
  expect(() => parseEvent(name, payload)).toThrow(`at ${field}.`);
});

test("events of strangers are refused", () => {
  for (const name of ["pull_request_target", "workflow_run", "issue_comment"]) {
    expect(() => refuseDangerousEvent(name)).toThrow(name);
  }
  expect(() => refuseDangerousEvent("push")).not.toThrow();
});
