import { generateKeyPairSync } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { dataOf } from "../../../src/deploy/journal.ts";
import { layoutOf } from "../../../src/deploy/layout.ts";
import { type Lease, readLease } from "../../../src/deploy/lease.ts";
import { probe } from "../../../src/platform/http.ts";
import { withSession } from "../../../src/platform/postgres.ts";
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

let serving: string;
beforeEach(async () => {
  serving = await readFile(join(odoo.home, "current/.release.json"), "utf8");
});

const slowCommit = (column: string) => commitSlowly(odoo, files, column);

async function columns(): Promise<string[]> {
  const sql = "SELECT attname FROM pg_attribute WHERE attrelid = 'library_loan'::regclass AND attnum > 0";
  return (await odoo.query<{ attname: string }>(sql)).map((row) => row.attname);
}

const processOf = (pid: unknown) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");

async function expectOldVersion(column: string): Promise<void> {
  expect(await readFile(join(odoo.home, "current/.release.json"), "utf8")).toBe(serving);
  expect(await columns()).not.toContain(column);
  const [module] = await odoo.query("SELECT state, latest_version FROM ir_module_module WHERE name = 'library_loans'");
  expect(module).toEqual({ state: "installed", latest_version: "19.0.1.0.0" });
  expect(await probe(`http://127.0.0.1:${odoo.port}/web/login`)).toMatchObject({ status: 200 });
}

describe("kill -9 of the driver", () => {
  test("while Odoo updates: the update is ended, old code and old data serve", async () => {
    const deployment = odoo.deploy(await slowCommit("killed_in_update"));
    const { lease, entries } = await untilPhase(odoo, "UPDATE");
    const { pid } = dataOf(entries, "UPDATE");
    process.kill(lease.pid, "SIGKILL");
    expect(await processOf(pid)).toContain("odoo");
    expect(await probe(`http://127.0.0.1:${odoo.port}/web/login`)).toHaveProperty("error");

    expect(await deployment).toMatchObject({ outcome: "rolled-back", failure: { code: "driver-died" } });
    expect(await processOf(pid)).toBe("");
    await expectOldVersion("killed_in_update");
  });

  test("while the new version is looked at: nobody was let in, old code and old data serve", async () => {
    const deployment = odoo.deploy(await slowCommit("killed_in_verify"));
    const { lease } = await untilReached("VERIFY");
    process.kill(lease.pid, "SIGKILL");
    expect(await deployment).toMatchObject({ outcome: "rolled-back" });
    await expectOldVersion("killed_in_verify");
  });
});

/** A phase that writes nothing between its begin and its end. */
async function untilReached(phase: string): Promise<{ lease: Lease }> {
  for (;;) {
    const lease = await readLease(layoutOf(odoo.home));
    if (lease?.phase === phase) return { lease };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("a cancelled job: the host goes back by itself, and the site answers 503 meanwhile", async () => {
  const cancel = new AbortController();
  const deployment = odoo.deploy(await slowCommit("cancelled"), { signal: cancel.signal });
  await untilPhase(odoo, "UPDATE");
  const page = await probe(`http://127.0.0.1:${odoo.port}/web/login`);
  expect(page).toMatchObject({ status: 503, headers: { "retry-after": "30" } });
  const rpc = await probe(`http://127.0.0.1:${odoo.port}/jsonrpc`, { headers: { accept: "application/json" } });
  expect(rpc).toMatchObject({ status: 503, headers: { "content-type": "application/json" } });
  await expect(odoo.deploy(await odoo.commit({ X: "x" }))).rejects.toMatchObject({ code: "deployment-locked" });
  await expect(withSession(odoo.database, stay)).rejects.toThrow();
  cancel.abort();
  expect(await deployment).toMatchObject({ outcome: "rolled-back", failure: { phase: "UPDATE", code: "cancelled" } });
  await expectOldVersion("cancelled");
});

/** Somebody who comes into the database while it is updated is sent away. */
async function stay(session: { query(sql: string): Promise<unknown> }): Promise<void> {
  await session.query("SELECT pg_sleep(5)");
}

describe("with a prepared database", () => {
  const copy = "production__ready_test";

  async function prepareCopy(clean: boolean): Promise<void> {
    await odoo.admin((admin) => admin.query(`DROP DATABASE IF EXISTS ${copy}`));
    await odoo.admin(async (admin) => {
      await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'production'");
      await admin.query(`CREATE DATABASE ${copy} TEMPLATE production`);
    });
    await withSession({ ...odoo.database, database: copy }, async (session) => {
      await session.query("CREATE SCHEMA IF NOT EXISTS _pipeline");
      await session.query(
        "CREATE TABLE IF NOT EXISTS _pipeline.manifest (id text PRIMARY KEY, written_at timestamptz, manifest jsonb)",
      );
      await session.query("INSERT INTO _pipeline.manifest VALUES ('1', now(), $1)", [{ clean }]);
      await session.query("UPDATE res_partner SET comment = 'from the copy' WHERE id = 1");
    });
  }

  const comment = async () => (await odoo.query("SELECT comment FROM res_partner WHERE id = 1"))[0];

  test("that is not clean: refused", async () => {
    await prepareCopy(false);
    const result = await odoo.deploy(await slowCommit("unclean"), { databaseCopy: copy });
    expect(result).toMatchObject({ outcome: "failed", failure: { phase: "PLAN", code: "host-not-fit" } });
    await expectOldVersion("unclean");
  });

  test("that is clean, but not signed by the team's key: refused", async () => {
    await prepareCopy(true);
    const { publicKey } = generateKeyPairSync("ed25519");
    const manifestPublicKey = publicKey.export({ format: "pem", type: "spki" }).toString();
    const result = await odoo.deploy(await slowCommit("unsigned"), { databaseCopy: copy, manifestPublicKey });
    expect(result).toMatchObject({
      outcome: "failed",
      failure: { code: "host-not-fit", message: expect.stringContaining("manifest without a signature") },
    });
    await expectOldVersion("unsigned");
  });

  test("whose update fails: old code and the old database", async () => {
    await prepareCopy(true);
    const sha = await slowCommit("in_copy");
    const result = await odoo.deploy(sha, { databaseCopy: copy, updateTimeoutMs: 1000 });
    expect(result).toMatchObject({ outcome: "rolled-back", failure: { phase: "UPDATE" } });
    expect(await comment()).not.toEqual({ comment: "from the copy" });
    await expectOldVersion("in_copy");
  });

  test("takes the database's place, the old one is kept", async () => {
    await prepareCopy(true);
    const result = await odoo.deploy(await slowCommit("with_copy"), { databaseCopy: copy });
    expect(result).toMatchObject({ outcome: "deployed", updated: ["library_loans"] });
    expect(await comment()).toEqual({ comment: "from the copy" });
    expect(await columns()).toContain("with_copy");
    const databases = await odoo.databases();
    expect(databases).toContain(`production__rp_${result.id}`);
    expect(databases).not.toContain(copy);
  });
});

test("a service that does not start at once: its data is not taken back, since a start of Odoo writes; it is started again", async () => {
  await writeFile(join(odoo.home, "broken-start"), "");
  const result = await odoo.deploy(await slowCommit("no_start"));
  expect(result).toMatchObject({ outcome: "deployed", failure: { phase: "OPEN", code: "service-command" } });
  expect(result.state).toContain(`the old database, kept as production__rp_${result.id}, was not put back`);
  expect(await columns()).toContain("no_start");
  expect(await probe(`http://127.0.0.1:${odoo.port}/web/login`)).toMatchObject({ status: 200 });
});

test("a service that cannot be stopped, as without the right: it serves on, and nothing stays closed", async () => {
  await writeFile(join(odoo.home, "broken-stop"), "");
  const result = await odoo.deploy(await commitSlowly(odoo, files, "no_stop"));
  expect(result).toMatchObject({ outcome: "rolled-back", failure: { phase: "CLOSE", code: "service-command" } });
  await expect(readFile(join(odoo.home, ".deploy/closed"))).rejects.toMatchObject({ code: "ENOENT" });
  expect(await readFile(join(odoo.home, "current/.release.json"), "utf8")).toBe(serving);
  expect(await probe(`http://127.0.0.1:${odoo.port}/web/login`)).toMatchObject({ status: 200 });
});

test("a person's hold is respected", async () => {
  await writeFile(join(odoo.home, ".deploy/hold"), "month-end closing, ask Ann\n");
  const error = await odoo.deploy(await odoo.commit({ Y: "y" })).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "on-hold", message: expect.stringContaining("ask Ann") });
});
