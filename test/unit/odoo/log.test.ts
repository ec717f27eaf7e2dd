import { expect, test } from "vitest";
import { firstTraceback, isFailure, loadedModule, parseLog, progressOf } from "../../../src/odoo/log.ts";

const log = `2026-11-25 19:14:35,123 4242 INFO db odoo.modules.loading: Loading module shop (42/87) \r
2026-11-25 19:14:36,123 4242 INFO db odoo.modules.loading: Module shop loaded in 1.23s (process: 1.2s), 456 queries (+12 other)
2026-11-25 19:14:36,200 4242 \u001b[1;31mERROR\u001b[0m db odoo.registry: Failed to load registry
Traceback (most recent call last):
  File "x.py", line 1
ValueError: 2026-11-25 is not a head

2026-11-25 19:14:37,000 4242 CRITICAL ? odoo.service.server: Failed to initialize database \`db\`.
`;

test("records, with tracebacks in them", () => {
  const records = parseLog(log);
  expect(records.map(({ level, database, logger }) => [level, database, logger])).toEqual([
    ["INFO", "db", "odoo.modules.loading"],
    ["INFO", "db", "odoo.modules.loading"],
    ["ERROR", "db", "odoo.registry"],
    ["CRITICAL", "?", "odoo.service.server"],
  ]);
  expect(records.filter(isFailure)).toHaveLength(2);
  expect(records.map(progressOf).find(Boolean)).toEqual({ module: "shop", position: 42, total: 87 });
  expect(records.map(loadedModule).find(Boolean)).toBe("shop");
  expect(firstTraceback(records)?.split("\n").at(-1)).toBe("ValueError: 2026-11-25 is not a head");
});

test("lines before the first record belong to nobody", () => {
  expect(parseLog("usage: odoo\n")).toEqual([]);
});
