import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { spawnChild } from "../../../src/platform/process.ts";
import type { RefreshOptions } from "../../../src/refresh/request.ts";
import { type Ground, startGround } from "./ground.ts";
import { moment, writesOf } from "./moments.ts";

const PHASES = [
  ...["preflight", "snapshot", "plan", "strategy", "schema", "copy", "constraints", "verify-copy", "known-values"],
  ...["neutralize", "filestore", "verify", "activate"],
];

// The phases that only a golden copy brings.
const golden = { goldenMs: 3_600_000, mode: "full" } as const;
const delta = { ...golden, mode: "delta" } as const;

let ground: Ground;
let writes: Record<string, number>;
let runs = 0;

beforeAll(async () => {
  ground = await startGround();
  writes = await writesOf((hooks) => ground.refresh(`${++runs}-1`, {}, hooks));
});

afterAll(() => ground?.remove());

/** Runs a refresh in a process of its own that is killed; returns the phases it told, the last one last. */
async function killed(phase: string, when: string, options: RefreshOptions): Promise<string[]> {
  const child = spawnChild(process.execPath, [fileURLToPath(new URL("killed.fixture.ts", import.meta.url))]);
  const request = ground.request(`${++runs}-1`, options);
  child.stdin.end(JSON.stringify({ request, moment: moment(phase, when, writes) }));
  const [told, error, exit] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
  expect(exit, error).toMatchObject({ signal: "SIGKILL" });
  return told.trim().split("\n");
}

// Without a golden copy there is nothing to think about, and no time in which to be killed.
const whens = (phase: string) =>
  (phase === "strategy" ? ["begin"] : ["begin", "middle"]).map((when) => [phase, when] as const);

const databases = async () => {
  const sql = "SELECT datname AS name, datallowconn AS open FROM pg_database WHERE datname LIKE 'staging%' ORDER BY 1";
  return await withSession(ground.admin.target, (session) => session.query<{ name: string; open: boolean }>(sql));
};

test("the phases are all here", () => expect(Object.keys(writes)).toEqual(PHASES));

test.each(PHASES.flatMap(whens))(
  "killed in %s (%s): staging serves as before, and the next run cleans up",
  async (phase, when) => {
    const before = await ground.staged();
    const told = await killed(phase, when, {});
    expect(told).toContain(`${phase} begin`);
    // In the last phase the door may be shut: it is the next run that opens it.
    if (!told.includes("activate begin")) {
      expect(await ground.staged()).toBe(before);
      expect(await ground.serving()).toBe(true);
    }
    const next = await ground.refresh(`${++runs}-1`);
    expect(await ground.staged()).toBe(next.id);
    expect(await ground.serving()).toBe(true);
    expect(await ground.leftovers()).toEqual([]);
    expect(await databases()).toEqual([
      { name: "staging", open: true },
      { name: next.previous, open: false },
    ]);
  },
);

test("what a person made by hand under a name like ours is there after the next run, what was killed is not", async () => {
  const byHand = { ...ground.staging, database: "staging__new_test" };
  await withSession(ground.admin.target, (session) => session.query("CREATE DATABASE staging__new_test OWNER odoo"));
  await withSession(byHand, (session) => session.query("CREATE TABLE own AS SELECT 7 AS work"));
  await killed("constraints", "begin", {});
  const left = `staging__new_${runs}-1`;
  expect(await databases()).toContainEqual({ name: left, open: true });
  await ground.refresh(`${++runs}-1`);
  expect(await databases()).not.toContainEqual(expect.objectContaining({ name: left }));
  expect(await withSession(byHand, (session) => session.query("SELECT work FROM own"))).toEqual([{ work: 7 }]);
  await withSession(ground.admin.target, (session) => session.query("DROP DATABASE staging__new_test"));
});

describe("with a golden copy", () => {
  beforeAll(async () => {
    for (const options of [golden, delta]) {
      writes = { ...writes, ...(await writesOf((hooks) => ground.refresh(`${++runs}-1`, options, hooks))) };
    }
  });

  test.each([
    ...whens("set-aside").map(([phase, when]) => [phase, when, golden] as const),
    ...["clone", "delta", "verify"].flatMap((phase) => whens(phase).map(([p, when]) => [p, when, delta] as const)),
  ])("killed in %s (%s): staging and golden copy are as before", async (phase, when, options) => {
    const before = [await ground.staged(), await databases()];
    const told = await killed(phase, when, options);
    expect(told).toContain(`${phase} begin`);
    const left = await databases();
    await ground.refresh(`${++runs}-1`, {}, {}, { dryRun: true });
    expect(await databases()).toEqual(left);
    if (!told.includes("activate begin")) {
      // A killed visit may have left the golden copy open; it is closed again by a run that is not dry.
      const built = left
        .filter(({ name }) => !/__(gold)?new_/.test(name))
        .map(({ name, open }) => ({ name, open: open && name === "staging" }));
      expect([await ground.staged(), built]).toEqual(before);
    }
    const next = await ground.refresh(`${++runs}-1`, delta);
    expect(next.way?.kind).toBe("delta");
    expect(await ground.staged()).toBe(next.id);
    expect(await ground.leftovers()).toEqual([]);
    expect((await databases()).filter(({ open }) => open)).toEqual([{ name: "staging", open: true }]);
  });
});
