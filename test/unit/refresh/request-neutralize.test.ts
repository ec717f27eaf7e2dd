import { expect, test } from "vitest";
import { parsePipelineFile } from "../../../src/environment/pipeline-file.ts";
import { neutralizeReport, neutralizeRequest } from "../../../src/refresh/neutralize/request-neutralize.ts";

const file = (stagingOn: string, refresh = "") =>
  parsePipelineFile(
    `version: 1
odoo: { series: "19.0", command: /opt/odoo/odoo-bin }
nodes:
  production: { host: erp.example.com, user: odoo }
  testing: { host: test.example.com, user: odoo }
environments:
  production: { role: production, branch: production, url: https://erp.example.com, node: production }
  staging: { role: staging, branch: staging, url: https://staging.example.com, node: ${stagingOn} }
refresh: { ${refresh} }
`,
    "pipeline.yml",
  );

test("production is never neutralized, whatever its name", () => {
  expect(() => neutralizeRequest(file("testing"), "production", "secret")).toThrow(
    expect.objectContaining({ code: "production-protected" }),
  );
});

test("production is compared with where it is on the same node", () => {
  const near = neutralizeRequest(file("production"), "staging", "secret");
  expect([near.target.name, near.source?.name]).toEqual(["staging", "production"]);
  expect(neutralizeRequest(file("testing"), "staging", "secret")).not.toHaveProperty("source");
});

test("single sign-on is treated as the pipeline file says, and goes off unless it says so", () => {
  const oauth = (refresh?: string) => neutralizeRequest(file("testing", refresh), "staging", "secret").oauth;
  expect([oauth(), oauth("oauth: off"), oauth("oauth: keep")]).toEqual(["off", "off", "keep"]);
});

test("the summary tells what was changed and looked at", () => {
  const checks = [{ name: "no live webhook", outcome: "passed" as const, detail: "ir_act_server looked at" }];
  const result = {
    database: "staging",
    modules: ["base", "mail"],
    changed: { "crons off": 2, "LDAP removed": 0 },
    checks,
    warnings: ["nobody can log in"],
  };
  const report = neutralizeReport(result, "staging");
  expect(report).toContain("neutralize.sql of 2 modules");
  expect(report).toContain("crons off: 2");
  expect(report).not.toContain("LDAP");
  expect(report).toContain("no live webhook: passed");
  expect(report).toContain("> nobody can log in");
});
