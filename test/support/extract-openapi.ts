// Writes github-openapi.json: the operations of GitHub's official API description that the fake serves, with what they
// refer to. Run it again after adding an operation: `node test/support/extract-openapi.ts`.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheDirectory, installerEnvironment } from "../workbench/cache.ts";

const version = "23.0.2";
const tarballSha256 = "71a18407dd5e8464f4e0525daf03deabbe65abd9287d6adc7b5d98f516cd0d0c";
const cache = join(cacheDirectory, "openapi");
const output = join(import.meta.dirname, "github-openapi.json");

const repository = "/repos/{owner}/{repo}";
const operations: [path: string, method: string][] = [
  [repository, "get"],
  [`${repository}/actions/runs/{run_id}`, "get"],
  [`${repository}/actions/runs/{run_id}/attempts/{attempt_number}`, "get"],
  [`${repository}/actions/runs/{run_id}/attempts/{attempt_number}/jobs`, "get"],
  [`${repository}/branches/{branch}`, "get"],
  [`${repository}/commits/{ref}`, "get"],
  [`${repository}/compare/{basehead}`, "get"],
  [`${repository}/deployments`, "get"],
  [`${repository}/deployments`, "post"],
  [`${repository}/deployments/{deployment_id}`, "get"],
  [`${repository}/deployments/{deployment_id}/statuses`, "get"],
  [`${repository}/deployments/{deployment_id}/statuses`, "post"],
  [`${repository}/environments/{environment_name}`, "get"],
  [`${repository}/git/commits/{commit_sha}`, "get"],
  [`${repository}/git/ref/{ref}`, "get"],
  [`${repository}/pulls`, "get"],
  [`${repository}/pulls/{pull_number}/commits`, "get"],
];

/** What says nothing about validity. `examples` as a name of components and media types goes the same way. */
const prose = new Set(["description", "summary", "example", "examples", "externalDocs", "tags", "title", "x-github"]);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Tree = { [key: string]: Json };

function download(): Tree {
  mkdirSync(cache, { recursive: true });
  const tarball = join(cache, `octokit-openapi-${version}.tgz`);
  if (!existsSync(tarball)) {
    const pack = ["pack", "--silent", `@octokit/openapi@${version}`];
    execFileSync("npm", pack, { cwd: cache, env: installerEnvironment(), stdio: "inherit" });
  }
  const actual = createHash("sha256").update(readFileSync(tarball)).digest("hex");
  if (actual !== tarballSha256) throw new Error(`${tarball} has sha256 ${actual}, expected ${tarballSha256}`);
  const member = "package/generated/api.github.com.json";
  const text = execFileSync("tar", ["-xzOf", tarball, member], { maxBuffer: 64 * 1024 * 1024, encoding: "utf8" });
  return JSON.parse(text) as Tree;
}

/** Drops prose, but never a property that happens to be called like it. */
function strip(value: Json, namesAreData = false): Json {
  if (Array.isArray(value)) return value.map((item) => strip(item));
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).filter(([key]) => namesAreData || !prose.has(key));
  return Object.fromEntries(kept.map(([key, child]) => [key, strip(child, key === "properties" && !namesAreData)]));
}

function references(value: Json, found: Set<string>): void {
  if (value === null || typeof value !== "object") return;
  for (const [key, child] of Object.entries(value)) {
    if (key === "$ref" && typeof child === "string") found.add(child);
    else references(child, found);
  }
}

function lookUp(tree: Tree, reference: string): Json {
  return reference
    .slice(2)
    .split("/")
    .reduce<Json>((node, name) => (node as Tree)[name] as Json, tree);
}

function closure(description: Tree, paths: Tree): Tree {
  const components: { [kind: string]: Tree } = {};
  const waiting = new Set<string>();
  references(paths, waiting);
  for (const reference of waiting) {
    const [kind, name] = reference.split("/").slice(2) as [string, string];
    const component = strip(lookUp(description, reference));
    components[kind] = { ...components[kind], [name]: component };
    references(component, waiting);
  }
  return components;
}

const description = download();
const paths: { [path: string]: Tree } = {};
for (const [path, method] of operations) {
  const operation = lookUp(description, "#/paths") as Tree;
  paths[path] = { ...paths[path], [method]: strip((operation[path] as Tree)[method] as Json) };
}
const source = { package: "@octokit/openapi", version, tarballSha256 };
const subset = {
  openapi: description.openapi as string,
  "x-source": source,
  paths,
  components: closure(description, paths),
};
writeFileSync(output, `${JSON.stringify(subset, null, 1)}\n`);
console.log(`${operations.length} operations of @octokit/openapi ${version} -> ${output}`);
