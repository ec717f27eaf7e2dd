// Who may import whom: the table of the house, kept by walking every import of src.
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { filesBelow, read } from "./files.ts";

/** What each folder of src may import, beside itself. */
const allowed: Record<string, string[]> = {
  platform: [],
  odoo: ["platform"],
  environment: ["platform"],
  history: ["odoo", "environment", "platform"],
  refresh: ["odoo", "environment", "platform"],
  deploy: ["odoo", "environment", "platform"],
  release: ["odoo", "environment", "platform"],
  runner: ["platform"],
  actions: ["history", "refresh", "deploy", "release", "odoo", "environment", "platform", "runner"],
  "index.ts": ["actions", "host.ts"],
  "host.ts": ["refresh", "deploy", "odoo", "environment", "platform"],
};

/** What only one place may use. */
const guarded: [what: string, pattern: RegExp, where: RegExp][] = [
  ["node:child_process", /^(node:)?child_process$/, /^src\/platform\/process\.ts$/],
  ["PostgreSQL's client", /^pg(-.*)?$/, /^src\/platform\/postgres[\w-]*\.ts$/],
  ["octokit", /^@octokit\//, /^src\/platform\/github[\w-]*\.ts$/],
  ["@actions/*", /^@actions\//, /^src\/runner\//],
];

const IMPORT = /^\s*(?:import|export)\s(?:[^"';]*?\sfrom\s)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/gm;

interface Import {
  from: string;
  to: string;
}

const sources = filesBelow("src", /\.ts$/);
const imports: Import[] = sources.flatMap((from) =>
  [...read(from).matchAll(IMPORT)].map((match) => ({ from, to: match[1] ?? match[2] ?? "" })),
);

function roomOf(path: string): string {
  return path.split("/")[1] ?? "";
}

it("sees the imports at all", () => {
  expect(sources.length).toBeGreaterThan(40);
  expect(imports.length).toBeGreaterThan(sources.length);
});

it("imports go from the actions down to the platform, and never between features", () => {
  const wrong = imports
    .filter(({ to }) => to.startsWith("."))
    .map(({ from, to }) => ({ from, target: normalize(join(dirname(from), to)) }))
    .filter(({ from, target }) => {
      const [mine, theirs] = [roomOf(from), roomOf(target)];
      return mine !== theirs && !allowed[mine]?.includes(theirs);
    });
  expect(wrong).toEqual([]);
});

it("files are imported by their full name", () => {
  expect(imports.filter(({ to }) => to.startsWith(".") && !/\.(ts|json)$/.test(to))).toEqual([]);
});

describe.each(guarded)("%s", (_, pattern, where) => {
  it("is used in its one place", () => {
    const users = imports.filter(({ to }) => pattern.test(to)).map(({ from }) => from);
    expect(users.length).toBeGreaterThan(0);
    expect(users.filter((from) => !where.test(from))).toEqual([]);
  });
});

it("only the runner and the host program read the environment of the process", () => {
  const readers = sources.filter((path) => /\bprocess\.env\b/.test(read(path)));
  expect(readers.filter((path) => /^src\/(history|refresh|deploy|release|odoo)\//.test(path))).toEqual([]);
});

it("no test replaces a module by a mock", () => {
  const word = ["vi", "mock"].join(".");
  expect(filesBelow("test", /\.ts$/).filter((path) => read(path).includes(word))).toEqual([]);
});
