import { describe, expect, it } from "vitest";
import { byModule, type Change, moduleOf, parseChanges } from "../../../src/release/changes.ts";
import { EVIDENCE_KIND, parseEvidence } from "../../../src/release/evidence.ts";
import { renderReport } from "../../../src/release/report.ts";
import type { Review } from "../../../src/release/verify.ts";

const COMMIT = "c".repeat(40);
const BASE = "b".repeat(40);
const URL = "https://github.example/acme/addons";

describe("moduleOf", () => {
  it.each([
    ["addons/sale_x/models/a.py", ["addons"], "sale_x"],
    ["addons/README.md", ["addons"], undefined],
    ["README.md", ["."], undefined],
    ["sale_x/a.py", ["."], "sale_x"],
    [".github/odoo-pipeline.yml", ["."], undefined],
    ["third/party/web_x/a.js", ["third", "third/party"], "web_x"],
    ["third/mod_y/a.js", ["third", "third/party"], "mod_y"],
    ["addons2/sale_x/a.py", ["addons"], undefined],
  ])("%s in %j is %s", (path, addons, module) => {
    expect(moduleOf(path, addons)).toBe(module);
  });
});

it("reads git's log", () => {
  const output = `\u001e${COMMIT}\u001fAda\u001ffeat: a\n\naddons/b/x.py\naddons/a/x.py\naddons/a/y.py\n\u001e${BASE}\u001fBob\u001fdocs\n\nREADME.md\n`;
  expect(parseChanges(output, ["addons"])).toEqual([
    { sha: COMMIT, author: "Ada", subject: "feat: a", modules: ["a", "b"] },
    { sha: BASE, author: "Bob", subject: "docs", modules: [] },
  ]);
  expect(parseChanges("", ["addons"])).toEqual([]);
});

it("groups changes, the most changed module first and the rest last", () => {
  const change = (...modules: string[]): Change => ({ sha: COMMIT, author: "Ada", subject: "x", modules });
  const groups = byModule([change(), change(), change(), change("a"), change("b", "a")]);
  expect(groups.map(([module, list]) => [module, list.length])).toEqual([
    ["a", 2],
    ["b", 1],
    ["", 3],
  ]);
});

describe("parseEvidence", () => {
  it.each([
    ["nothing", undefined],
    ["null", null],
    ["text", "deployed by hand"],
    ["another tool's payload", { kind: "capistrano" }],
    ["a list", [1]],
  ])("leaves %s alone", (_, payload) => {
    expect(parseEvidence(payload)).toBe("foreign");
  });

  it("names what is malformed, without its value", () => {
    const parsed = parseEvidence({ kind: EVIDENCE_KIND, commit: "<script>" });
    expect(parsed).toMatchObject({ problem: expect.stringContaining("malformed at commit, tree, run_id") });
    expect(JSON.stringify(parsed)).not.toContain("script");
  });
});

describe("renderReport", () => {
  const refused: Review = {
    commit: COMMIT,
    base: {},
    ruleChanges: [],
    verdict: {
      passed: false,
      checks: [
        {
          name: "Evidence of this very commit",
          outcome: "failed",
          found: "never | deployed",
          cure: "Push the commit to staging",
        },
        { name: "Descends from production", outcome: "not measured", found: "no earlier release is known" },
      ],
    },
  };

  it("says first why a release is refused and what to do", () => {
    const [title, reason] = renderReport(refused, URL, new Date()).split("\n\n");
    expect(title).toBe(`## Release ${COMMIT.slice(0, 12)}: refused`);
    expect(reason).toContain("**Evidence of this very commit**: never \\| deployed. Push the commit to staging");
  });

  it("never shows as passed what nobody measured", () => {
    const report = renderReport(refused, URL, new Date());
    expect(report).toContain("| ⚪ not measured | Descends from production |");
    expect(report).toContain("| Staging | **not measured**: no evidence |");
    expect(report).not.toContain("passed");
  });

  it("lists at most five commits of a module", () => {
    const changes = Array.from({ length: 8 }, (_, n) => ({
      sha: COMMIT,
      author: "Ada",
      subject: `change ${n}`,
      modules: ["a"],
    }));
    const report = renderReport({ ...refused, base: { sha: BASE, descends: true }, changes }, URL, new Date());
    expect(report).toContain("change 4");
    expect(report).not.toContain("change 5");
    expect(report).toContain("and 3 more");
  });
});
