import { expect, test } from "vitest";
import { summarize, vitestResult } from "../../../scripts/test-summary.ts";

const file = (name: string, seconds: number, status = "passed") => ({
  ...{ name: `/somewhere/test/${name}`, status, startTime: 1000, endTime: 1000 + seconds * 1000 },
  assertionResults: [{ fullName: `${name} works`, status }],
});

const report = (...files: Array<ReturnType<typeof file>>) => ({
  numPassedTests: files.filter(({ status }) => status === "passed").length,
  numFailedTests: files.filter(({ status }) => status === "failed").length,
  testResults: files,
});

test("the slowest files of all parts come first, and the last line counts", () => {
  const parts = [
    vitestResult("unit", 0, () => report(file("unit/a.test.ts", 2))),
    vitestResult("lab", 0, () => report(file("lab/b.test.ts", 61))),
  ];
  const { text, exitCode } = summarize(parts, [], true);
  expect(text.split("\n").slice(1, 4)).toEqual([
    "The 2 slowest test files:",
    "     61 s  test/lab/b.test.ts",
    "      2 s  test/unit/a.test.ts",
  ]);
  expect([text.split("\n").at(-1), exitCode]).toEqual(["2 passed, 0 failed", 0]);
});

test("what did not run is named, and fails on CI only", () => {
  const part = vitestResult("lab", 0, () => report(file("lab/a.test.ts", 1), file("lab/b.test.ts", 0, "skipped")));
  expect(summarize([part], [], false).text).toMatch(/not run: lab\/b\.test\.ts works\n1 passed, 0 failed$/);
  expect(summarize([part], [], true)).toMatchObject({
    exitCode: 1,
    text: expect.stringMatching(/1 passed, 1 failed$/),
  });
});

test.each([
  ["no report", 0, undefined],
  ["no test in it", 0, report()],
  ["a run that ended badly without a failed test", 1, report(file("unit/a.test.ts", 1))],
])("%s is a failure", (_, status, read) => {
  const part = vitestResult("unit", status, () => {
    if (read === undefined) throw new Error("ENOENT");
    return read;
  });
  expect(part.failed).toBe(1);
});
