import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ground, startGround } from "./ground.ts";
import { atMoment, moment, writesOf } from "./moments.ts";

// A job that is cancelled, at any moment: nothing is left over, and staging serves, with the old copy or with the new one.
let ground: Ground;
let writes: Record<string, number>;
let runs = 0;

beforeAll(async () => {
  ground = await startGround();
  writes = await writesOf((hooks) => ground.refresh(`${++runs}-1`, {}, hooks));
});

afterAll(() => ground?.remove());

async function cancelledIn(phase: string, when: string): Promise<{ id: string; outcome: unknown; told: string[] }> {
  const id = `${++runs}-1`;
  const cancel = new AbortController();
  const told: string[] = [];
  const tell = (phase: string, status: string) => void told.push(`${phase} ${status}`);
  const { onPhase, stop } = atMoment(moment(phase, when, writes), () => cancel.abort(), tell);
  const outcome = await ground.refresh(id, {}, { signal: cancel.signal, onPhase }).then(
    () => "done",
    (error: unknown) => error,
  );
  stop();
  return { id, outcome, told };
}

test.each([
  ...["preflight", "snapshot", "plan", "schema", "copy", "constraints", "verify-copy", "known-values", "neutralize"],
  ...["filestore", "verify", "activate"],
])("cancelled in %s: at its beginning, and half way through", async (phase) => {
  for (const when of ["begin", "middle"]) {
    const before = await ground.staged();
    const { id, outcome, told } = await cancelledIn(phase, when);
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
