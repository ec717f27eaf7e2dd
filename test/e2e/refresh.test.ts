import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withSession } from "../../src/platform/postgres.ts";
import { runWorkflow, type WorkflowResult } from "../support/act/act.ts";
import { findLeaks } from "../support/leaks.ts";
import { findCanaries } from "../workbench/canaries.ts";
import type { ObservedInstance } from "../workbench/topology.ts";
import { type Cycle, startCycle } from "./harness.ts";
import { jobsOf, loginPage, placesOf, rowsIn } from "./observe.ts";

let cycle: Cycle;

beforeAll(async () => {
  cycle = await startCycle();
});

afterAll(() => cycle?.close());

/** Starts the template's refresh by hand, as a person does on the page of the workflow. */
async function refresh(inputs: Record<string, string>): Promise<WorkflowResult> {
  const { fake, product, secrets, developer } = cycle;
  const result = await runWorkflow({
    ...{ fake, product, secrets, repository: developer.fullName, vars: {} },
    ...{ branch: "production", sha: await cycle.tip("production"), workflow: ".github/workflows/refresh.yml" },
    ...{ event: "workflow_dispatch", payload: { inputs } },
  });
  const green = { refresh: "success" };
  expect(jobsOf(result, green)).toEqual(green);
  expect(
    findLeaks(
      Object.entries(secrets).map(([name, value]) => ({ name, value })),
      placesOf(cycle, [result]),
    ),
  ).toEqual([]);
  return result;
}

const manifestOf = (database: string) =>
  withSession({ ...cycle.instances.staging.connection, database }, async (session) => {
    expect(await findCanaries(session)).toEqual([]);
    const [row] = await session.query<{ id: string }>(
      "SELECT id FROM _pipeline.manifest ORDER BY written_at DESC LIMIT 1",
    );
    return row?.id;
  });

/** Waits for the login page; when it does not come, Odoo's own words are in the log. */
async function expectServing(instance: ObservedInstance): Promise<void> {
  try {
    await expect.poll(() => loginPage(instance), { timeout: 60_000, interval: 500 }).toBe(200);
  } catch (error) {
    console.error((await instance.readFile(join(instance.base, "odoo.log"))).slice(-6000));
    throw error;
  }
}

test("staging is refreshed by hand, then development and a branch get databases from the copy that was kept", async () => {
  const { staging, development } = cycle.instances;
  const loans = "SELECT count(*)::int AS count FROM library_loan";
  const fresh = await refresh({ environment: "staging", from: "production" });
  const id = `${fresh.run.id}-1`;
  expect(await manifestOf("staging")).toBe(id);
  expect(await rowsIn(staging, loans)).toEqual(await rowsIn(cycle.instances.production, loans));
  await expectServing(staging);

  await refresh({ environment: "development", from: "golden" });
  expect(await manifestOf("development")).toBe(id);
  await expectServing(development);

  await refresh({ environment: "development", from: "golden", database: "feature_loans" });
  expect(await manifestOf("feature_loans")).toBe(id);
  expect(await rowsIn(development, "SELECT FROM pg_database WHERE datname LIKE '%\\_\\_new\\_%'")).toEqual([]);
  cycle.fake.assertClean();
});
