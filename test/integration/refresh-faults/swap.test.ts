import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, connect, withSession } from "../../../src/platform/postgres.ts";
import { recordWire, type Wire } from "../../support/wire-recorder.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { type Ground, makeGround, staged } from "./ground.ts";

// The end of a refresh, while others want the database too.
let server: PostgresServer;
let wire: Wire;
let ground: Ground;

beforeAll(async () => {
  server = await startPostgres();
  wire = await recordWire(server.odoo);
  ground = await makeGround(server, server, { port: wire.port });
});

afterAll(async () => {
  await wire?.stop();
  await server?.stop();
  await ground?.remove();
});

/** Connects again at once whenever it is thrown out, until `signal`; tells what it saw and when. */
async function impatientClient(database: Connection, signal: AbortSignal, saw: (id: string, at: number) => void) {
  while (!signal.aborted) {
    const session = await connect(database).catch(() => undefined);
    while (session && !signal.aborted) {
      const id = await staged(session).catch((error: unknown) => {
        if (error instanceof Error && error.message.startsWith("staging is not whole")) throw error;
        return undefined;
      });
      if (id === undefined) break;
      saw(id, performance.now());
      await sleep(100);
    }
    await session?.end();
    await sleep(5);
  }
}

test("100 clients that come back at once see the old staging or the new one, never half of one", async () => {
  const enough = new AbortController();
  const lastOld: number[] = [];
  const firstNew: number[] = [];
  const ids = new Set<string>();
  const clients = Array.from({ length: 100 }, (_, index) =>
    impatientClient(ground.staging, enough.signal, (id, at) => {
      ids.add(id);
      if (id === "0-1") lastOld[index] = at;
      else firstNew[index] ??= at;
    }),
  );
  const result = await ground.refresh("101-1");
  while (Object.keys(firstNew).length < 100) await sleep(50);
  enough.abort();
  await Promise.all(clients);
  expect([...ids]).toEqual(["0-1", "101-1"]);
  // From the last answer of the old database to the first of the new one.
  expect(Math.min(...firstNew) - Math.max(...lastOld)).toBeLessThan(5000);
  expect(result.previous).toBe("staging__prev_101-1");
  const [kept] = await withSession(server.admin, (session) =>
    session.query("SELECT datallowconn AS open FROM pg_database WHERE datname = 'staging__prev_101-1'"),
  );
  expect(kept).toEqual({ open: false });
  expect(await ground.leftovers()).toEqual([]);
});

test("two refreshes at once: the second is refused while the first goes on", async () => {
  const held = wire.holdAfter(200_000);
  const first = ground.refresh("102-1", { jobs: 1 });
  await held;
  const started = performance.now();
  await expect(ground.refresh("103-1")).rejects.toMatchObject({ code: "refresh-running" });
  expect(performance.now() - started).toBeLessThan(10_000);
  wire.release();
  expect((await first).database).toBe("staging");
  expect(await ground.staged()).toBe("102-1");
  expect(await ground.leftovers()).toEqual([]);
});

test("a refresh does not swap while a deployment holds its lock", async () => {
  const before = await ground.staged();
  await withSession(server.odoo, async (deployment) => {
    await deployment.query("SELECT pg_advisory_lock(hashtext('deploy-odoo'), hashtext('staging'))");
    await expect(ground.refresh("104-1")).rejects.toMatchObject({ code: "deployment-running" });
    expect(await ground.staged()).toBe(before);
    expect(await ground.serving()).toBe(true);
  });
  expect(await ground.leftovers()).toEqual([]);
  expect((await ground.refresh("105-1")).database).toBe("staging");
});

test("an old database that cannot be dropped is a warning, and the next run's", async () => {
  const template = (name: string, is: boolean) =>
    withSession(server.admin, (session) =>
      session.query("UPDATE pg_database SET datistemplate = $2 WHERE datname = $1", [name, is]),
    );
  const { previous = "" } = await ground.refresh("106-1");
  await template(previous, true);
  const result = await ground.refresh("107-1");
  expect(await ground.staged()).toBe("107-1");
  expect(result.warnings.join()).toContain("could not be dropped");
  await template(previous, false);
  await ground.refresh("108-1");
  const kept = await withSession(server.admin, (session) =>
    session.query("SELECT datname AS name FROM pg_database WHERE datname LIKE 'staging\\_\\_prev%'"),
  );
  expect(kept).toEqual([{ name: "staging__prev_108-1" }]);
});
