import { join } from "node:path";
import { expect, test } from "vitest";
import { withSession } from "../../src/platform/postgres.ts";
import { runWorkflow, type WorkflowResult } from "../support/act/act.ts";
import { findLeaks } from "../support/leaks.ts";
import { findCanaries } from "../workbench/canaries.ts";
import type { ObservedInstance } from "../workbench/topology.ts";
import type { Cycle } from "./harness.ts";
import { jobsOf, loginPage, placesOf, rowsIn } from "./observe.ts";

/** Starts the template's refresh by hand, as a person does on the page of the workflow. */
async function refresh(cycle: Cycle, inputs: Record<string, string>): Promise<WorkflowResult> {
  const { fake, product, secrets, vars, developer } = cycle;
  const result = await runWorkflow({
    ...{ fake, product, secrets, vars, repository: developer.fullName },
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

const manifestOf = (cycle: Cycle, database: string) =>
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
    console.error((await instance.readFile(join(instance.base, "odoo.log")).catch(String)).slice(-6000));
    throw error;
  }
}

/** Registers the tests of a refresh that a person starts; `current` is asked once they run. */
export function describeRefresh(current: () => Cycle): void {
  test("staging is refreshed by hand, then development and a branch get databases from the copy that was kept", async () => {
    const cycle = current();
    const { staging, development } = cycle.instances;
    const loans = "SELECT count(*)::int AS count FROM library_loan";
    const fresh = await refresh(cycle, { environment: "staging", from: "production", mode: "full" });
    const id = `${fresh.run.id}-1`;
    expect(await manifestOf(cycle, "staging")).toBe(id);
    expect(await rowsIn(staging, loans)).toEqual(await rowsIn(cycle.instances.production, loans));
    await expectServing(staging);

    await refresh(cycle, { environment: "development", from: "golden" });
    expect(await manifestOf(cycle, "development")).toBe(id);
    await expectServing(development);

    await refresh(cycle, { environment: "development", from: "golden", database: "feature_loans" });
    expect(await manifestOf(cycle, "feature_loans")).toBe(id);
    expect(await rowsIn(development, "SELECT FROM pg_database WHERE datname LIKE '%\\_\\_new\\_%'")).toEqual([]);
    cycle.fake.assertClean();
  });
}
