import { stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type JournalEntry, readJournal } from "../../../src/deploy/journal.ts";
import { layoutOf } from "../../../src/deploy/layout.ts";
import { type Lease, readLease } from "../../../src/deploy/lease.ts";
import { databaseNames } from "../../../src/deploy/restore-point.ts";
import { dropDatabase, hideDatabase } from "../../../src/environment/databases.ts";
import { probe } from "../../../src/platform/http.ts";
import type { FileChange } from "../../support/git.ts";
import { consumerModule, startInstance, type TestInstance } from "./instance.ts";
import { commitSlowly, untilPhase } from "./slow-update.ts";

// whole deployments of a real Odoo, on a machine that does other things too
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

let odoo: TestInstance;
let files: Record<string, FileChange>;

beforeAll(async () => {
  files = await consumerModule();
  odoo = await startInstance();
  expect(await odoo.deploy(await odoo.commit(files))).toMatchObject({ outcome: "deployed" });
});

afterAll(async () => {
  await odoo?.[Symbol.asyncDispose]();
});

const login = () => probe(`http://127.0.0.1:${odoo.port}/web/login`);
const slowCommit = (column: string) => commitSlowly(odoo, files, column);

async function columns(): Promise<string[]> {
  const sql = "SELECT attname FROM pg_attribute WHERE attrelid = 'library_loan'::regclass AND attnum > 0";
  return (await odoo.query<{ attname: string }>(sql)).map((row) => row.attname);
}

/** The driver at the beginning of CLOSE, which its journal has already. */
async function untilClosing(): Promise<{ lease: Lease }> {
  const layout = layoutOf(odoo.home);
  const closes = ({ phase }: JournalEntry) => phase === "CLOSE";
  for (;;) {
    const lease = await readLease(layout);
    const entries = lease ? await readJournal(layout.deployment(lease.id).journal) : [];
    const ended = entries.some(({ phase }) => phase === "END");
    if (lease && !ended && entries.some(closes)) return { lease };
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("kill -9 of the driver before there is a copy: the old version opens with its database", async () => {
  const deployment = odoo.deploy(await slowCommit("killed_in_close"));
  const { lease } = await untilClosing();
  process.kill(lease.pid, "SIGKILL");
  expect(await deployment).toMatchObject({
    outcome: "rolled-back",
    state: expect.stringContaining("with its database, which was not changed"),
  });
  expect(await columns()).not.toContain("killed_in_close");
  expect(await login()).toMatchObject({ status: 200 });
});

test("a driver that lives finds its copy dropped: the old version opens with its database", async () => {
  const deployment = odoo.deploy(await slowCommit("copy_dropped"));
  const { lease } = await untilPhase(odoo, "UPDATE");
  await odoo.admin(async (admin) => {
    const { work } = databaseNames("production", lease.id);
    await hideDatabase(admin, work, false);
    await dropDatabase(admin, work);
  });
  expect(await deployment).toMatchObject({ outcome: "rolled-back", failure: { phase: "UPDATE" } });
  expect(await columns()).not.toContain("copy_dropped");
  expect(await login()).toMatchObject({ status: 200 });
});

test("a driver that lives finds the live database renamed: all stays closed until it is back", async () => {
  const cancel = new AbortController();
  const commit = await slowCommit("cancelled_and_renamed");
  const deployment = odoo.deploy(commit, { signal: cancel.signal }).catch((error: unknown) => error);
  await untilPhase(odoo, "UPDATE");
  await rename("production", "elsewhere");
  cancel.abort();
  expect(await deployment).toMatchObject({
    code: "rollback-unfinished",
    message: expect.stringContaining("no database of that name any more"),
  });
  await expectClosed();
  await rename("elsewhere", "production");
  expect(await odoo.host.call("recover", { base: odoo.home, after: 0 })).toMatchObject({ outcome: "rolled-back" });
  expect(await columns()).not.toContain("cancelled_and_renamed");
  expect(await login()).toMatchObject({ status: 200 });
});

test("kill -9 of the driver in the update, and the live database renamed: the next deployment goes not over it", async () => {
  const deployment = odoo.deploy(await slowCommit("killed_and_renamed")).catch((error: unknown) => error);
  const { lease } = await untilPhase(odoo, "UPDATE");
  process.kill(lease.pid, "SIGKILL");
  await rename("production", "elsewhere");
  const missing = { code: "database-missing", remedy: expect.stringContaining("owned by role odoo") };
  expect(await deployment).toMatchObject(missing);
  await expectClosed();
  const commit = await slowCommit("after_the_loss");
  await expect(odoo.deploy(commit)).rejects.toMatchObject(missing);
  await expectClosed();

  await rename("elsewhere", "production");
  expect(await odoo.deploy(commit)).toMatchObject({ outcome: "deployed" });
  expect(await columns()).toContain("after_the_loss");
  expect(await columns()).not.toContain("killed_and_renamed");
  expect(await login()).toMatchObject({ status: 200 });
});

const rename = (from: string, to: string) =>
  odoo.admin((admin) => admin.query(`ALTER DATABASE ${from} RENAME TO ${to}`));

async function expectClosed(): Promise<void> {
  expect(await login()).toHaveProperty("error");
  expect((await stat(join(odoo.home, ".deploy/closed"))).isFile()).toBe(true);
}
