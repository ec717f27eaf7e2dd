import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { refreshHeldInCopy, startWiredGround, type WiredGround } from "./ground.ts";

// Sessions of a refresh that end in the middle of the copy: one clear error, staging as it was.
let ground: WiredGround;
let runs = 0;

beforeAll(async () => {
  ground = await startWiredGround();
});

afterEach(() => ground.wire.release());

afterAll(() => ground?.remove());

async function backendOf(server: Connection, role: string): Promise<number> {
  const rows = await withSession(server, (session) =>
    session.query<{ pid: number }>("SELECT pid FROM pg_stat_activity WHERE application_name LIKE $1", [
      `odoo-refresh:staging:%:${role}`,
    ]),
  );
  expect(rows).toHaveLength(1);
  return rows[0]?.pid ?? 0;
}

const PLACES = [
  ["holder", "source"],
  ["watchdog", "source"],
  ["copy-0", "source"],
  ["load-0", "target"],
  ["maintenance", "target"],
] as const;

// A session that ended is noticed by whoever uses it next; the lock's and the holder's only by looking.
const CODES: Record<string, RegExp> = {
  holder: /^connection-lost$/,
  watchdog: /^production-unwatched$/,
  "copy-0": /^connection-lost$/,
  "load-0": /^connection-lost$/,
  maintenance: /^connection-lost$/,
};

const held = () => refreshHeldInCopy(ground, ground.wire, `${++runs}-1`);

async function expectAsBefore(before: string, error: unknown): Promise<void> {
  expect(error).toMatchObject({ message: expect.not.stringContaining("Geheim"), remedy: expect.any(String) });
  expect(await ground.leftovers()).toEqual([]);
  expect(await ground.staged()).toBe(before);
  expect(await ground.serving()).toBe(true);
}

test.each(PLACES)("an administrator ends the session of %s", async (role, side) => {
  const before = await ground.staged();
  const { outcome } = await held();
  const pid = await backendOf(ground.admin[side], role);
  await withSession(ground.admin[side], (session) => session.query("SELECT pg_terminate_backend($1)", [pid]));
  // What ended behind the held wire is heard when it moves again, and the lock's session is needed at the end only.
  if (role === "copy-0" || role === "maintenance") ground.wire.release();
  const error = await outcome;
  expect(error).toMatchObject({ code: expect.stringMatching(CODES[role] as RegExp) });
  await expectAsBefore(before, error);
});

// PostgreSQL restarts all of a server's sessions when one of its backends is killed.
test.each(PLACES)("kill -9 of the backend of %s", async (role, side) => {
  const before = await ground.staged();
  const { outcome } = await held();
  process.kill(await backendOf(ground.admin[side], role), "SIGKILL");
  const error = await outcome;
  expect(error).toMatchObject({ code: expect.stringMatching(/^(connection-lost|production-unwatched)$/) });
  await serverIsBack(ground.admin[side]);
  await expectAsBefore(before, error);
});

test("the next refresh goes well", async () => {
  const { id } = await ground.refresh(`${++runs}-1`);
  expect(await ground.staged()).toBe(id);
});

async function serverIsBack(server: Connection): Promise<void> {
  await vi.waitFor(() => withSession(server, (session) => session.query("SELECT 1")), { timeout: 20_000 });
}
