// What an editor says of a pipeline file by its JSON schema, and what the parser says of it.
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { pipelineJsonSchema } from "../../scripts/pipeline-schema.ts";
import { parsePipelineFile } from "../../src/environment/pipeline-file.ts";
import { filesBelow, read } from "./files.ts";

const accepts = new Ajv2020({ strict: false }).compile(JSON.parse(pipelineJsonSchema()));

interface Tree {
  [key: string]: unknown;
}

const FILE = parse(read(filesBelow("action-templates", /\.github\/odoo-pipeline\.yml$/)[0] ?? "")) as Tree;

/** The template's file with one value in another place. */
function changed(path: string, value: unknown): Tree {
  const copy = structuredClone(FILE);
  const keys = path.split("/");
  const last = keys.pop() as string;
  let at = copy;
  for (const key of keys) {
    at[key] ??= {};
    at = at[key] as Tree;
  }
  at[last] = value;
  return copy;
}

function parserAccepts(file: Tree): boolean {
  try {
    parsePipelineFile(stringify(file), "file");
    return true;
  } catch {
    return false;
  }
}

const rule = (more: Tree) => [{ columns: "res_partner.x_*", ...more }];
const node = Object.keys(FILE.nodes as Tree)[0];
const environment = Object.keys(FILE.environments as Tree)[0];

const BAD: [string, unknown][] = [
  ...["yes", true, "odoo-bin", "/opt/../odoo", "/opt/./odoo", "/opt/odoo\n"].map((value): [string, unknown] => [
    "odoo/command",
    value,
  ]),
  ["odoo/series", 19],
  ["odoo/addons", []],
  ["odoo/addons", ["/absolute"]],
  ["odoo/install", ["a-b"]],
  ...["ftp://x", "https://x/path", "https://me@x", "x"].map((value): [string, unknown] => [
    `environments/${environment}/url`,
    value,
  ]),
  [`environments/${environment}/service`, { kind: "custom", command: [] }],
  [`environments/${environment}/service`, { kind: "custom", command: ["instance", "start"] }],
  [`environments/${environment}/service`, { kind: "systemd" }],
  [`environments/${environment}/base`, "srv"],
  [`nodes/${node}/user`, "Root User"],
  [`nodes/${node}/host`, "a b"],
  [`nodes/${node}/port`, 0],
  ["nodes", {}],
  ["environments", {}],
  ["refresh/rules", rule({ mask: "txt" })],
  ["refresh/rules", rule({})],
  ["refresh/rules", rule({ mask: "text", empty: true })],
  ["refresh/rules", rule({ keep: "short" })],
  ["refresh/rules", [{ columns: "no dot", mask: "text" }]],
  ["refresh/leave_out", [{ object: "foreign table public.rates" }]],
  ["refresh/leave_out", [{ object: "rates", reason: "read by nobody" }]],
  ["refresh/max_snapshot", "0s"],
  ["refresh/retention", { golden: "7 days" }],
  ["refresh/connection", { host: "db", user: "reader" }],
  ["refresh/connection", { host: "d b", user: "reader", database: "erp" }],
  ["refresh/connection", { host: "db", user: "reader", database: "a/b" }],
  ["refresh/manifest_public_key", "none"],
  ["policies/health_timeout", 120],
  ["unknown", 1],
  ["version", 2],
];

describe("a value that the parser refuses is refused by the schema", () => {
  it.each(BAD)("%s: %j", (path, value) => {
    const file = changed(path, value);
    expect({ parser: parserAccepts(file), schema: accepts(file) }).toEqual({ parser: false, schema: false });
  });
});

const GOOD: [string, unknown][] = [
  ["odoo/command", "/opt/odoo/.venv/bin/odoo"],
  ["refresh/rules", rule({ mask: "null" })],
  ["refresh/rules", rule({ keep: "numbers of machines, not of people" })],
  ["refresh/leave_out", [{ object: 'policy "a b" on public.t', reason: "staging has no tenants" }]],
  ["refresh/max_snapshot", "90m"],
  ["refresh/connection", { host: "::1", user: "reader", database: "ACME-Prod" }],
  [`nodes/${node}/host`, "local"],
  [`environments/${environment}/service`, { kind: "custom", command: ["/opt/instance", "start"] }],
];

it.each([["version", 1] as [string, unknown], ...GOOD])("a value that both accept: %s: %j", (path, value) => {
  const file = changed(path, value);
  expect({ parser: parserAccepts(file), schema: accepts(file) }).toEqual({ parser: true, schema: true });
});
