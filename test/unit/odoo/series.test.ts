import { expect, test } from "vitest";
import { knownSeries, seriesFacts, seriesOfRelease } from "../../../src/odoo/series.ts";

test.each([
  ["version_info = (19, 0, 0, FINAL, 0, '')", "19.0"],
  ["x = 1\nversion_info = ('saas~18', 2, 0, FINAL, 0, '')", "saas~18.2"],
  ["version_info = (20, 0, 0, FINAL, 0, '')\n", "20.0"],
  ["version = '1'", undefined],
])("%s is %s", (text, series) => {
  expect(seriesOfRelease(text)).toBe(series);
});

test("every known series has facts, no other", () => {
  expect(knownSeries).toHaveLength(7);
  expect(knownSeries.every((series) => seriesFacts(series)?.series === series)).toBe(true);
  expect(seriesFacts("13.0")).toBeUndefined();
  expect(seriesFacts("toString")).toBeUndefined();
});

test("what differs where it hurts", () => {
  expect(seriesFacts("14.0")).toMatchObject({ healthPath: undefined, neutralizes: false, resumesKilledUpdate: true });
  expect(seriesFacts("19.0")).toMatchObject({ resumesKilledUpdate: false, versionCommit: "with-module" });
  expect(seriesFacts("20.0")).toMatchObject({
    locksRegistry: true,
    defaultInterface: "127.0.0.1",
    minimumPostgres: 16,
  });
});
