import { expect, test } from "vitest";
import { planCopy } from "../../../src/refresh/plan/plan.ts";
import { refreshReport } from "../../../src/refresh/report.ts";
import type { RefreshResult } from "../../../src/refresh/request.ts";
import type { Finding, ResidualScan } from "../../../src/refresh/verify/scan.ts";
import { seenInKept, warnOfSecrets } from "../../../src/refresh/verify/seen-in-kept.ts";
import { column, facts, table } from "../refresh/facts.ts";

const cron = table("ir_cron", [
  column("code", "text"),
  column("options", "jsonb"),
  column("help", "text"),
  column("shout", "text", { generated: "s" }),
]);
const keep = (at: number, reason: string) => ({
  column: cron.columns[at] as never,
  treatment: { kind: "keep" as const, reason },
  by: "rule" as const,
});
const plan = planCopy(
  [
    {
      table: cron,
      columns: [keep(0, "code | of ours"), keep(1, "switches of the program"), keep(2, "texts of the program")],
    },
  ],
  facts([cron]),
);

const scan = (explained: Finding[], onlyWritten = false): ResidualScan => ({
  ...{ columns: 4, findings: [], explained, unlike: [], known: {}, notMeasured: [], onlyWritten },
});
const seen = (name: string, detector: Finding["detector"], count: number): Finding => ({
  ...{ table: "ir_cron", column: name, detector, count },
});

const result: RefreshResult = {
  ...{ id: "1-1", activated: true, database: "staging", planSha256: "0", tables: { copied: 1, emptied: 0 } },
  ...{ rows: 1, bytes: 1, slowest: [], masks: { email: 1 }, emptied: [], seconds: {}, warnings: [] },
  kept: { byRule: 3, byCatalogue: 0, byType: 0 },
};
const reportOf = (explained: Finding[], onlyWritten = false) => {
  const found = seenInKept(scan(explained, onlyWritten), plan);
  return refreshReport({ ...result, ...(found ? { seenInKept: found } : {}) }, "Refresh");
};

test("nothing seen is nothing told", () => {
  expect(seenInKept(scan([]), plan)).toBeUndefined();
  expect(warnOfSecrets(scan([]), plan)).toBeUndefined();
  expect(reportOf([])).not.toContain("kept columns");
});

test("the summary tells what was seen in kept columns, most hits first, and why they are kept", () => {
  const report = reportOf([
    seen("code", "e-mail", 7),
    seen("help", "phone", 1234),
    seen("help", "known name", 2),
    seen("shout", "e-mail", 1),
  ]);
  const from = report.indexOf("### Seen in kept columns");
  expect(report.slice(from, report.indexOf("### Masks"))).toMatchInlineSnapshot(`
    "### Seen in kept columns

    A value of a masked column would have ended the refresh. What stands here belongs to nobody we know, or is a name that Odoo's own texts hold by chance. Where the reason does not hold, write a rule that masks the column.

    | table | column | seen | how many | kept because |
    | --- | --- | --- | --- | --- |
    | ir\\_cron | help | phone | 1,234 rows | texts of the program |
    | ir\\_cron | code | e-mail | 7 rows | code \\| of ours |
    | ir\\_cron | help | known name | 2 different | texts of the program |
    | ir\\_cron | shout | e-mail | 1 row | computed on the copy, from other columns |

    "
  `);
});

test("a delta says which rows it counted", () => {
  expect(reportOf([seen("code", "e-mail", 7)], true)).toContain("rows that changed since the golden copy");
});

test("a list that is too long to be read ends with how many more there are, however long it is", () => {
  const many = Array.from({ length: 700 }, (_, at) => seen(`column_${at}`, "phone", at + 1));
  const report = reportOf(many);
  expect(report.split("\n").filter((line) => line.includes("phone"))).toHaveLength(20);
  expect(report).toContain("column\\_699");
  expect(report).toContain("and 680 more, in the manifest of the copy");
  // The host program tells its result in one line, of which 64 KiB arrive.
  expect(JSON.stringify(seenInKept(scan(many), plan)).length).toBeLessThan(16_384);
});

test("secrets are warned of in one line, with rules to paste that fit the columns", () => {
  const warning = warnOfSecrets(
    scan([
      seen("code", "provider secret", 2),
      seen("code", "private key", 1),
      seen("help", "e-mail", 9),
      seen("options", "password hash", 3),
      seen("shout", "private key", 1),
    ]),
    plan,
  );
  expect(warning).toMatchInlineSnapshot(
    `"What looks like secrets stands in columns that are kept: ir_cron.code: provider secret (2 rows), ir_cron.code: private key (1 row), ir_cron.options: password hash (3 rows), ir_cron.shout: private key (1 row); if they are real, begin refresh.rules with: - { columns: "ir_cron.code", mask: secret } - { columns: "ir_cron.options", mask: json }"`,
  );
});

test("of many secrets the first are named", () => {
  const many = Array.from({ length: 8 }, (_, at) => seen(`column_${at}`, "private key", 1));
  expect(warnOfSecrets(scan(many), plan)).toMatch(/column_4: private key \(1 row\), and 3 more/);
  expect(warnOfSecrets(scan([seen("code", "e-mail", 1), seen("code", "IBAN", 1)]), plan)).toBeUndefined();
});
