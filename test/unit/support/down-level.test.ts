import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { downLevel } from "../../support/act/down-level.ts";

const sample = `# A reusable workflow.
name: stage
on:
  workflow_call:
    inputs:
      queue: { type: string } # an input may be called so
    outputs:
      deployment: { value: "\${{ jobs.deploy.outputs.deployment }}" }
concurrency: { group: "deploy-\${{ inputs.queue }}", cancel-in-progress: false, queue: max }
jobs:
  deploy:
    runs-on: ubuntu-24.04
    concurrency:
      group: deploy
      queue: max # all of them
    environment:
      name: staging
      deployment: false
    outputs:
      deployment: \${{ steps.deploy.outputs.deployment }}
    steps:
      - id: deploy
        uses: $/actions/deploy-odoo
        with: { queue: max, uses: $/not/a/reference, deployment: false }
      - uses: actions/checkout@v7
      - run: |
          echo "uses: $/x"
  nested:
    uses: $/.github/workflows/check.yml
`;

describe("downLevel", () => {
  test("takes out what act refuses and names the product in references to itself", () => {
    const before = parse(sample);
    const expected = structuredClone(before);
    delete expected.concurrency.queue;
    delete expected.jobs.deploy.concurrency.queue;
    delete expected.jobs.deploy.environment.deployment;
    expected.jobs.deploy.steps[0].uses = "acme/product/actions/deploy-odoo@e2e";
    expected.jobs.nested.uses = "acme/product/.github/workflows/check.yml@e2e";
    expect(parse(downLevel(sample, "acme/product", "e2e"))).toEqual(expected);
  });

  test("keeps what it does not touch, comments too", () => {
    const untouched = sample
      .split("\n")
      .filter((line) => !/queue|deployment|\$\//.test(line))
      .filter(Boolean);
    expect(downLevel(sample, "acme/product", "e2e").split("\n")).toEqual(expect.arrayContaining(untouched));
  });

  test("a file that is no YAML is an error", () => {
    expect(() => downLevel("a: [", "acme/product", "e2e")).toThrow();
  });
});

const checkout = join(import.meta.dirname, "../../..");
const ours = [".github/workflows", "actions"].flatMap((folder) =>
  readdirSync(join(checkout, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => join(folder, file)),
);

/** The same change, said a second time: on plain data instead of on a YAML document. */
function plainly(value: unknown, parent = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => plainly(item, parent));
  if (value === null || typeof value !== "object") return value;
  if (["with", "env", "outputs", "secrets"].includes(parent)) return value;
  const entries = Object.entries(value).flatMap(([key, child]) => {
    if ((key === "queue" && parent === "concurrency") || (key === "deployment" && parent === "environment")) return [];
    if (key !== "uses" || !String(child).startsWith("$/")) return [[key, plainly(child, key)]];
    return [[key, `acme/product/${String(child).slice(2)}@e2e`]];
  });
  return Object.fromEntries(entries);
}

test.each(ours)("changes nothing else in %s", (file) => {
  const text = readFileSync(join(checkout, file), "utf8");
  expect(parse(downLevel(text, "acme/product", "e2e"))).toEqual(plainly(parse(text)));
});
