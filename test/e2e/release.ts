import { expect, test } from "vitest";
import { withSession } from "../../src/platform/postgres.ts";
import type { WorkflowResult } from "../support/act/act.ts";
import { openBrowser } from "../support/browser.ts";
import { findLeaks } from "../support/leaks.ts";
import { startPoller } from "../support/poller.ts";
import { containsCanary, findCanaries } from "../workbench/canaries.ts";
import { secretMark } from "../workbench/secrets.ts";
import { type Cycle, stagingPassword } from "./harness.ts";
import { installedModule, jobsOf, loginPage, placesOf, releasedCommit, rowsIn } from "./observe.ts";

const before = { version: "19.0.1.0.0", state: "installed" };
const after = { version: "19.0.1.1.0", state: "installed" };
const success = (...jobs: string[]) => Object.fromEntries(jobs.map((job) => [job, "success"]));

/** Fonts come from the internet, which the browser has not; Debian's Odoo lacks a library that blurs video calls. */
const ofTheSurroundings = /ERR_NAME_NOT_RESOLVED|mail\/static\/lib\/selfie_segmentation/;

/** Registers the tests of one release from dev to production; `current` is asked once the tests run. */
export function describeRelease(current: () => Cycle): void {
  const runs: WorkflowResult[] = [];

  test("a push to dev updates the development instance and keeps its database", async () => {
    const cycle = current();
    const { development } = cycle.instances;
    await rowsIn(development, 'INSERT INTO res_partner_industry (name) VALUES (\'{"en_US": "Of a developer"}\')');
    const result = await cycle.pushDev();
    runs.push(result);
    expect(jobsOf(result, success("check", "deploy"))).toEqual(success("check", "deploy"));
    expect(await releasedCommit(development)).toBe(await cycle.tip("dev"));
    expect(await installedModule(development)).toEqual(after);
    expect(
      await rowsIn(development, "SELECT FROM res_partner_industry WHERE name->>'en_US' = 'Of a developer'"),
    ).toHaveLength(1);
    expect(await loginPage(development)).toBe(200);
    expect(await installedModule(cycle.instances.staging)).toEqual(before);
  });

  test("a push to staging runs the commit on a masked copy of production, proves it and rebases dev", async () => {
    const cycle = current();
    const { staging, production } = cycle.instances;
    const result = await cycle.pushStaging();
    runs.push(result);
    const jobs = success("check", "deploy", "rebase");
    expect(jobsOf(result, jobs)).toEqual(jobs);
    const commit = await cycle.tip("staging");
    expect(await releasedCommit(staging)).toBe(commit);
    expect(await installedModule(staging)).toEqual(after);
    expect(await loginPage(staging)).toBe(200);
    const { fullName } = cycle.developer;
    const [evidence, ...others] = cycle.fake.repository(fullName).deployments;
    expect(others).toEqual([]);
    expect(evidence).toMatchObject({ sha: commit, environment: "staging", payload: { commit, run_id: result.run.id } });
    expect(evidence?.statuses.at(-1)).toMatchObject({ state: "success" });
    const counts =
      "SELECT (SELECT count(*) FROM res_partner)::int AS partners, (SELECT count(*) FROM library_loan)::int AS loans";
    expect(await rowsIn(staging, counts)).toEqual(await rowsIn(production, counts));
    expect(await cycle.tip("dev")).toBe(commit);
  });

  test("not one canary of production is on staging", async () => {
    const cycle = current();
    const planted = await withSession(cycle.instances.production.connection, findCanaries);
    expect(planted.length).toBeGreaterThan(100);
    expect(await withSession(cycle.instances.staging.connection, findCanaries)).toEqual([]);
  });

  test("a person logs in on staging, is told that it is a copy, and sees the pushed feature", async () => {
    const cycle = current();
    await using browser = await openBrowser();
    const { page, problems } = browser;
    await page.goto(`${cycle.instances.staging.url}/web/login`);
    expect(await page.textContent("#oe_neutralize_banner")).toMatch(/neutralized/i);
    await page.fill("input[name=login]", "admin");
    await page.fill("input[name=password]", stagingPassword);
    await page.click("form.oe_login_form button[type=submit]");
    await page.waitForURL(/\/odoo/);
    await page.goto(`${cycle.instances.staging.url}/odoo/library-loans`);
    await page.waitForSelector(".o_list_view th[data-name=renewals]");
    expect(problems.filter((problem) => !ofTheSurroundings.test(problem))).toEqual([]);
  });

  test("the same commit passes the gate and is deployed to production, which is down for its update only", async () => {
    const cycle = current();
    const { production } = cycle.instances;
    expect(await loginPage(production)).toBe(200);
    const poller = startPoller(`${production.url}/web/login`);
    const result = await cycle.pushProduction();
    runs.push(result);
    expect(await loginPage(production)).toBe(200);
    const downtime = await poller.stop();
    expect(jobsOf(result, success("verify", "deploy"))).toEqual(success("verify", "deploy"));
    expect(await releasedCommit(production)).toBe(await cycle.tip("staging"));
    expect(await installedModule(production)).toEqual(after);
    expect(downtime.spans.at(0)?.status).toBe(200);
    expect(downtime.spans.at(-1)?.status).toBe(200);
    expect(downtime.unavailable).toBeGreaterThan(0);
    expect(downtime.other).toBe(0);
    expect(downtime.longest).toBeLessThan(60_000);
  });

  test("no log, summary, output or request holds a secret or a canary", () => {
    const cycle = current();
    const places = placesOf(cycle, runs);
    expect(places.filter(({ content }) => containsCanary(content)).map(({ name }) => name)).toEqual([]);
    const { password } = cycle.instances.production.connection;
    const known = { ...cycle.secrets, ...(password && { "database password": password }) };
    const secrets = Object.entries({ ...known, "secrets of production": secretMark });
    expect(
      findLeaks(
        secrets.map(([name, value]) => ({ name, value })),
        places,
        { pieces: false },
      ),
    ).toEqual([]);
  });

  test("GitHub was asked nothing that it would not have understood", () => {
    current().fake.assertClean();
  });
}
