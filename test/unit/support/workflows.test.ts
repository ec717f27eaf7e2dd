import { describe, expect, test } from "vitest";
import { grantedPermissions, matches } from "../../support/act/workflows.ts";

describe("branch patterns", () => {
  test.each([
    [["staging"], "staging", true],
    [["staging"], "staging2", false],
    [["release/*"], "release/1", true],
    [["release/*"], "release/1/2", false],
    [["release/**"], "release/1/2", true],
    [["**", "!dev"], "dev", false],
    [["v1.0"], "v1x0", false],
    [[], "dev", false],
  ])("%j on %s: %s", (patterns, branch, expected) => {
    expect(matches(patterns, branch)).toBe(expected);
  });
});

describe("permissions of GITHUB_TOKEN", () => {
  test.each([
    [
      "the union over the jobs",
      "permissions: {}\njobs: { a: { permissions: { contents: read } }, b: { permissions: { contents: write, pull-requests: read } } }",
      { contents: "write", pull_requests: "read" },
    ],
    [
      "the workflow's block where a job has none",
      "permissions: { deployments: write }\njobs: { a: {} }",
      { deployments: "write" },
    ],
    ["nothing when the workflow says so", "permissions: {}\njobs: { a: {} }", {}],
    ["the restricted default without any block", "jobs: { a: {} }", { contents: "read" }],
    [
      "all to read",
      "permissions: read-all\njobs: { a: {} }",
      { actions: "read", contents: "read", deployments: "read", pull_requests: "read" },
    ],
  ])("%s", (_, text, expected) => {
    expect(grantedPermissions(text)).toEqual(expected);
  });
});
