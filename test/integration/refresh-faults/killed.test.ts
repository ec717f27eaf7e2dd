import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { spawnChild } from "../../../src/platform/process.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { type Ground, makeGround } from "./ground.ts";

const PHASES = [
  ...["preflight", "snapshot", "plan", "schema", "copy", "constraints", "verify-copy", "neutralize", "filestore"],
  ...["verify", "activate"],
];

let source: PostgresServer;
let target: PostgresServer;
let ground: Ground;
let seconds: Record<string, number>;
let runs = 0;

beforeAll(async () => {
  [source, target] = [await startPostgres(), await startPostgres()];
  ground = await makeGround(source, target);
  ({ seconds } = await ground.refresh(`run-${++runs}`));
});

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
  await ground?.remove();
});

/** Runs a refresh in a process of its own that is killed; returns the phases it told, the last one last. */
async function killed(id: string, phase: string, afterMs: number): Promise<string[]> {
  const child = spawnChild(process.execPath, [fileURLToPath(new URL("killed.fixture.ts", import.meta.url))]);
  child.stdin.end(JSON.stringify({ request: ground.request(id), phase, afterMs }));
  const [told, error, exit] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
  expect(exit, error).toMatchObject({ signal: "SIGKILL" });
  return told.trim().split("\n");
}

test("the phases are all here", () => expect(Object.keys(seconds)).toEqual(PHASES));

test.each(PHASES.flatMap((phase) => [[phase, "begin"] as const, [phase, "middle"] as const]))(
  "killed in %s (%s): staging serves as before, and the next run cleans up",
  async (phase, when) => {
    const before = await ground.staged();
    const id = `run-${++runs}`;
    const afterMs = when === "begin" ? 0 : Math.max(1, Math.round((seconds[phase] ?? 0) * 500));
    const told = await killed(id, phase, afterMs);
    expect(told.at(-1)).toBe(`${phase} begin`);
    // What it was, or in the last phase what it was to be, and whole in any case; closed only while names are swapped.
    if (phase !== "activate") {
      expect(await ground.staged()).toBe(before);
      expect(await ground.serving()).toBe(true);
    }
    const next = await ground.refresh(`run-${++runs}`);
    expect(await ground.staged()).toBe(next.id);
    expect(await ground.serving()).toBe(true);
    expect(await ground.leftovers()).toEqual([]);
    const kept = await withSession(target.admin, (session) =>
      session.query("SELECT datname FROM pg_database WHERE datname LIKE 'staging%' ORDER BY 1"),
    );
    expect(kept).toEqual([{ datname: "staging" }, { datname: next.previous }]);
  },
);
