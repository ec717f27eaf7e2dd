import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Literal, parsePythonLiteral } from "../../../src/odoo/python-literal.ts";
import { inspectOdoo } from "../../../src/odoo/release.ts";
import { run } from "../../../src/platform/process.ts";
import { installOdoo } from "../../workbench/odoo.ts";

const literalEval =
  "import ast, json, sys; print(json.dumps([ast.literal_eval(open(p).read()) for p in sys.argv[1:]], default=list))";

test("every manifest of a real Odoo is read as Python reads it", async () => {
  const { command, python, addonsPath } = await installOdoo();
  const folder = addonsPath.at(-1) as string;
  const names = (await readdir(folder)).map((name) => join(folder, name, "__manifest__.py"));
  const texts = await Promise.all(names.map((path) => readFile(path, "utf8").catch(() => undefined)));
  const paths = names.filter((_name, at) => texts[at] !== undefined);
  expect(paths.length).toBeGreaterThan(100);
  const { stdout } = await run(python, ["-c", literalEval, ...paths]);
  const ours = texts.filter((text) => text !== undefined).map(parsePythonLiteral);
  expect(ours.map(unordered)).toEqual((JSON.parse(stdout) as Literal[]).map(unordered));

  const odoo = await inspectOdoo(command);
  expect(odoo.facts.series).toBe("19.0");
  expect(odoo.coreAddons).toContain(folder);
});

/** Python's sets have no order, and become lists in both. */
function unordered(value: Literal): Literal {
  if (Array.isArray(value))
    return value.map(unordered).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, unordered(member)]));
}
