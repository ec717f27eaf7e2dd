import { readdir } from "node:fs/promises";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { spawnChild } from "../../../src/platform/process.ts";
import type { RefreshRequest } from "../../../src/refresh/request.ts";
import { moment, writesOf } from "../refresh-faults/moments.ts";
import { DAY, type GoldenGround, startGoldenGround } from "./ground.ts";

// kill -9 while a database is made from the golden copy: what was there serves, and the next run cleans up.

const PHASES = ["preflight", "clone", "neutralize", "filestore", "verify", "activate"];

let ground: GoldenGround;
let writes: Record<string, number>;
let golden: string;

beforeAll(async () => {
  ground = await startGoldenGround();
  golden = (await ground.keep()).golden ?? "";
  writes = await writesOf((hooks) => ground.develop({}, hooks));
});

afterAll(() => ground?.remove());

test("the phases are all here", () => expect(Object.keys(writes)).toEqual(PHASES));

/** Runs it in a process of its own that is killed; returns the phases it told. */
async function killed(phase: string, when: string, more: Partial<RefreshRequest>): Promise<string[]> {
  const child = spawnChild(process.execPath, [
    fileURLToPath(new URL("../refresh-faults/killed.fixture.ts", import.meta.url)),
  ]);
  child.stdin.end(JSON.stringify({ request: ground.request(more), moment: moment(phase, when, writes) }));
  const [told, error, exit] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
  expect(exit, error).toMatchObject({ signal: "SIGKILL" });
  return told.trim().split("\n");
}

/** All databases with whether they are open, sessions of ours, and the folders of files. */
async function state() {
  const [databases, sessions] = await withSession(ground.server.admin, async (session) => [
    await session.query<{ name: string; open: boolean }>(
      "SELECT datname AS name, datallowconn AS open FROM pg_database WHERE datname ~ '^(staging|development|feature)' ORDER BY 1",
    ),
    await session.query("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'odoo-refresh:%'"),
  ]);
  return { databases, sessions, folders: (await readdir(dirname(ground.filestore("x")))).sort() };
}

const CASES = PHASES.flatMap((phase) => ["begin", "middle"].map((when) => [phase, when] as const));

test.each(CASES)(
  "killed in %s (%s): development is as it was before, and the next run cleans up",
  async (phase, when) => {
    const told = await killed(phase, when, {});
    expect(told).toContain(`${phase} begin`);
    if (!told.includes("activate begin")) {
      expect((await state()).databases).toContainEqual({ name: "development", open: true });
    }
    const next = await ground.develop();
    expect(await state()).toMatchObject({
      databases: [
        { name: "development", open: true },
        { name: next.previous, open: false },
        { name: "staging", open: true },
        { name: golden, open: false },
        { name: expect.stringContaining("staging__prev_"), open: false },
      ],
      folders: ["development"],
    });
  },
);

describe("a branch's database", () => {
  // Longer than what a name of a database beside it has room for.
  const name = "feature_that_has_a_long_name_of_its_own";
  const branch = (ms: number, of = name) => ({
    branchDatabase: { name: of, expiresAt: new Date(Date.now() + ms).toISOString() },
  });

  test.each(CASES)("killed in %s (%s): nothing of it is left after its next run and its end", async (phase, when) => {
    await killed(phase, when, branch(DAY));
    await ground.develop(branch(1));
    const { databases, folders } = await state();
    expect(databases.filter(({ name: one }) => one.startsWith("feature"))).toEqual([{ name, open: true }]);
    expect(folders).toEqual(["development", name]);
    await ground.develop();
    const after = await state();
    expect(after.databases.filter(({ name: one }) => one.startsWith("feature"))).toEqual([]);
    expect(after.folders).toEqual(["development"]);
  });

  test.each(["neutralize", "verify"])(
    "killed in %s and never asked for again, it goes when its time is over",
    async (phase) => {
      await killed(phase, "begin", branch(1));
      await ground.develop();
      const after = await state();
      expect(after.databases.filter(({ name: one }) => one.startsWith("feature"))).toEqual([]);
      expect(after.folders).toEqual(["development"]);
    },
  );

  test("one that fails for the first time leaves no files, one that was there keeps its own", async () => {
    const failing = (of: string) => {
      const job = new AbortController();
      const onPhase = (phase: string, status: string) => {
        if (phase === "verify" && status === "begin") job.abort();
      };
      return ground.develop(branch(DAY, of), { signal: job.signal, onPhase });
    };
    await expect(failing("feature-1")).rejects.toMatchObject({ code: "cancelled" });
    expect(await state()).toMatchObject({ folders: ["development"] });
    await ground.develop(branch(DAY, "feature-1"));
    await expect(failing("feature-1")).rejects.toMatchObject({ code: "cancelled" });
    const { databases, folders } = await state();
    expect(databases.filter(({ name: one }) => one.startsWith("feature"))).toEqual([{ name: "feature-1", open: true }]);
    expect(folders).toEqual(["development", "feature-1"]);
  });
});
