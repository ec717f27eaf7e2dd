// action.yml, the code, the README and the bundle say the same of every action.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bundleStub, entries } from "../../scripts/entries.ts";
import { describeInputs, type InputSpec } from "../../src/runner/inputs.ts";
import { actions, filesBelow, read, root } from "./files.ts";

const names = Object.keys(actions);
const exported = new Map(entries(root).map((entry) => [entry.name, entry.exported]));
const index = await import("../../src/index.ts");

it("every wiring file of an action has its folder, and the other way round", () => {
  const wired = filesBelow("src/actions", /\.ts$/).filter((path) => read(path).includes("runAction("));
  expect(wired.map((path) => path.replace(/^.*\/|\.ts$/g, ""))).toEqual(names);
});

it("the bundle's entry exports one function for each action and the host program", () => {
  expect(Object.keys(index).sort()).toEqual([...exported.values()].sort());
});

describe.each(names)("%s", (name) => {
  const action = actions[name] as NonNullable<(typeof actions)[string]>;

  it("declares in action.yml the inputs that the code reads", async () => {
    const { inputs } = (await import(`../../src/actions/${name}.ts`)) as { inputs: InputSpec };
    const read = describeInputs(inputs).map((input) => ({ ...input, default: input.default ?? "" }));
    const declared = Object.entries(action.inputs ?? {}).map(([input, { required = false, default: value = "" }]) => ({
      name: input,
      required,
      // The token of the workflow is a default of GitHub, which the code only sees as a given value.
      default: value.startsWith("$" + "{{") ? "" : value,
    }));
    expect(declared).toEqual(read);
  });

  it("declares in action.yml the outputs that the code gives", async () => {
    const { outputs } = (await import(`../../src/actions/${name}.ts`)) as { outputs: readonly string[] };
    expect(Object.keys(action.outputs ?? {})).toEqual([...outputs]);
  });

  it("describes each input and output", () => {
    const parts = [...Object.entries(action.inputs ?? {}), ...Object.entries(action.outputs ?? {})];
    expect(parts.filter(([, { description }]) => !description).map(([part]) => part)).toEqual([]);
  });

  it("starts its stub of the bundle with Node 24", () => {
    expect(action.runs).toEqual({ using: "node24", main: `../../dist/${name}.js` });
    const entry = entries(root).find((candidate) => candidate.name === name);
    expect(read(`dist/${name}.js`)).toBe(bundleStub(entry as NonNullable<typeof entry>));
  });

  it("has a README and nothing else beside action.yml", () => {
    expect(filesBelow(`actions/${name}`, /./).map((path) => path.split("/")[2])).toEqual(["README.md", "action.yml"]);
    expect(existsSync(join(root, "actions", name, "README.md"))).toBe(true);
  });
});
