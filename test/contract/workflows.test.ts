// Our workflows: accepted by GitHub, least rights, own parts only at the running commit, contracts that tell the truth.
import { describe, expect, it } from "vitest";
import {
  actions,
  filesBelow,
  type Job,
  read,
  readYaml,
  reusable,
  type Step,
  slug,
  type Workflow,
  workflowFiles,
} from "./files.ts";
import { actionProblems, workflowProblems } from "./parser.ts";

const own = filesBelow(".github/workflows", /\.yml$/);
const jobsOf = (workflow: Workflow) => Object.entries(workflow.jobs);
const stepsOf = (workflow: Workflow) => jobsOf(workflow).flatMap(([, job]) => job.steps ?? []);
const actionOf = ({ uses = "" }: Step) => /^\$\/actions\/([\w-]+)$/.exec(uses)?.[1];

describe("GitHub's parser", () => {
  it.each(workflowFiles)("accepts %s", async (path) => {
    expect(await workflowProblems(path, read(path))).toEqual([]);
  });

  it.each(filesBelow("actions", /action\.yml$/))("accepts %s", (path) => {
    expect(actionProblems(path, read(path))).toEqual([]);
  });

  it("refuses a workflow with a misspelt key", async () => {
    const broken = read(".github/workflows/staging.yml").replace("timeout-minutes", "timeout-minute");
    expect(await workflowProblems("broken.yml", broken)).not.toEqual([]);
  });
});

describe.each(workflowFiles)("%s", (path) => {
  const workflow = readYaml<Workflow>(path);
  const text = read(path);

  it("grants nothing at the top, and each right of a job with its reason", () => {
    expect(workflow.permissions).toEqual({});
    for (const [name, job] of jobsOf(workflow)) {
      expect(Object.keys(job.permissions ?? {}), name).not.toEqual([]);
      for (const [scope, access] of Object.entries(job.permissions ?? {})) {
        expect(text).toMatch(new RegExp(`^ +${scope}: ${access} # .+`, "m"));
      }
    }
  });

  it("ends its jobs in time", () => {
    for (const [name, job] of jobsOf(workflow)) {
      if (!job.uses) expect(job["timeout-minutes"], name).toBeGreaterThan(0);
    }
  });

  it("puts no expression into a script", () => {
    const scripts = stepsOf(workflow).flatMap(({ run = "" }) => run);
    expect(scripts.filter((script) => script.includes("$" + "{{"))).toEqual([]);
  });

  it("names its jobs and steps", () => {
    expect(jobsOf(workflow).filter(([, job]) => !job.name)).toEqual([]);
    expect(stepsOf(workflow).filter(({ name }) => !name)).toEqual([]);
  });
});

describe.each(own)("own parts of %s", (path) => {
  const workflow = readYaml<Workflow>(path);
  const uses = [...jobsOf(workflow).map(([, job]) => job.uses), ...stepsOf(workflow).map((step) => step.uses)];

  it("come from the running commit, those of others from a full SHA", () => {
    for (const use of uses.filter((candidate) => candidate !== undefined)) {
      expect(use.startsWith("./") || use.startsWith(`${slug}/`), use).toBe(false);
      if (use.startsWith("$/")) expect(Object.keys(actions)).toContain(use.replace("$/actions/", ""));
      else {
        expect(use).toMatch(/^[\w./-]+@[0-9a-f]{40}$/);
        expect(read(path)).toMatch(new RegExp(`uses: ${use} # v\\d`));
      }
    }
  });
});

const reusableNames = Object.keys(reusable).sort();

it("the public workflows are these", () => {
  expect(reusableNames).toEqual(["check", "development", "production", "refresh", "staging"]);
});

describe.each(reusableNames)("the reusable workflow %s", (name) => {
  const workflow = reusable[name] as Workflow;
  const call = workflow.on.workflow_call ?? {};

  it("runs nothing but our actions: no code of the repository beside secrets", () => {
    expect(stepsOf(workflow).filter((step) => !actionOf(step))).toEqual([]);
  });

  it("gives each action only inputs that it declares, and what it requires", () => {
    for (const step of stepsOf(workflow)) {
      const declared = actions[actionOf(step) as string]?.inputs ?? {};
      expect(Object.keys(declared)).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})));
      const required = Object.entries(declared).filter(([, input]) => input.required && input.default === undefined);
      expect(Object.keys(step.with ?? {})).toEqual(expect.arrayContaining(required.map(([input]) => input)));
    }
  });

  it("reads only outputs that the actions of its steps declare", () => {
    for (const [, job] of jobsOf(workflow)) {
      for (const [, id = "", output = ""] of JSON.stringify(job).matchAll(/steps\.([\w-]+)\.outputs\.([\w-]+)/g)) {
        const step = job.steps?.find((candidate) => candidate.id === id);
        const outputs = actions[actionOf(step ?? {}) ?? ""]?.outputs ?? {};
        expect(Object.keys(outputs), `steps.${id}.outputs.${output}`).toContain(output);
      }
    }
  });

  it("uses every input and secret that it declares, and no other", () => {
    const used = (kind: string) =>
      [...JSON.stringify(workflow.jobs).matchAll(new RegExp(`\\b${kind}\\.([\\w-]+)`, "g"))].map((match) => match[1]);
    expect([...new Set(used("inputs"))].sort()).toEqual(Object.keys(call.inputs ?? {}).sort());
    expect([...new Set(used("secrets"))].sort()).toEqual(Object.keys(call.secrets ?? {}).sort());
  });

  it("requires no secret, since those of an environment are invisible to the caller", () => {
    expect(Object.values(call.secrets ?? {}).map(({ required }) => required ?? false)).not.toContain(true);
  });

  it("has defaults for all inputs, and describes every part", () => {
    expect(Object.entries(call.inputs ?? {}).filter(([, input]) => input.default === undefined)).toEqual([]);
    const parts = { ...call.inputs, ...call.secrets, ...call.outputs };
    expect(Object.entries(parts).filter(([, { description }]) => !description)).toEqual([]);
  });

  it("has a contract beside it that lists the same", () => {
    const contract = read(`.github/workflows/${name}.md`);
    const rows = [...contract.matchAll(/^\| `([\w-]+)` \|/gm)].map((match) => match[1]);
    expect(rows).toEqual([
      ...Object.keys(call.inputs ?? {}),
      ...Object.keys(call.secrets ?? {}),
      ...Object.keys(call.outputs ?? {}),
    ]);
    const granted = [...contract.matchAll(/^- `([\w-]+): (\w+)`: /gm)].map((match) => `${match[1]}: ${match[2]}`);
    expect(granted.sort()).toEqual(grantsOf(workflow).sort());
  });
});

/** The rights that a caller has to grant: for each scope the highest that a job asks for. */
function grantsOf(workflow: Workflow): string[] {
  const all = jobsOf(workflow).flatMap(([, job]) => Object.entries(job.permissions ?? {}));
  return [...new Set(all.map(([scope]) => scope))].map(
    (scope) => `${scope}: ${all.some(([name, access]) => name === scope && access === "write") ? "write" : "read"}`,
  );
}

describe("jobs", () => {
  const job = (workflow: string, name: string) => reusable[workflow]?.jobs[name] as Job & { needs?: string };
  const actionsOf = (workflow: string, name: string) => job(workflow, name).steps?.map(actionOf);

  it("follow each other as the release cycle says", () => {
    const order = reusableNames.map((name) => [
      name,
      jobsOf(reusable[name] as Workflow).map(([id]) => [id, job(name, id).needs]),
    ]);
    expect(Object.fromEntries(order)).toEqual({
      check: [["check", undefined]],
      development: [
        ["check", undefined],
        ["deploy", "check"],
      ],
      staging: [
        ["check", undefined],
        ["deploy", "check"],
        ["rebase", "deploy"],
      ],
      production: [
        ["verify", undefined],
        ["deploy", "verify"],
      ],
      refresh: [["refresh", undefined]],
    });
  });

  it("do one thing after the other", () => {
    expect(actionsOf("staging", "deploy")).toEqual(["refresh-staging-db", "deploy-odoo", "record-evidence"]);
    expect(actionsOf("production", "deploy")).toEqual(["verify-release", "deploy-odoo"]);
  });

  it.each(["development", "staging", "production"])("deploy to %s in line, in its environment", (name) => {
    const { concurrency, environment } = job(name, "deploy");
    const group = "odoo-pipeline-deploy-$" + "{{ inputs.environment }}";
    expect(concurrency).toEqual({ group, "cancel-in-progress": false, queue: "max" });
    const named = typeof environment === "string" ? { name: environment } : environment;
    expect(named?.name).toBe("$" + "{{ inputs.environment }}");
    expect(named?.deployment ?? true).toBe(name !== "staging");
  });

  it("refresh in the line of the deployments, without a deployment that would void the evidence", () => {
    const { concurrency, environment } = job("refresh", "refresh");
    expect(concurrency).toEqual(job("staging", "deploy").concurrency);
    expect(environment).toEqual(job("staging", "deploy").environment);
  });

  it("see secrets only in the job that needs them", () => {
    const holders = reusableNames.flatMap((name) =>
      jobsOf(reusable[name] as Workflow)
        .filter(([, candidate]) => JSON.stringify(candidate).includes("secrets."))
        .map(([id]) => `${name}/${id}`),
    );
    expect(holders).toEqual([
      "development/deploy",
      "production/deploy",
      "refresh/refresh",
      "staging/deploy",
      "staging/rebase",
    ]);
  });
});
