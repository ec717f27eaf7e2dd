import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databasesWithPrefix } from "../../src/environment/databases.ts";
import { referredFiles } from "../../src/odoo/filestore.ts";
import { withSession } from "../../src/platform/postgres.ts";
import { run } from "../../src/platform/process.ts";
import { type Cycle, startCycle } from "../e2e/harness.ts";
import { installedModule, jobsOf, releasedCommit } from "../e2e/observe.ts";
import { describeRefresh } from "../e2e/refresh.ts";
import { type ActionOutcome, runAction } from "../process/runner.ts";
import { commit } from "../support/git.ts";
import { type GitServer, startGitServer } from "../support/git-server.ts";
import { findCanaries } from "../workbench/canaries.ts";
import { addModuleFeature } from "../workbench/consumer.ts";
import { canRunLab } from "./capability.ts";
import { passwords, type readers, startTwoSites, type TwoSites } from "./two-sites.ts";

const capability = canRunLab();
const stagingPassword = "Staging-Pa55word-of-two-sites";

describe.skipIf(!capability.possible)(`a refresh between two sites [${capability.cure}]`, () => {
  let sites: TwoSites;
  let git: GitServer;
  let runs = 0;

  beforeAll(async () => {
    sites = await startTwoSites(console.log);
    git = await startGitServer(sites.consumer.root);
  });

  afterAll(async () => {
    await git?.close();
    await sites?.[Symbol.asyncDispose]();
  });

  /** The action as a workflow runs it, with the pipeline file that reads production in this way. */
  async function refresh(role: keyof typeof readers): Promise<ActionOutcome> {
    const file = { ".github/odoo-pipeline.yml": await sites.describe(role) };
    const sha = await commit(sites.consumer.dir, "staging", file, { message: `chore: read production ${role}` });
    const outcome = await runAction({
      action: "refresh-staging-db",
      event: { name: "workflow_dispatch", payload: { ref: "refs/heads/staging" } },
      inputs: {
        ...{ environment: "staging", mode: "full", token: "any", commit: sha },
        ...{ "staging-password": stagingPassword, "source-password": passwords.reader },
        ...{ "ssh-private-key": sites.access.privateKey, "ssh-known-hosts": sites.access.knownHosts },
      },
      env: { GITHUB_SERVER_URL: git.url, GITHUB_RUN_ID: String(++runs) },
    });
    // The runner is told what to hide, and does not print it.
    return { ...outcome, output: outcome.output.replaceAll(/^::add-mask::.*$/gm, "") };
  }

  const loginPage = () => fetch(`${sites.staging.url}/web/login`).then(({ status }) => status);
  const inStaging = <T>(work: Parameters<typeof withSession<T>>[1]) => withSession(sites.staging.connection, work);
  const databases = (prefix: string) =>
    withSession({ ...sites.staging.connection, database: "postgres" }, (session) =>
      databasesWithPrefix(session, prefix),
    );
  const manifestId = () =>
    inStaging(async (session) => {
      const rows = await session.query<{ id: string }>("SELECT id FROM _pipeline.manifest ORDER BY written_at DESC");
      return rows[0]?.id;
    });
  /** Sessions of a refresh on production's server. */
  const readersOf = (role: string) =>
    withSession(sites.production.connection, (session) =>
      session.query("SELECT application_name FROM pg_stat_activity WHERE application_name LIKE $1", [
        `odoo-refresh:%${role}%`,
      ]),
    );
  const disk = (app: { description: { dir: string } }) => join(app.description.dir, "upper");

  /** Files of a host's disk that hold a text. */
  async function holding(app: TwoSites["staging"]["app"], text: string): Promise<string[]> {
    const { stdout } = await run("grep", ["-rlF", "--devices=skip", "-e", text, disk(app)], {
      allowedExitCodes: [0, 1],
    });
    return stdout.split("\n").filter(Boolean);
  }

  async function expectFresh(outcome: ActionOutcome) {
    expect(outcome.output).not.toContain(passwords.production);
    expect(outcome.exitCode, outcome.output.slice(-4000)).toBe(0);
    expect(outcome.outputs).toMatchObject({ database: "staging" });
    expect(await manifestId()).toBe(`${runs}-1`);
    expect(await inStaging(findCanaries)).toEqual([]);
    expect(await databases("staging__new_")).toEqual([]);
    expect(await databases("staging__ready_")).toEqual([]);
    expect((await databases("staging__prev_")).length).toBe(1);
    await expect.poll(loginPage, { timeout: 60_000, interval: 500 }).toBe(200);
  }

  test("directly: masked rows, files by content, swapped; production's password stays at home", async () => {
    const outcome = await refresh("direct");
    await expectFresh(outcome);
    const names = (await inStaging((session) => referredFiles(session))) ?? [];
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const content = await readFile(join(disk(sites.staging.app), "srv/odoo/staging/data/filestore/staging", name));
      expect([name, createHash("sha1").update(content).digest("hex")]).toEqual([name, name.slice(3)]);
    }
    expect(await holding(sites.production.app, passwords.production)).not.toEqual([]); // they could be seen
    for (const password of [passwords.production, passwords.reader]) {
      expect(await holding(sites.staging.app, password)).toEqual([]);
    }
    expect(JSON.stringify(outcome)).not.toContain(passwords.reader);
  });

  test("through production's host, which alone reaches the server; no way is left open", async () => {
    await expectFresh(await refresh("through"));
    const { stdout } = await sites.staging.app.exec(["find", "/srv/odoo/.odoo-pipeline", "-name", "tunnel-*"]);
    expect(stdout).toBe("");
    expect(await holding(sites.staging.app, passwords.reader)).toEqual([]);
  });

  test.each([
    ["direct", () => sites.production.db, /connection-lost|production-unwatched/],
    ["through", () => sites.production.app, /tunnel/],
  ] as const)(
    "the network is cut in the middle, %s: staging serves, and the next run leaves nothing behind",
    async (role, cut, error) => {
      const before = await manifestId();
      const broken = refresh(role);
      await expect.poll(() => readersOf(":copy-"), { timeout: 120_000, interval: 20 }).not.toEqual([]);
      await cut().cable("down");
      try {
        expect(await loginPage()).toBe(200);
        const outcome = await broken;
        expect(outcome.exitCode).toBe(1);
        expect(
          outcome.output
            .split("\n")
            .filter((line) => line.startsWith("::error"))
            .join("\n"),
        ).toMatch(error);
        expect(await loginPage()).toBe(200);
        expect(await manifestId()).toBe(before);
      } finally {
        await cut().cable("up");
      }
      await expectFresh(await refresh(role));
      const { stdout } = await sites.staging.app.exec(["find", "/srv/odoo/.odoo-pipeline", "-name", "tunnel-*"]);
      expect(stdout).toBe("");
      expect(await readersOf("")).toEqual([]);
    },
  );

  describe("by the workflows", () => {
    let cycle: Cycle;

    beforeAll(async () => {
      cycle = await startCycle({ ground: sites });
    });

    afterAll(() => cycle?.close());

    describeRefresh(() => cycle);

    test("a push to staging runs the commit on a masked copy, proves it and rebases dev", async () => {
      const { staging } = cycle.instances;
      const result = await cycle.pushStaging({ change: (clone) => addModuleFeature(clone, "staging") });
      const jobs = { check: "success", deploy: "success", rebase: "success" };
      expect(jobsOf(result, jobs)).toEqual(jobs);
      expect(await manifestId()).toBe(`${result.run.id}-1`);
      expect(await inStaging(findCanaries)).toEqual([]);
      expect(await releasedCommit(staging)).toBe(await cycle.tip("staging"));
      expect(await installedModule(staging)).toEqual({ version: "19.0.1.1.0", state: "installed" });
      expect(await cycle.tip("dev")).toBe(await cycle.tip("staging"));
      const evidence = cycle.fake.repository(cycle.developer.fullName).deployments;
      expect(evidence).toMatchObject([{ sha: await cycle.tip("staging"), environment: "staging" }]);
      expect(await loginPage()).toBe(200);
      cycle.fake.assertClean();
    });
  });
});
