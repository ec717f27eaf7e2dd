// The templates: what a team copies fits what we publish.
import { describe, expect, it } from "vitest";
import { pipelineJsonSchema, SCHEMA_FILE } from "../../scripts/pipeline-schema.ts";
import { parsePipelineFile } from "../../src/environment/pipeline-file.ts";
import { resolveInstance } from "../../src/environment/resolve.ts";
import { actions, filesBelow, read, readYaml, reusable, slug, type Workflow } from "./files.ts";

const callers = filesBelow("action-templates", /\.github\/workflows\/.*\.yml$/);
const pipelineFiles = filesBelow("action-templates", /\.github\/odoo-pipeline\.yml$/);
const RANK = { none: 0, read: 1, write: 2 } as Record<string, number>;

it("there is a template for a single server with every workflow", () => {
  const names = callers.map((path) => path.replace("action-templates/single-server/.github/workflows/", ""));
  expect(names).toEqual(["check.yml", "development.yml", "production.yml", "refresh.yml", "staging.yml"]);
});

describe.each(callers)("%s", (path) => {
  const [job, ...others] = Object.values(readYaml<Workflow>(path).jobs);
  const [target = "", ref = ""] = job?.uses?.split("@") ?? [];
  const called = reusable[target.replace(`${slug}/.github/workflows/`, "").replace(".yml", "")] as Workflow;
  const call = called.on.workflow_call ?? {};

  it("calls one of our workflows at the current major version", () => {
    expect(others).toEqual([]);
    expect(target).toBe(`${slug}/.github/workflows/${path.replace(/^.*\//, "")}`);
    expect(ref).toBe("v1");
  });

  it("passes declared inputs only, and every secret under its own name", () => {
    expect(Object.keys(call.inputs ?? {})).toEqual(expect.arrayContaining(Object.keys(job?.with ?? {})));
    const mapping = Object.keys(call.secrets ?? {}).map((name) => [name, `$${"{{"} secrets.${name} }}`]);
    expect(job?.secrets ?? {}).toEqual(Object.fromEntries(mapping));
  });

  it("grants exactly what the called jobs need", () => {
    const needed: Record<string, string> = {};
    for (const { permissions = {} } of Object.values(called.jobs)) {
      for (const [scope, access] of Object.entries(permissions)) {
        if ((RANK[access] ?? 0) > (RANK[needed[scope] ?? "none"] ?? 0)) needed[scope] = access;
      }
    }
    expect(job?.permissions).toEqual(needed);
  });
});

describe.each(pipelineFiles)("%s", (path) => {
  it("is short, valid, and describes an environment for each branch", () => {
    expect(read(path).trimEnd().split("\n").length).toBeLessThanOrEqual(25);
    const file = parsePipelineFile(read(path), path);
    const roles = Object.keys(file.environments).map((name) => resolveInstance(file, name).role);
    expect(roles).toEqual(["production", "staging", "development"]);
  });

  it("has workflows that start on its branches", () => {
    const { environments } = parsePipelineFile(read(path), path);
    for (const { role, branch } of Object.values(environments)) {
      const { on } = readYaml<Workflow>(path.replace("odoo-pipeline.yml", `workflows/${role}.yml`));
      expect((on.push as { branches: string[] }).branches).toEqual([branch]);
    }
  });
});

it("the template's README names every secret", () => {
  const readme = read("action-templates/single-server/README.md");
  const secrets = Object.values(reusable).flatMap(({ on }) => Object.keys(on.workflow_call?.secrets ?? {}));
  expect(secrets.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
});

it("the gate wants the staging workflow that we publish", () => {
  const wanted = actions["verify-release"]?.inputs?.["pipeline-workflow"]?.default;
  expect(wanted).toBe(`${slug}/.github/workflows/staging.yml`);
});

it("the JSON schema of the pipeline file is current: node scripts/pipeline-schema.ts", () => {
  expect(read(SCHEMA_FILE)).toBe(pipelineJsonSchema());
});
