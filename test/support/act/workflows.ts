// What a repository's workflows say: which of them an event starts, what their token may do, which workflows they call.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { git } from "../git.ts";
import type { Access, Permissions, Scope } from "../github-api/tokens.ts";

// GitHub's parser imports JSON in a way that Node refuses without this hook, so it cannot be a static import.
await import(new URL("../json-imports.mjs", import.meta.url).href);
const { parseWorkflow, convertWorkflowTemplate, NoOperationTraceWriter } = await import("@actions/workflow-parser");

const folder = ".github/workflows";

/** Reads a file at a commit of a bare repository. */
export function fileAt(bare: string, sha: string, path: string): Promise<string> {
  return git(bare, ["show", `${sha}:${path}`]);
}

/** Paths of the workflows that a push to `branch` starts, as GitHub's own parser reads them at that commit. */
export async function workflowsOfPush(bare: string, sha: string, branch: string): Promise<string[]> {
  const listing = await git(bare, ["ls-tree", "--name-only", sha, `${folder}/`]);
  const started: string[] = [];
  for (const path of listing.split("\n").filter((name) => /\.ya?ml$/.test(name))) {
    const { push } = (await readTemplate(path, await fileAt(bare, sha, path))).events;
    if (!push) continue;
    if (push.paths || push["paths-ignore"]) throw new Error(`${path}: path filters of pushes are not modelled`);
    const listed = push.branches ? matches(push.branches, branch) : push.tags === undefined;
    if (listed && !matches(push["branches-ignore"] ?? [], branch)) started.push(path);
  }
  return started;
}

async function readTemplate(name: string, content: string) {
  const { context, value } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  if (!value)
    throw new Error(
      `${name}: ${context.errors
        .getErrors()
        .map(({ message }) => message)
        .join("; ")}`,
    );
  const template = await convertWorkflowTemplate(context, value);
  const problems = context.errors.getErrors().map(({ message }) => message);
  if (problems.length > 0) throw new Error(`GitHub would refuse the workflow: ${problems.join("; ")}`);
  return template;
}

/** GitHub's branch patterns: `*` stops at a slash, `**` does not, `!` takes back what came before. */
export function matches(patterns: string[], branch: string): boolean {
  return patterns.reduce((found, pattern) => {
    const negative = pattern.startsWith("!");
    const source = (negative ? pattern.slice(1) : pattern)
      .replace(/[.+^${}()|\\]/g, "\\$&")
      .replace(/\*+/g, (stars) => (stars.length > 1 ? ".*" : "[^/]*"));
    return new RegExp(`^${source}$`).test(branch) ? !negative : found;
  }, false);
}

interface WorkflowFile {
  permissions?: PermissionBlock;
  jobs: Record<string, { name?: string; permissions?: PermissionBlock; uses?: string }>;
}
type PermissionBlock = Record<string, string> | "read-all" | "write-all";

const scopes: Scope[] = ["actions", "contents", "deployments", "pull_requests"];

/**
 * What GITHUB_TOKEN may do in a run: the union over the caller's jobs, since act has one token for all of them. A
 * workflow without any `permissions:` gets the restricted default.
 */
export function grantedPermissions(text: string): Permissions {
  const workflow = parse(text) as WorkflowFile;
  const granted: Permissions = {};
  for (const job of Object.values(workflow.jobs)) {
    const block = job.permissions ?? workflow.permissions ?? { contents: "read" };
    for (const scope of scopes) {
      const access = typeof block === "string" ? block.replace("-all", "") : block[scope.replace("_", "-")];
      if (access === "write" || (access === "read" && !granted[scope])) granted[scope] = access as Access;
    }
  }
  return granted;
}

/** Workflows of the product that a workflow calls, directly or through them, as a run of GitHub lists them. */
export function referencedWorkflows(text: string, product: { dir: string; slug: string; sha: string }) {
  const found = new Map<string, { path: string; sha: string; ref?: string }>();
  const follow = (content: string) => {
    for (const { uses } of Object.values((parse(content) as WorkflowFile).jobs)) {
      const [target = "", ref = ""] = uses?.split("@") ?? [];
      const path = target.slice(product.slug.length + 1);
      if (!uses || !target.startsWith(`${product.slug}/`) || found.has(path)) continue;
      found.set(path, { path: uses, sha: product.sha, ref });
      follow(readFileSync(join(product.dir, path), "utf8"));
    }
  };
  follow(text);
  return [...found.values()];
}

/** Names by job id as GitHub shows them: those of the product's workflows stand behind their caller's, `a / b`. */
export function jobNames(text: string, product: { dir: string; slug: string }): Map<string, string> {
  const names = new Map<string, string>();
  const follow = (content: string, prefix: string) => {
    for (const [id, job] of Object.entries((parse(content) as WorkflowFile).jobs)) {
      const name = `${prefix}${job.name ?? id}`;
      const [target = ""] = job.uses?.split("@") ?? [];
      if (!job.uses) names.set(id, name);
      else if (target.startsWith(`${product.slug}/`)) {
        follow(readFileSync(join(product.dir, target.slice(product.slug.length + 1)), "utf8"), `${name} / `);
      }
    }
  };
  follow(text, "");
  return names;
}
