import { expect, test } from "vitest";
import pkg from "../../../package.json" with { type: "json" };
import { VERSION } from "../../../src/platform/version.ts";
import { describeSample } from "../../../src/refresh/plan/sample.ts";
import { suggestFor } from "../../../src/refresh/plan/suggest.ts";
import type { ResidualScan } from "../../../src/refresh/verify/scan.ts";
import { judgeScan } from "../../../src/refresh/verify/scan-verdict.ts";
import { column } from "../refresh/facts.ts";

const clean: ResidualScan = {
  columns: 7,
  findings: [],
  explained: [],
  unlike: [],
  known: { phone: 3 },
  notMeasured: [],
  onlyWritten: false,
};
const finding = { table: "res_partner", column: "ref", detector: "phone" as const, count: 2 };

test.each<[string, Partial<ResidualScan>, string, string]>([
  ["a scan without a finding", {}, "passed", "7 columns scanned; known values looked for: 3 phone"],
  ["what is explained", { explained: [finding] }, "passed", "7 columns scanned"],
  ["a finding", { findings: [finding] }, "failed", "res_partner.ref: phone (2 rows)"],
  ["a known value", { findings: [{ ...finding, detector: "known phone" }] }, "failed", "known phone (2 different)"],
  ["what could not be looked at", { notMeasured: ["a.b: too long"] }, "not measured", "a.b: too long"],
  ["a finding beside it", { findings: [finding], notMeasured: ["a.b: too long"] }, "failed", "res_partner.ref"],
])("%s is told", (_, changes, outcome, detail) => {
  expect(judgeScan({ ...clean, ...changes })).toMatchObject({ outcome, detail: expect.stringContaining(detail) });
});

test("the mask that is proposed follows from what is there, where most of it is of one kind", () => {
  const sample = (hits: object, filled = 100) => ({ column: "x", rows: 1000, filled, hits });
  const text = column("x", "text");
  expect(suggestFor(text, "text", sample({ "e-mail": 90, phone: 2 }))).toBe("email");
  expect(suggestFor(text, "text", sample({ phone: 51 }))).toBe("phone");
  expect(suggestFor(text, "html", sample({ "e-mail": 10 }))).toBe("html");
  expect(suggestFor(text, "name", sample({}, 0))).toBe("name");
  expect(suggestFor(text, "name", undefined)).toBe("name");
  expect(suggestFor(text, "text", sample({ "provider secret": 100 }))).toBe("secret");
  expect(suggestFor(column("x", "jsonb"), "json", sample({ "e-mail": 100 }))).toBe("json");
  expect(describeSample(sample({ IBAN: 4, phone: 3 }))).toBe("looked at 1000 rows: 0 e-mail, 3 phone, 4 IBAN");
});

test("records name the version of the package", () => {
  expect(VERSION).toBe(pkg.version);
});
