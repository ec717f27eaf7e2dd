import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type HostEvent, parseHostEvent } from "../../../src/environment/host-events.ts";
import { type ChildHandle, spawnChild } from "../../../src/platform/process.ts";
import { startWiredGround, type WiredGround } from "./ground.ts";

// The host program as it is shipped, killed from outside: staging serves its old rows, and the next run cleans up.
const PROGRAM = fileURLToPath(new URL("../../../dist/host.js", import.meta.url));

let ground: WiredGround;
let runs = 0;

beforeAll(async () => {
  ground = await startWiredGround();
});

afterEach(() => ground.wire.release());

afterAll(() => ground?.remove());

const begins = (event: HostEvent, phase: string) =>
  event.type === "phase" && event.phase === phase && event.status === "begin";

/** Runs the command `refresh` on a host; `onEvent` may kill it. */
async function refreshOnHost(id: string, onEvent: (event: HostEvent, host: ChildHandle) => void = () => {}) {
  const host = spawnChild(process.execPath, [PROGRAM, "refresh"]);
  host.stderr.resume();
  host.stdin.end(JSON.stringify(ground.request(id, { jobs: 1 })));
  const events: HostEvent[] = [];
  for await (const line of createInterface({ input: host.stdout })) {
    const event = parseHostEvent(line);
    if (!event) continue;
    events.push(event);
    onEvent(event, host);
  }
  return { events, exit: await host.exited };
}

const kill = ({ pid }: ChildHandle) => process.kill(pid, "SIGKILL");

async function expectNextRunToSucceed(): Promise<void> {
  const id = `${++runs}-1`;
  const { events, exit } = await refreshOnHost(id);
  expect(exit).toMatchObject({ code: 0 });
  expect(events.at(-1)).toMatchObject({ type: "result", value: { id, activated: true, database: "staging" } });
  expect(await ground.staged()).toBe(id);
  expect(await ground.serving()).toBe(true);
  expect(await ground.leftovers()).toEqual([]);
}

test.each(["snapshot", "schema", "constraints", "neutralize", "verify", "activate"])(
  "kill -9 of the host program in %s",
  async (phase) => {
    const before = await ground.staged();
    const { events, exit } = await refreshOnHost(`${++runs}-1`, (event, host) => begins(event, phase) && kill(host));
    expect(exit).toMatchObject({ signal: "SIGKILL" });
    // In the last phase the door may be shut: it is the next run that opens it.
    if (!events.some((event) => begins(event, "activate"))) {
      expect(await ground.staged()).toBe(before);
      expect(await ground.serving()).toBe(true);
    }
    await expectNextRunToSucceed();
  },
);

test("kill -9 of the host program in the middle of a table: production's locks go with it", async () => {
  const before = await ground.staged();
  const held = ground.wire.holdAfter(200_000);
  const { exit } = await refreshOnHost(`${++runs}-1`, (event, host) => {
    if (begins(event, "copy")) void held.then(() => kill(host));
  });
  expect(exit).toMatchObject({ signal: "SIGKILL" });
  ground.wire.release();
  expect(await ground.staged()).toBe(before);
  expect(await ground.serving()).toBe(true);
  await expectNextRunToSucceed();
});
