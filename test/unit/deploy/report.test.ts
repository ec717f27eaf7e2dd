import { describe, expect, test } from "vitest";
import { bundlesOf } from "../../../src/deploy/health.ts";
import type { JournalEntry } from "../../../src/deploy/journal.ts";
import { deploymentId } from "../../../src/deploy/layout.ts";
import { downtimeSeconds } from "../../../src/deploy/outcome.ts";
import { deploymentError, deploymentReport } from "../../../src/deploy/report.ts";
import type { DeployResult } from "../../../src/deploy/request.ts";
import { isDeploymentId } from "../../../src/environment/run-ids.ts";

const result: DeployResult = {
  ...{ id: "i", outcome: "deployed", release: "r1", commit: "c".repeat(40), tree: "t", sha256: "s", mode: "update" },
  ...{
    updated: ["shop"],
    installed: [],
    phases: [{ phase: "UPDATE", seconds: 61 }],
    downtimeSeconds: 75,
    updateSeconds: 61,
  },
  ...{ warnings: ["careful <b>"], state: "Release r1 and its database serve." },
};
const failure = {
  ...{ phase: "UPDATE", code: "update-failed", message: "ValueError: <script>", remedy: "Correct the module." },
  traceback: "Traceback\n```\nValueError",
};

describe("report", () => {
  test("of a success", () => {
    const text = deploymentReport("staging", result);
    expect(text).toContain("Deployed: staging");
    expect(text).toContain("| UPDATE | 1 m 01 s |");
    expect(text).toContain("careful &lt;b&gt;");
  });

  test("of a failure: foreign words stay inert", () => {
    const text = deploymentReport("staging", { ...result, outcome: "rolled-back", failure });
    expect(text).not.toContain("<script>");
    expect(text).toContain("    ```\n    ValueError");
  });
});

describe("error", () => {
  test.each(["deployed", "noop"] as const)("none when %s", (outcome) => {
    expect(deploymentError("staging", { ...result, outcome })).toBeUndefined();
  });
  test("after a rollback, with the reason and the state", () => {
    const error = deploymentError("staging", { ...result, outcome: "rolled-back", failure, state: "Old serves." });
    expect(error).toMatchObject({ code: "deployment-rolled-back", remedy: "Correct the module." });
    expect(error?.message).toContain("UPDATE failed: ValueError");
    expect(error?.message).toContain("Old serves.");
  });
  test("before anything changed it keeps its own code", () => {
    expect(deploymentError("s", { ...result, outcome: "failed", failure })?.code).toBe("update-failed");
  });
});

test("downtime is from the closing to the opening, whichever version opened", () => {
  const entry = (phase: JournalEntry["phase"], status: JournalEntry["status"], second: number): JournalEntry => ({
    ...{ seq: 1, t: new Date(second * 1000).toISOString(), phase, status, data: {} },
  });
  expect(downtimeSeconds([entry("CLOSE", "begin", 10), entry("CLOSE", "done", 11), entry("OPEN", "done", 40)])).toBe(
    30,
  );
  expect(
    downtimeSeconds([entry("CLOSE", "begin", 10), entry("UPDATE", "failed", 20), entry("ROLLBACK", "done", 25)]),
  ).toBe(15);
  expect(downtimeSeconds([entry("PLAN", "failed", 10)])).toBe(0);
});

test("bundles of a page", () => {
  const html = `<link href="/web/assets/1/a/web.min.css"/><script src="/web/assets/1/b/web.min.js?x=1&amp;y=2"></script>
    <script src="/web/assets/1/b/web.min.js"></script><img src="/web/assets/logo.png"><a href="https://evil.test/web/assets/x.js">`;
  expect(bundlesOf(html)).toEqual(["/web/assets/1/a/web.min.css", "/web/assets/1/b/web.min.js"]);
});

test("ids sort by time and are recognised", () => {
  const id = deploymentId(new Date("2026-11-25T19:00:00.123Z"), "0123456789abcdef0123456789abcdef01234567");
  expect(id).toMatch(/^20261125t190000-0123456789ab-[0-9a-f]{4}$/);
  expect(isDeploymentId(id)).toBe(true);
  expect(["", "runtime", "../x", `${id}/..`].some(isDeploymentId)).toBe(false);
});
