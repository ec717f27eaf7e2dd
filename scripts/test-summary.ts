/** What one part of the suite did. */
export interface PartResult {
  name: string;
  passed: number;
  failed: number;
  /** Names of tests that this machine could not run; each says its cure. */
  notRun: string[];
  seconds?: number;
  /** The test files of the part and how long each took. */
  files?: Array<{ name: string; seconds: number }>;
}

/** The fields that we read of vitest's JSON report. */
export interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  testResults: Array<{
    name: string;
    status: string;
    /** Milliseconds since 1970. */
    startTime: number;
    endTime: number;
    assertionResults: Array<{ fullName: string; status: string }>;
  }>;
}

/** Counts one vitest run; a run without a report or without a test has failed. */
export function vitestResult(name: string, status: number | null, read: () => VitestReport): PartResult {
  const report = readReport(read);
  if (report === undefined) return { name, passed: 0, failed: 1, notRun: [] };
  const notRun = report.testResults.flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === "skipped" || test.status === "pending")
      .map((test) => test.fullName),
  );
  const passed = report.numPassedTests;
  const nothingRan = passed + report.numFailedTests + notRun.length === 0;
  const brokenRun = status !== 0 && report.numFailedTests === 0;
  const files = report.testResults.map(({ name, startTime, endTime }) => ({
    name: name.slice(name.lastIndexOf("/test/") + 1),
    seconds: Math.round((endTime - startTime) / 1000),
  }));
  return { name, passed, failed: report.numFailedTests + (brokenRun || nothingRan ? 1 : 0), notRun, files };
}

function readReport(read: () => VitestReport): VitestReport | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** The closing lines and the exit code; on CI a part that was not run counts as failed. */
export function summarize(results: PartResult[], missing: string[], ci: boolean): { text: string; exitCode: number } {
  const notRun = [...missing, ...results.flatMap((result) => result.notRun)];
  const passed = results.reduce((sum, result) => sum + result.passed, 0);
  const failed = results.reduce((sum, result) => sum + result.failed, 0) + (ci ? notRun.length : 0);
  const rows = results.map(
    ({ name, passed, failed, notRun, seconds }) =>
      `  ${name.padEnd(18)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed ${String(notRun.length).padStart(4)} not run  ${seconds ?? 0} s`,
  );
  const unrun = notRun.map((name) => `  not run: ${name}`);
  const text = ["", ...slowestFiles(results), "", ...rows, ...unrun, `${passed} passed, ${failed} failed`].join("\n");
  return { text, exitCode: failed === 0 ? 0 : 1 };
}

const SLOWEST = 20;

/** What there is to win where time is to be saved. */
function slowestFiles(results: PartResult[]): string[] {
  const files = results.flatMap((result) => result.files ?? []).sort((a, b) => b.seconds - a.seconds);
  const lines = files.slice(0, SLOWEST).map(({ name, seconds }) => `  ${String(seconds).padStart(5)} s  ${name}`);
  return lines.length === 0 ? [] : [`The ${lines.length} slowest test files:`, ...lines];
}
