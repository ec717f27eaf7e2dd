import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { demoPage } from "../../../scripts/demo/page.ts";
import type { DemoRecord } from "../../../scripts/demo/record.ts";
import { openBrowser } from "../../support/browser.ts";

const dir = mkdtempSync(join(tmpdir(), "demo-page-"));
afterAll(() => rmSync(dir, { recursive: true }));

const record: DemoRecord = {
  title: "One release",
  startedAt: "2026-11-25 10:00",
  phases: [
    { lane: "prepare", name: "servers", from: 0, to: 10_000 },
    { lane: "staging", name: "refresh <b>", from: 10_000, to: 30_000 },
    { lane: "production", name: "deploy", from: 30_000, to: 45_000 },
  ],
  instances: [{ name: "production", url: "http://127.0.0.1:8069", release: "abc" }],
  sample: { table: "res_partner", columns: ["name"], before: [["<script>alert(1)</script>"]], after: [["Contact 1"]] },
  refresh: { tables: 2, rows: 1234, seconds: 5, masks: { name: 3 }, kept: 4 },
  verdicts: [{ branch: "dev", verdict: "linear" }],
  updates: [{ environment: "production", updated: ["library_loans"], installed: [], seconds: 4, downtimeSeconds: 9 }],
  availability: [{ instance: "production", answers: 10, spans: [{ from: 0, to: 45_000, kind: "serving" }] }],
  leaks: { needles: 5, places: 3, found: 0 },
};

it("is drawn in a browser, on a phone too, without an error", async () => {
  const file = join(dir, "summary.html");
  writeFileSync(file, demoPage(record));
  await using browser = await openBrowser();
  const { page, problems } = browser;
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`file://${file}`);
  const bars = await page.$$eval("svg rect", (all) => all.map((bar) => bar.getBoundingClientRect().width));
  expect(bars).toHaveLength(record.phases.length + 1);
  expect(Math.min(...bars)).toBeGreaterThan(1);
  expect(await page.textContent("body")).toContain("<script>alert(1)</script>");
  const overflow = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
  expect(overflow).toBeLessThanOrEqual(0);
  expect(problems).toEqual([]);
});
