import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { failMigration, libraryOf, withBranchesPutBack, withoutHarm } from "../e2e/harmless.ts";
import { type Cycle, startCycle } from "../e2e/harness.ts";
import { errorsOf, jobsOf, loginPage, releasedCommit, rowsIn } from "../e2e/observe.ts";
import { describeRefresh } from "../e2e/refresh.ts";
import { describeRelease } from "../e2e/release.ts";
import { addDocumentation, addSlowMigration } from "../workbench/consumer.ts";
import { canRunLab } from "./capability.ts";
import { type Lab, startLab } from "./lab.ts";

const capability = canRunLab();

describe.skipIf(!capability.possible)(
  `a release over SSH to a host with systemd and nginx [${capability.cure}]`,
  () => {
    let lab: Lab;
    let cycle: Cycle;

    beforeAll(async () => {
      lab = await startLab({ progress: console.log });
      cycle = await startCycle({ ground: lab });
    });

    afterAll(() => (cycle ?? lab)?.[Symbol.asyncDispose]());

    const bothGreen = { check: "success", deploy: "success" };
    const systemctl = async (...args: string[]) =>
      (await lab.machine.exec(["systemctl", ...args], { allowedExitCodes: "any" })).stdout.trim();

    /** Asks the copy of development's database that a deployment updates now. */
    async function inCopy(sql: string) {
      const { development } = cycle.instances;
      const at = (database: string) => ({ ...development, connection: { ...development.connection, database } });
      const copies = "SELECT datname AS name FROM pg_database WHERE datname LIKE 'development\\_\\_work\\_%'";
      const [copy] = await rowsIn<{ name: string }>(at("postgres"), copies);
      return copy ? await rowsIn(at(copy.name), sql) : [];
    }

    /** Pushes a migration of so many seconds to dev, returns once half of it is committed. */
    async function beginSlowUpdate({ seconds, signal }: { seconds: number; signal?: AbortSignal }) {
      const { development } = cycle.instances;
      await rowsIn(development, "INSERT INTO library_loan (title, borrower_id, due_date) VALUES ('Kept', 1, now())");
      const before = await libraryOf(development);
      const finished = cycle.pushDev({
        change: (clone) => addSlowMigration(clone, seconds),
        ...(signal && { signal }),
      });
      const half = "SELECT FROM library_loan WHERE title = 'half'";
      const begun = () =>
        inCopy(half).then(
          (rows) => rows.length > 0,
          () => false,
        );
      await expect.poll(begun, { timeout: 120_000, interval: 200 }).toBe(true);
      return { before, finished };
    }

    describeRelease(() => cycle);
    describeRefresh(() => cycle);

    test("a migration that raises leaves old code and old data", () => withoutHarm(cycle, () => failMigration(cycle)));

    test("power fails during an update: nothing serves, the next deployment opens the database that was never changed", async () => {
      const { development, production } = cycle.instances;
      const served = await releasedCommit(development);
      const runner = new AbortController();
      const { before } = await withBranchesPutBack(cycle, async () => {
        const begun = await beginSlowUpdate({ seconds: 600, signal: runner.signal });
        await lab.machine.crash();
        runner.abort(); // else it would settle the deployment itself, as soon as the host is back
        expect((await begun.finished).run.conclusion).toBe("cancelled");
        return begun;
      });
      await lab.machine.boot();
      expect(await systemctl("show", "-P", "ConditionResult", "odoo-development")).toBe("no");
      expect(await systemctl("is-active", "odoo-development")).toBe("inactive");
      await expect.poll(() => loginPage(production), { timeout: 60_000 }).toBe(200);
      expect(await inCopy("SELECT FROM library_loan WHERE title = 'half'")).not.toEqual([]);
      await expect(libraryOf(development)).rejects.toThrow("not currently accepting connections");
      expect(await releasedCommit(development)).toBe(served);

      const next = await cycle.pushDev({ change: (clone) => addDocumentation(clone) });
      expect(jobsOf(next, bothGreen)).toEqual(bothGreen);
      expect(next.log).toMatch(/never came to its end: it is settled first/);
      expect(await libraryOf(development)).toEqual(before);
      expect(await releasedCommit(development)).toBe(await cycle.tip("dev"));
      expect(await systemctl("is-active", "odoo-development")).toBe("active");
      expect(await loginPage(development)).toBe(200);
    });

    test("the network goes down during an update: the host ends it alone, the run says so, the next one finds it", async () => {
      const { development } = cycle.instances;
      const { finished } = await beginSlowUpdate({ seconds: 5 });
      const answer = await fetch(development.url);
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "30"]);
      expect(await answer.text()).toContain("Update in progress");
      await lab.machine.cable("down");
      const commit = await cycle.tip("dev");
      await expect.poll(() => releasedCommit(development), { timeout: 120_000, interval: 500 }).toBe(commit);
      await expect.poll(() => systemctl("is-active", "odoo-development"), { timeout: 60_000 }).toBe("active");
      const lost = await finished;
      await lab.machine.cable("up");
      expect(lost.jobs).toEqual({ check: "success", deploy: "failure" });
      expect(errorsOf(lost).join("\n")).toMatch(/goes on by itself/);
      await expect.poll(() => loginPage(development), { timeout: 60_000, interval: 500 }).toBe(200);
      expect((await libraryOf(development)).loans).toContainEqual(expect.objectContaining({ title: "whole" }));
      const next = await cycle.pushDev({ change: (clone) => addDocumentation(clone, "dev", "Closed on Sundays.") });
      expect(jobsOf(next, bothGreen)).toEqual(bothGreen);
      expect(await releasedCommit(development)).toBe(await cycle.tip("dev"));
    });
  },
);
