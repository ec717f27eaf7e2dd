import { expect, test } from "vitest";
import type { Instance } from "../../../src/environment/resolve.ts";
import { refreshRequestSchema } from "../../../src/refresh/request-schema.ts";

const staging: Instance = {
  ...{ name: "staging", role: "staging", nodeName: "node", url: "https://staging.example.com", series: "19.0" },
  ...{ base: "/srv/staging", config: "/srv/staging/odoo.conf", odooCommand: "/srv/staging/odoo-bin" },
  service: { kind: "custom", command: ["/srv/staging/service"] },
};

const accepted = (name: string) =>
  refreshRequestSchema.safeParse({
    ...{ id: "1-1", source: staging, target: staging, from: "golden", rules: [], activate: "now", dryRun: false },
    stagingPassword: "staging-password",
    branchDatabase: { name, expiresAt: "2026-11-01T00:00:00.000Z" },
  }).success;

test.each(["feature", "staging-42", "new_idea", "staging__feature"])("a branch's database may be called %s", (name) => {
  expect(accepted(name)).toBe(true);
});

test.each([
  ["../filestore/production", "whose folder is another database's"],
  ["staging__gold_42", "which would be taken for a golden copy"],
  ["staging__new_idea", "which the next refresh would drop"],
])("it may not be called %s, %s", (name) => {
  expect(accepted(name)).toBe(false);
});
