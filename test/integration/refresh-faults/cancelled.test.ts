import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ground, startGround } from "./ground.ts";

// A job that is cancelled, at any moment: nothing is left over, and staging serves, with the old copy or with the new one.
let ground: Ground;
let seconds: Record<string, number>;
let runs = 0;

beforeAll(async () => {
  ground = await startGround();
  ({ seconds } = await ground.refresh(`${++runs}-1`));
});

afterAll(() => ground?.remove());

async function cancelledIn(fatal: string, afterMs: number): Promise<{ id: string; outcome: unknown; told: string[] }> {
  const id = `${++runs}-1`;
  const cancel = new AbortController();
  const told: string[] = [];
  const onPhase = (phase: string, status: string) => {
    told.push(`${phase} ${status}`);
    if (phase !== fatal || status !== "begin") return;
    if (afterMs === 0) cancel.abort();
    else setTimeout(() => cancel.abort(), afterMs);
  };
  const outcome = await ground.refresh(id, {}, { signal: cancel.signal, onPhase }).then(
    () => "done",
    (error: unknown) => error,
  );
  return { id, outcome, told };
}

test.each([
  ...["preflight", "snapshot", "plan", "schema", "copy", "constraints", "verify-copy", "known-values", "neutralize"],
  ...["filestore", "verify", "activate"],
])("cancelled in %s: at its beginning, and half way through", async (phase) => {
  for (const afterMs of [0, Math.max(1, Math.round((seconds[phase] ?? 0) * 500))]) {
    const before = await ground.staged();
    const { id, outcome, told } = await cancelledIn(phase, afterMs);
    expect(told).toContain(`${phase} begin`);
    // Names that are swapped already stay so, and a service that has to start again does.
    const finished = outcome === "done";
    if (!finished) expect(outcome).toMatchObject({ code: "cancelled" });
    if (!told.includes("activate begin")) expect(finished).toBe(false);
    expect(await ground.staged()).toBe(finished ? id : before);
    expect(await ground.serving()).toBe(true);
    expect(await ground.leftovers()).toEqual([]);
  }
});
