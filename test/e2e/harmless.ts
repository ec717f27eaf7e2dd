// Lets things go wrong during a cycle and looks whether the old version goes on serving.
import { expect } from "vitest";
import { git } from "../support/git.ts";
import { addFailingMigration } from "../workbench/consumer.ts";
import type { ObservedInstance } from "../workbench/topology.ts";
import type { Cycle } from "./harness.ts";
import { errorsOf, installedModule, jobsOf, loginPage, releasedCommit, rowsIn } from "./observe.ts";

/** What served before `work` must serve afterwards; then the branches are put back. */
export async function withoutHarm(cycle: Cycle, work: () => Promise<void>): Promise<void> {
  const instances = Object.values(cycle.instances);
  const served = async () =>
    Object.fromEntries(await Promise.all(instances.map(async (one) => [one.name, await releasedCommit(one)])));
  const before = await served();
  await withBranchesPutBack(cycle, work);
  expect(await served()).toEqual(before);
  expect(await Promise.all(instances.map(loginPage))).toEqual([200, 200, 200]);
  cycle.fake.assertClean();
}

/** Whatever `work` pushes, the branches on the server are as before afterwards. */
export async function withBranchesPutBack<T>(cycle: Cycle, work: () => Promise<T>): Promise<T> {
  const names = ["dev", "staging", "production"];
  const tips = await Promise.all(names.map(async (name) => [name, await cycle.tip(name)] as const));
  try {
    return await work();
  } finally {
    const { dir } = cycle.fake.repository(cycle.developer.fullName);
    for (const [name, sha] of tips) await git(dir, ["update-ref", `refs/heads/${name}`, sha]);
  }
}

/** Version of the consumer's module and the rows of its table. */
export async function libraryOf(instance: ObservedInstance) {
  const loans = await rowsIn(instance, "SELECT id, title FROM library_loan ORDER BY id");
  return { module: await installedModule(instance), loans };
}

/** Pushes a migration that changes data and then raises: the run says so, and the old data is there. */
export async function failMigration(cycle: Cycle): Promise<void> {
  const { development } = cycle.instances;
  await rowsIn(development, "INSERT INTO library_loan (title, borrower_id, due_date) VALUES ('Kept', 1, now())");
  const before = await libraryOf(development);
  const result = await cycle.pushDev({ change: (clone) => addFailingMigration(clone) });
  const jobs = { check: "success", deploy: "failure" };
  expect(jobsOf(result, jobs)).toEqual(jobs);
  expect(errorsOf(result).join("\n")).toContain("library_loans");
  expect(result.log).toContain("the migration of library_loans fails on purpose");
  expect(await libraryOf(development)).toEqual(before);
}
