import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { git } from "../../support/git.ts";
import {
  addConflictingCommits,
  addDocumentation,
  addFailingMigration,
  addMergeCommit,
  addModuleFeature,
  type Consumer,
  createConsumer,
} from "../../workbench/consumer.ts";

let root: string;
let consumer: Consumer;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "consumer-"));
  consumer = await createConsumer({ root, fullName: "acme/library", pipelineFile: "version: 1\n" });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const show = (revision: string, path: string) => git(consumer.dir, ["show", `${revision}:${path}`]);

test("three branches start from one commit that holds the module and the pipeline file", async () => {
  for (const branch of ["dev", "staging", "production"])
    expect(await git(consumer.dir, ["rev-parse", branch])).toBe(consumer.baseCommit);
  const files = await git(consumer.dir, ["ls-tree", "-r", "--name-only", "dev"]);
  expect(files.split("\n")).toEqual(
    expect.arrayContaining([".github/odoo-pipeline.yml", "addons/library_loans/__manifest__.py"]),
  );
  expect(files).not.toContain("__pycache__");
});

test("a feature changes the model, the views and the version", async () => {
  const sha = await addModuleFeature(consumer);
  expect(await show(sha, "addons/library_loans/models/library_loan.py")).toContain("renewals = fields.Integer");
  expect(await show(sha, "addons/library_loans/views/library_loan_views.xml")).toContain('<field name="renewals"/>');
  expect(await show(sha, "addons/library_loans/__manifest__.py")).toContain('"version": "19.0.1.1.0"');
});

test("a failing migration belongs to the version that the manifest then has", async () => {
  const sha = await addFailingMigration(consumer);
  expect(await show(sha, "addons/library_loans/__manifest__.py")).toContain('"version": "19.0.2.0.0"');
  expect(await show(sha, "addons/library_loans/migrations/19.0.2.0.0/post-sort.py")).toContain("raise RuntimeError");
});

test("a merge commit has two parents and leaves no branch behind", async () => {
  const sha = await addMergeCommit(consumer);
  expect((await git(consumer.dir, ["show", "-s", "--format=%P", sha])).split(" ")).toHaveLength(2);
  expect(await git(consumer.dir, ["branch", "--format=%(refname:short)"])).toBe("dev\nproduction\nstaging");
});

test("conflicting commits cannot be merged, documentation can", async () => {
  await addDocumentation(consumer, "dev");
  const [onStaging, onDev] = await addConflictingCommits(consumer);
  const trial = git(consumer.dir, ["merge-tree", "--write-tree", onStaging, onDev]);
  await expect(trial).rejects.toThrow();
});
