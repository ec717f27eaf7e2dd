import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WorkflowResult } from "../support/act/act.ts";
import { gitCredentials } from "../support/act/push.ts";
import { git } from "../support/git.ts";
import { addConflictingCommits, addDocumentation, addMergeCommit, addModuleFeature } from "../workbench/consumer.ts";
import { addUnclassifiedColumn } from "../workbench/instances.ts";
import { failMigration, withoutHarm } from "./harmless.ts";
import { type Cycle, startCycle } from "./harness.ts";
import { errorsOf, installedModule, jobsOf, loginPage, releasedCommit, rowsIn } from "./observe.ts";

let cycle: Cycle;

beforeAll(async () => {
  cycle = await startCycle();
});

afterAll(() => cycle?.close());

function expectJobs(result: WorkflowResult, jobs: Record<string, string>): void {
  expect(jobsOf(result, jobs)).toEqual(jobs);
}

/** Moves a branch on the server without a workflow run, as a push with GITHUB_TOKEN does. */
async function pushQuietly(branch: string): Promise<void> {
  const { fake, developer } = cycle;
  const permissions = { contents: "write" } as const;
  const { value } = fake.issueToken({ kind: "workflow", repositories: [developer.fullName], permissions });
  const refs = [`${fake.url}/${developer.fullName}.git`, `refs/heads/${branch}`];
  await git(developer.dir, ["push", "--quiet", ...refs], { env: gitCredentials(value) });
}

describe("the old version goes on serving", () => {
  test("when staging has a merge commit: it is named with its cure, nothing is deployed", () =>
    withoutHarm(cycle, async () => {
      const result = await cycle.pushStaging({ change: (clone) => addMergeCommit(clone) });
      expectJobs(result, { check: "failure" });
      expect(errorsOf(result).join("\n")).toContain((await cycle.tip("staging")).slice(0, 7));
      expect(result.summaries.join("\n")).toContain("git ");
    }));

  test("when production has a column that nobody classified: the refresh names it before a row moves", () =>
    withoutHarm(cycle, async () => {
      const column = await addUnclassifiedColumn(cycle.instances.production);
      const databases = () =>
        rowsIn<{ datname: string }>(cycle.instances.staging, "SELECT datname FROM pg_database ORDER BY 1");
      const before = await databases();
      const result = await cycle.pushStaging({ change: (clone) => addModuleFeature(clone, "staging") });
      expectJobs(result, { check: "success", deploy: "failure" });
      expect(errorsOf(result).join("\n")).toContain(column);
      expect(result.summaries.join("\n")).toContain(column);
      expect(await databases()).toEqual(before);
      await rowsIn(cycle.instances.production, "ALTER TABLE res_partner DROP COLUMN x_passport");
    }));

  test("when a migration raises: the old data comes back with the old code", () =>
    withoutHarm(cycle, () => failMigration(cycle)));

  test("when production gets a commit that staging has not proven: the gate says what is missing", () =>
    withoutHarm(cycle, async () => {
      const result = await cycle.pushProduction({ change: (clone) => addDocumentation(clone, "production") });
      expectJobs(result, { verify: "failure" });
      expect(errorsOf(result).join("\n")).toMatch(/staging/);
    }));

  test("when the run is cancelled in the middle of the update", () =>
    withoutHarm(cycle, async () => {
      const { development } = cycle.instances;
      const before = await installedModule(development);
      const cancel = new AbortController();
      const forget = cycle.listen(({ text }) => {
        if (/RESTORE-POINT done/.test(text)) cancel.abort();
      });
      const result = await cycle.pushDev({ signal: cancel.signal });
      forget();
      expect(cancel.signal.aborted).toBe(true);
      expect(result.run.conclusion).toBe("cancelled");
      await expect.poll(() => loginPage(development), { timeout: 120_000, interval: 500 }).toBe(200);
      expect(await installedModule(development)).toEqual(before);
    }));
});

test("a conflict on rebase is reported with paths and commands, and dev stays where it was", async () => {
  await cycle.change(async (clone) => void (await addConflictingCommits(clone, "staging", "dev")));
  await pushQuietly("dev");
  const dev = await cycle.tip("dev");
  const [result] = await cycle.push("staging", "staging");
  if (!result) throw new Error("the push to staging started no workflow");
  expectJobs(result, { check: "success", deploy: "success", rebase: "failure" });
  expect(await cycle.tip("dev")).toBe(dev);
  expect(result.summaries.join("\n")).toMatch(/README\.md[\s\S]*git rebase/);
  expect(await releasedCommit(cycle.instances.staging)).toBe(await cycle.tip("staging"));
  cycle.fake.assertClean();
});
