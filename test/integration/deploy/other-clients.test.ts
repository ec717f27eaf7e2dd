import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Connection, connect, withSession } from "../../../src/platform/postgres.ts";
import { type ChildHandle, spawnChild } from "../../../src/platform/process.ts";
import type { FileChange } from "../../support/git.ts";
import { installOdoo } from "../../workbench/odoo.ts";
import { freePort } from "../../workbench/ports.ts";
import { consumerModule, startInstance, type TestInstance } from "./instance.ts";
import { commitSlowly, untilPhase } from "./slow-update.ts";

// Others in the database that is updated: they are found and refuse the deployment, or whatever they were told is written is
// there after every outcome.

// whole deployments of a real Odoo, on a machine that does other things too
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

let odoo: TestInstance;
let files: Record<string, FileChange>;
const clients: Writer[] = [];
const servers: ChildHandle[] = [];

beforeAll(async () => {
  files = await consumerModule();
  odoo = await startInstance();
  expect(await odoo.deploy(await odoo.commit(files))).toMatchObject({ outcome: "deployed" });
  await odoo.query("CREATE TABLE acknowledged (id text PRIMARY KEY)");
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.stop();
  for (const server of servers.splice(0)) await server.stop();
});

afterAll(() => odoo?.[Symbol.asyncDispose]());

interface Writer {
  /** Ids whose INSERT the server acknowledged. */
  acknowledged: string[];
  stop(): Promise<void>;
}

/** A client that inserts ids one by one for ever, and connects again at once whenever it is thrown out or refused. */
function startWriter(name: string, connection: Connection): Writer {
  const acknowledged: string[] = [];
  let on = true;
  const work = (async () => {
    for (let n = 0; on; ) {
      const session = await connect(connection).catch(() => undefined);
      while (on && session) {
        const id = `${name}-${n++}`;
        const written = await session.query("INSERT INTO acknowledged VALUES ($1)", [id]).then(
          () => true,
          () => false,
        );
        if (!written) break;
        acknowledged.push(id);
        await sleep(2);
      }
      await session?.end();
      await sleep(5);
    }
  })();
  const writer = {
    acknowledged,
    stop: async () => {
      on = false;
      await work;
    },
  };
  clients.push(writer);
  return writer;
}

/** Three clients: two of the owner's role, which come back at once, and one of another role. */
async function startWriters(): Promise<Writer[]> {
  await withSession(odoo.superuser, (session) =>
    session.query(`
      DO $$ BEGIN CREATE ROLE etl LOGIN PASSWORD 'of-the-etl'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
      GRANT INSERT ON acknowledged TO etl`),
  );
  const run = Date.now().toString(36);
  const { database } = odoo;
  const writers = [
    startWriter(`integration-${run}`, { ...database, applicationName: "integration" }),
    startWriter(`nameless-${run}`, { ...database, applicationName: "" }),
    startWriter(`etl-${run}`, { ...database, user: "etl", password: "of-the-etl", applicationName: "etl" }),
  ];
  await expect
    .poll(() => writers.every(({ acknowledged }) => acknowledged.length > 20), { timeout: 20_000 })
    .toBe(true);
  return writers;
}

/** Every id that was acknowledged is there; clients go on writing meanwhile. */
async function expectAllThere(writers: readonly Writer[]): Promise<void> {
  const told = writers.flatMap(({ acknowledged }) => [...acknowledged]);
  const there = new Set((await odoo.query<{ id: string }>("SELECT id FROM acknowledged")).map(({ id }) => id));
  expect(told.filter((id) => !there.has(id))).toEqual([]);
}

const may = { roles: ["etl"], applications: ["integration", ""], clients: [] };

test("clients that nobody mentioned refuse the deployment, by name, before anything is closed", async () => {
  const writers = await startWriters();
  const before = writers.map(({ acknowledged }) => acknowledged.length);
  const result = await odoo.deploy(await commitSlowly(odoo, files, "refused"));
  expect(result).toMatchObject({
    outcome: "failed",
    downtimeSeconds: 0,
    failure: { phase: "PLAN", code: "database-shared" },
  });
  for (const found of ["role etl (etl, from an address that is not shown)", "role odoo (integration, from 127.0.0.1)"])
    expect(result.failure?.message).toContain(found);
  await expectAllThere(writers);
  for (const [at, { acknowledged }] of writers.entries()) expect(acknowledged.length).toBeGreaterThan(before[at] ?? 0);
});

test("sessions that our role may not end refuse too, with what an administrator has to grant", async () => {
  await startWriters();
  const result = await odoo.deploy(await commitSlowly(odoo, files, "protected"), { expendable: may });
  expect(result).toMatchObject({ outcome: "failed", failure: { phase: "PLAN", code: "sessions-protected" } });
  expect(result.failure?.remedy).toContain('GRANT pg_signal_backend, pg_read_all_stats TO "odoo"');
  await withSession(odoo.superuser, (session) => session.query("GRANT pg_signal_backend, pg_read_all_stats TO odoo"));
});

test("a client that gives no name, like Odoo, is found when the service is stopped: the old version opens again", async () => {
  const writers = await startWriters();
  const expendable = { roles: ["etl"], applications: ["integration"], clients: [] };
  const result = await odoo.deploy(await commitSlowly(odoo, files, "found_late"), { expendable });
  expect(result).toMatchObject({
    outcome: "rolled-back",
    failure: { phase: "CLOSE", code: "database-shared", message: expect.stringContaining("no application name") },
  });
  await expectAllThere(writers);
});

test.each([
  ["is deployed", async () => undefined, "deployed"],
  ["fails", async (id: string) => void (await dropCopy(id)), "rolled-back"],
  ["is killed", async (_: string, pid: number) => void process.kill(pid, "SIGKILL"), "rolled-back"],
] as const)(
  "clients who may be sent away lose nothing that they were told is written when the deployment %s",
  async (how, disturb, outcome) => {
    const writers = await startWriters();
    const commit = await commitSlowly(odoo, files, `with_clients_${how.replaceAll(" ", "_")}`);
    const deployment = odoo.deploy(commit, { expendable: may });
    const reached = await Promise.race([untilPhase(odoo, "UPDATE"), deployment]);
    if (!("lease" in reached)) throw new Error(`it did not come to UPDATE: ${JSON.stringify(reached.failure)}`);
    const { lease } = reached;
    const closed = writers.map(({ acknowledged }) => acknowledged.length);
    await disturb(lease.id, lease.pid);
    expect(await deployment).toMatchObject({ outcome });
    // They are back, and nothing that was acknowledged before, meanwhile or since is missing.
    await expect
      .poll(() => writers.every(({ acknowledged }, at) => acknowledged.length > (closed[at] as number)), {
        timeout: 20_000,
      })
      .toBe(true);
    await expectAllThere(writers);
  },
);

/** What makes an update fail from outside. */
async function dropCopy(id: string): Promise<void> {
  await odoo.admin(async (admin) => {
    const [copy] = await admin.query<{ datname: string }>("SELECT datname FROM pg_database WHERE datname LIKE $1", [
      `%__work_${id}`,
    ]);
    await admin.query(`ALTER DATABASE "${copy?.datname}" IS_TEMPLATE false`);
    await admin.query(`DROP DATABASE "${copy?.datname}" WITH (FORCE)`);
  });
}

test("another Odoo of the same database on another port is named with its process and port, and refuses", async () => {
  const port = await freePort();
  const config = join(odoo.home, "old-unit.conf");
  await writeFile(config, await readFile(odoo.instance.config, "utf8"));
  const { command } = await installOdoo();
  const server = spawnChild(command, ["-c", config, `--http-port=${port}`, "--workers=0", "--max-cron-threads=0"]);
  for (const stream of [server.stdout, server.stderr]) stream.resume();
  servers.push(server);
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/web/login`).then(
      ({ status }) => status,
      () => 0,
    );
  await expect.poll(answers, { timeout: 60_000 }).toBe(200);
  const result = await odoo.deploy(await commitSlowly(odoo, files, "beside_old_unit"));
  expect(result).toMatchObject({ outcome: "failed", downtimeSeconds: 0, failure: { code: "database-shared" } });
  expect(result.failure?.message).toContain(`an Odoo server, process ${server.pid}`);
  expect(result.failure?.message).toContain(`port ${port}`);
  expect(await answers()).toBe(200);
});
