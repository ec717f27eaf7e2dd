// What the contract tests look at: the files of this repository, parsed.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** The checkout. */
export const root = join(import.meta.dirname, "../..");
/** The published name of this repository. */
export const slug = (JSON.parse(read("package.json")) as { repository: string }).repository.replace("github:", "");

/** Text of a file, by its path in the repository. */
export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Paths below a folder that match, sorted. */
export function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => pattern.test(path))
    .sort();
}

/** An action's metadata. */
export interface ActionFile {
  name: string;
  description: string;
  inputs?: Record<string, { description?: string; required?: boolean; default?: string }>;
  outputs?: Record<string, { description?: string }>;
  runs: { using: string; main: string };
}

/** One step of a job. */
export interface Step {
  name?: string;
  id?: string;
  uses?: string;
  run?: string;
  with?: Record<string, string>;
  env?: Record<string, string>;
}

/** One job of a workflow; `uses` when it calls another workflow. */
export interface Job {
  name?: string;
  uses?: string;
  with?: Record<string, string>;
  secrets?: Record<string, string> | "inherit";
  permissions?: Record<string, string>;
  environment?: string | { name: string; url?: string; deployment?: boolean };
  concurrency?: { group: string; "cancel-in-progress"?: boolean; queue?: string };
  "timeout-minutes"?: number;
  steps?: Step[];
}

/** What a reusable workflow takes and gives. */
export interface CallContract {
  inputs?: Record<string, { description?: string; type: string; default?: unknown; required?: boolean }>;
  secrets?: Record<string, { description?: string; required?: boolean }>;
  outputs?: Record<string, { description?: string; value: string }>;
}

/** A workflow file. */
export interface Workflow {
  name?: string;
  on: { workflow_call?: CallContract } & Record<string, unknown>;
  permissions?: Record<string, string>;
  concurrency?: Job["concurrency"];
  jobs: Record<string, Job>;
}

/** A YAML file of the repository. */
export function readYaml<T>(path: string): T {
  return parse(read(path)) as T;
}

/** Our reusable workflows by file name without extension. */
export const reusable: Record<string, Workflow> = Object.fromEntries(
  filesBelow(".github/workflows", /\.yml$/)
    .map((path) => [path.replace(/^.*\/|\.yml$/g, ""), readYaml<Workflow>(path)] as const)
    .filter(([, workflow]) => workflow.on.workflow_call),
);

/** The metadata of every action, by folder. */
export const actions: Record<string, ActionFile> = Object.fromEntries(
  filesBelow("actions", /\/action\.yml$/).map((path) => [path.split("/")[1] as string, readYaml<ActionFile>(path)]),
);

/** Every workflow file that a team or we run: our own and those of the templates. */
export const workflowFiles = [
  ...filesBelow(".github/workflows", /\.yml$/),
  ...filesBelow("action-templates", /\.github\/workflows\/.*\.yml$/),
];
