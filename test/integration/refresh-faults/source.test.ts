import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { refreshHeldInCopy, startWiredGround, type WiredGround } from "./ground.ts";

// What production does while it is copied: the copy is what the snapshot saw, or production goes first.
let ground: WiredGround;
let runs = 0;

beforeAll(async () => {
  ground = await startWiredGround();
});

afterEach(() => ground.wire.release());

afterAll(() => ground?.remove());

const onProduction = (sql: string) => withSession(ground.source, (session) => session.query(sql));

async function held(maxBlockMs: number) {
  const id = `${++runs}-1`;
  return { id, ...(await refreshHeldInCopy(ground, ground.wire, id, { maxBlockMs })) };
}

async function timed(work: Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work;
  return performance.now() - started;
}

test.each([
  "BEGIN; TRUNCATE library_note; ROLLBACK",
  "BEGIN; ALTER TABLE library_loan ADD COLUMN later integer; ROLLBACK",
  "BEGIN; DROP TABLE library_note; ROLLBACK",
  "VACUUM FULL library_loan",
])("%s waits no longer than max_block, then the refresh gives way", async (sql) => {
  const before = await ground.staged();
  const { outcome } = await held(500);
  const waited = await timed(onProduction(sql));
  expect(await outcome).toMatchObject({ code: "production-blocked", message: expect.stringContaining("0.5 s") });
  expect(waited).toBeLessThan(500 + 2000);
  expect(await ground.staged()).toBe(before);
  expect(await ground.leftovers()).toEqual([]);
});

test("a TRUNCATE that may wait comes after the copy, which is whole", async () => {
  const { id, outcome } = await held(60_000);
  let truncated = false;
  const truncate = onProduction("BEGIN; TRUNCATE library_loan; ROLLBACK").then(() => {
    truncated = true;
  });
  await vi.waitFor(async () => expect(await waiting()).toEqual([{ mode: "AccessExclusiveLock" }]));
  expect(truncated).toBe(false);
  ground.wire.release();
  expect(await outcome).toBe("done");
  await truncate;
  expect(await ground.staged()).toBe(id);
});

const waiting = () =>
  onProduction("SELECT mode FROM pg_locks WHERE NOT granted AND relation = 'library_loan'::regclass");

test("a burst of writes waits for nobody and is not in the copy", async () => {
  const before = await onProduction("SELECT max(id) AS id FROM library_note");
  const { id, outcome } = await held(60_000);
  const latencies: number[] = [];
  for (let i = 0; i < 50; i++) {
    const sql = "DELETE FROM library_note WHERE id IN (SELECT min(id) FROM library_note)";
    latencies.push(await timed(onProduction(sql)));
    latencies.push(await timed(onProduction(`INSERT INTO library_note (note) VALUES ('later'), ('later')`)));
    latencies.push(await timed(onProduction("UPDATE library_loan SET partner_id = NULL WHERE id = 20000")));
  }
  await onProduction("VACUUM library_note");
  ground.wire.release();
  expect(await outcome).toBe("done");
  expect(await ground.staged()).toBe(id);
  await withSession(ground.staging, async (session) => {
    expect(await session.query("SELECT max(id) AS id FROM library_note")).toEqual(before);
    expect(await session.query("SELECT partner_id FROM library_loan WHERE id = 20000")).toEqual([{ partner_id: 3 }]);
  });
  expect(Math.max(...latencies)).toBeLessThan(2000);
});
