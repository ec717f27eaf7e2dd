// One check of a repository as a process: prints the verdict and how many commits the branches have of their own.
import { checkHistory } from "../../src/history/check.ts";
import { silentLog } from "../../src/platform/log.ts";

const report = await checkHistory(
  {
    event: { name: "workflow_dispatch", ref: "refs/heads/dev" },
    settings: { order: ["dev", "staging", "production"], requireSigned: false },
    auth: { url: process.argv[2] ?? "" },
    warnOnly: [],
  },
  silentLog,
);
console.log(
  report.verdict,
  report.comparisons.reduce((sum, { ahead }) => sum + ahead.length, 0),
);
