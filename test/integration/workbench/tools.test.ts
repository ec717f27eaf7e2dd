import { expect, test } from "vitest";
import { run } from "../../../src/platform/process.ts";
import { requireTool } from "../../workbench/tools.ts";

test.each([
  ["act", ["--version"], "0.2.89"],
  ["zizmor", ["--version"], "1.32.0"],
  ["shellcheck", ["--version"], "0.11.0"],
  ["actionlint", ["--version"], "1.7.12"],
] as const)("%s is there in the pinned version", async (name, args, version) => {
  const { stdout } = await run(await requireTool(name), args);
  expect(stdout).toContain(version);
});
