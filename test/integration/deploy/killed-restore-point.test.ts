import { stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type JournalEntry, readJournal } from "../../../src/deploy/journal.ts";
import { layoutOf } from "../../../src/deploy/layout.ts";
import { type Lease, readLease } from "../../../src/deploy/lease.ts";
import { databaseNames } from "../../../src/deploy/restore-point.ts";
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

const backup = "production_backup";
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

test("kill -9 of the driver before there is a restore point: the old version opens with its database", async () => {
  const deployment = odoo.deploy(await slowCommit("killed_in_close"));
  const { lease } = await untilClosing();
  process.kill(lease.pid, "SIGKILL");
  expect(await odoo.databases()).not.toContain(databaseNames("production", lease.id).restorePoint);
  expect(await deployment).toMatchObject({
    outcome: "rolled-back",
    state: expect.stringContaining("with its database, which was not changed"),
  });
  expect(await columns()).not.toContain("killed_in_close");
  expect(await login()).toMatchObject({ status: 200 });
});

test("a driver that lives finds its restore point dropped: all stays closed until `recover` finds a backup in its place", async () => {
  const cancel = new AbortController();
  const commit = await slowCommit("cancelled_and_dropped");
  const deployment = odoo.deploy(commit, { signal: cancel.signal }).catch((error: unknown) => error);
  const { lease } = await untilPhase(odoo, "UPDATE");
  const restorePoint = await dropRestorePoint(lease);
  cancel.abort();
  expect(await deployment).toMatchObject({
    code: "rollback-unfinished",
    message: expect.stringContaining(`no database ${restorePoint}.`),
    remedy: expect.stringContaining(`rename it to ${restorePoint}.`),
  });
  await expectClosed();

  await bringBackup(restorePoint);
  expect(await odoo.host.call("recover", { base: odoo.home, after: 0 })).toMatchObject({
    outcome: "rolled-back",
    state: expect.stringContaining("with the database as it was before"),
  });
  expect(await columns()).not.toContain("cancelled_and_dropped");
  expect(await login()).toMatchObject({ status: 200 });
});

test("kill -9 of the driver in the update, and its restore point dropped: all stays closed until a backup is in its place", async () => {
  const deployment = odoo.deploy(await slowCommit("killed_and_dropped")).catch((error: unknown) => error);
  const { lease } = await untilPhase(odoo, "UPDATE");
  process.kill(lease.pid, "SIGKILL");
  const restorePoint = await dropRestorePoint(lease);

  const missing = {
    code: "restore-point-missing",
    message: expect.stringMatching(new RegExp(`${lease.id}.* database production,.* no database ${restorePoint}\\.`)),
    remedy: expect.stringContaining(`owned by role odoo, and when it is whole, rename it to ${restorePoint}.`),
  };
  expect(await deployment).toMatchObject(missing);
  await expectClosed();
  // nor does the next deployment go over it
  const commit = await slowCommit("after_the_loss");
  await expect(odoo.deploy(commit)).rejects.toMatchObject(missing);
  await expectClosed();

  await bringBackup(restorePoint);
  expect(await odoo.deploy(commit)).toMatchObject({ outcome: "deployed" });
  expect(await columns()).toContain("after_the_loss");
  expect(await columns()).not.toContain("killed_and_dropped");
  expect(await odoo.databases()).toContain(databaseNames("production", lease.id).failed);
  expect(await login()).toMatchObject({ status: 200 });
});

/** Drops the restore point of a deployment under way, of which a backup is kept; returns its name. */
async function dropRestorePoint({ id }: Lease): Promise<string> {
  const { restorePoint } = databaseNames("production", id);
  await odoo.admin((admin) => admin.query(`CREATE DATABASE ${backup} TEMPLATE "${restorePoint}"`));
  await odoo.admin((admin) => admin.query(`DROP DATABASE "${restorePoint}"`));
  return restorePoint;
}

const bringBackup = (restorePoint: string) =>
  odoo.admin((admin) => admin.query(`ALTER DATABASE ${backup} RENAME TO "${restorePoint}"`));

async function expectClosed(): Promise<void> {
  expect(await login()).toHaveProperty("error");
  expect((await stat(join(odoo.home, ".deploy/closed"))).isFile()).toBe(true);
  const [database] = await odoo.admin((admin) =>
    admin.query("SELECT datallowconn AS open FROM pg_database WHERE datname = 'production'"),
  );
  expect(database).toEqual({ open: false });
}
