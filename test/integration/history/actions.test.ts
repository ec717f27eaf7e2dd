import { spawn } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commit, git } from "../../support/git.ts";
import { type Ground, openGround, TOKEN } from "./ground.ts";

let ground: Ground;
let count = 0;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground[Symbol.asyncDispose]());

async function repository() {
  count += 1;
  const name = `action-${count}`;
  const { bare, auth } = await ground.repository(name);
  const staging = await commit(bare, "staging", { "a.py": "a\n" }, { message: "start" });
  await commit(bare, "dev", { "d.py": "d\n" }, { from: staging, message: "dev <b>work</b> @everyone" });
  await commit(bare, "staging", { "s.py": "s\n" }, { message: "staging work" });
  return { bare, name, server: auth.url.slice(0, auth.url.indexOf("/team/")) };
}

/** Runs an action as the runner does, from its sources; returns what a job would see. */
async function runStep(
  action: "check-linear-history" | "rebase-dev-on-staging",
  where: { name: string; server: string; bare: string },
  inputs: Record<string, string> = {},
) {
  const dir = await ground.folder();
  const file = (name: string) => join(dir, name);
  for (const name of ["output", "summary"]) await writeFile(file(name), "");
  const after = await git(where.bare, ["rev-parse", "refs/heads/dev"]);
  await writeFile(file("event.json"), JSON.stringify({ ref: "refs/heads/dev", before: "0".repeat(40), after }));
  await mkdir(file("temp"));
  const entries = Object.entries({ token: TOKEN, ...inputs }).map(([name, value]) => [
    `INPUT_${name.toUpperCase()}`,
    value,
  ]);
  const env = {
    ...Object.fromEntries(entries),
    ...{
      PATH: process.env.PATH,
      HOME: dir,
      TMPDIR: file("temp"),
      GITHUB_OUTPUT: file("output"),
      GITHUB_STEP_SUMMARY: file("summary"),
    },
    ...{
      GITHUB_EVENT_NAME: "push",
      GITHUB_EVENT_PATH: file("event.json"),
      GITHUB_REF: "refs/heads/dev",
      GITHUB_SHA: after,
    },
    ...{
      GITHUB_SERVER_URL: where.server,
      GITHUB_REPOSITORY: `team/${where.name}`,
      GITHUB_RUN_ID: "1",
      RUNNER_TEMP: file("temp"),
    },
  };
  const source = join(import.meta.dirname, "../../../src/actions", `${action}.ts`);
  const exported = action === "check-linear-history" ? "checkLinearHistory" : "rebaseDevOnStaging";
  const script = `import { ${exported} } from ${JSON.stringify(source)};\nawait ${exported}();`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (log += chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    code,
    log,
    outputs: parseOutputs(await readFile(file("output"), "utf8")),
    summary: await readFile(file("summary"), "utf8"),
  };
}

/** Outputs as `@actions/core` writes them: `name<<delimiter`, value, delimiter. */
function parseOutputs(text: string): Record<string, string> {
  const found = text.matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm);
  return Object.fromEntries([...found].map(([, name, , value]) => [name, value]));
}

test("check-linear-history fails the job, with outputs, annotation and summary; after the rebase it passes", async () => {
  const where = await repository();
  const broken = await runStep("check-linear-history", where, { order: "dev staging" });
  expect([broken.code, broken.outputs.verdict, broken.outputs.errors, broken.outputs.behind]).toEqual([
    1,
    "broken",
    "1",
    "1",
  ]);
  expect(JSON.parse(broken.outputs.report ?? "")).toMatchObject({ findings: [{ rule: "behind-base", total: 1 }] });
  expect(broken.log).toMatch(
    /::error title=check-linear-history%3A behind-base::dev does not contain staging.*git rebase origin\/staging/,
  );
  expect(broken.summary).toMatch(/History is not linear[\s\S]*─┬─[\s\S]*git rebase origin\/staging/);

  const rebased = await runStep("rebase-dev-on-staging", where, { branch: "dev", base: "staging" });
  expect(rebased).toMatchObject({ code: 0, outputs: { changed: "true", moved: "1", dropped: "0" } });
  expect(rebased.outputs["new-sha"]).toBe(await git(where.bare, ["rev-parse", "dev"]));
  expect(await git(where.bare, ["rev-parse", rebased.outputs["backup-ref"] ?? ""])).toBe(rebased.outputs["old-sha"]);
  expect(rebased.summary).toContain(rebased.outputs.undo);
  expect(rebased.summary).not.toMatch(/<b>|[^\\]@everyone/);

  const linear = await runStep("check-linear-history", where, { order: "dev staging" });
  expect([linear.code, linear.outputs.verdict, linear.outputs.commits]).toEqual([0, "linear", "[]"]);
});

test("both read the branches from the pipeline file, whatever their names and those of the environments", async () => {
  const where = await repository();
  const environments = `environments:
  live: { role: production, branch: main, url: https://erp.example.com }
  qa: { role: staging, branch: staging, url: https://qa.example.com }
  try: { role: development, branch: dev, url: https://try.example.com }
`;
  const odoo =
    'version: 1\nodoo: { series: "19.0", command: /opt/odoo/odoo-bin }\nnodes: { server: { host: local } }\n';
  await commit(where.bare, "dev", { ".github/odoo-pipeline.yml": `${odoo}${environments}` });
  const broken = await runStep("check-linear-history", where, {});
  expect([broken.code, broken.outputs.verdict]).toEqual([1, "broken"]);
  expect(broken.log).toContain("dev does not contain staging");
  expect(await runStep("rebase-dev-on-staging", where, {})).toMatchObject({ code: 0, outputs: { moved: "2" } });
  const without = await runStep("check-linear-history", await repository(), {});
  expect([without.code, without.log]).toEqual([1, expect.stringContaining("has no file .github/odoo-pipeline.yml")]);
});

test("warn-only keeps the job green", async () => {
  const step = await runStep("check-linear-history", await repository(), {
    order: "dev, staging",
    "warn-only": "behind-base",
  });
  expect([step.code, step.outputs.verdict, step.outputs.warnings]).toEqual([0, "linear", "1"]);
  expect(step.log).toContain("::warning::dev does not contain staging");
});

test("a conflict fails the job with annotation, paths and commands in the summary", async () => {
  const where = await repository();
  await commit(where.bare, "staging", { "d.py": "other\n" }, { message: "clash" });
  const before = await git(where.bare, ["for-each-ref"]);
  const step = await runStep("rebase-dev-on-staging", where, { branch: "dev", base: "staging" });
  expect(step.code).toBe(1);
  expect(step.log).toMatch(/::error title=rebase-dev-on-staging%3A rebase-conflict::.*conflicts with .*clash/);
  expect(step.summary).toMatch(/d\.py[\s\S]*git add -- d\.py[\s\S]*git rebase --continue/);
  expect(await git(where.bare, ["for-each-ref"])).toBe(before);
});

test("the token is nowhere but in its mask", async () => {
  const step = await runStep("check-linear-history", await repository(), { order: "dev staging" });
  const spoken = step.log.split("\n").filter((line) => !line.startsWith("::add-mask::"));
  expect([spoken.join("\n"), step.summary, JSON.stringify(step.outputs)].join("\n")).not.toContain(TOKEN);
});

test("all wrong inputs are told together", async () => {
  const step = await runStep("rebase-dev-on-staging", await repository(), { branch: "-x", "dry-run": "perhaps" });
  expect(step.code).toBe(1);
  expect(step.log).toMatch(/branch[\s\S]*dry-run/);
});
