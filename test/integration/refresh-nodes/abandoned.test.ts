import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHost } from "../../../src/environment/host-channel.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { spawnChild } from "../../../src/platform/process.ts";
import { askedNode } from "../../../src/refresh/node/asked-node.ts";
import { makeInstance } from "../refresh/ground.ts";
import { type Nodes, nodeAt, startNodes } from "./ground.ts";

// Files that are copied on staging's node for a runner that is gone: the command ends with it, not when all are there.

const NAME = "0a/0a4d55a8d778e5022fab701977c5d840bbc486d0";
// To look whether a file is there takes some 30 us: all of it far more than the seconds that are allowed below.
const TIMES = 1_500_000;

let dir: string;
let nodes: Nodes;
let instances: Parameters<typeof askedNode>[1];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "abandoned-"));
  nodes = await startNodes();
  const instance = async (name: string) => {
    const connection = { host: "127.0.0.1", port: 1, user: "odoo", password: "unused", database: name };
    const file = join(dir, name, "data/filestore", name, NAME);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "picture");
    return makeInstance(dir, name, connection);
  };
  instances = { source: await instance("production"), target: await instance("staging") };
});
afterAll(async () => {
  await nodes?.remove();
  await rm(dir, { recursive: true, force: true });
});

/** Pids of the host programs on the nodes that copy files now. */
async function copying(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (line.includes(nodes.staging.home) && line.split("\0").includes("assist-refresh")) found.push(pid);
  }
  return found;
}

const question = () => ({
  ...{ node: nodeAt(nodes.staging), access: nodes.access, instances, name: NAME, times: TIMES },
});

async function untilItCopies(): Promise<void> {
  await expect.poll(copying, { timeout: 20_000 }).not.toEqual([]);
  await sleep(2500); // the request has arrived, and some beats went back
  expect(await copying()).not.toEqual([]);
}

const expectAnEnd = () => expect.poll(copying, { timeout: 4000 }).toEqual([]);

test("a runner that is killed", async () => {
  const runner = spawnChild(process.execPath, [fileURLToPath(new URL("abandoned.fixture.ts", import.meta.url))]);
  runner.stdout.resume();
  runner.stderr.resume();
  runner.stdin.end(JSON.stringify(question()));
  await untilItCopies();
  process.kill(runner.pid, "SIGKILL");
  expect(await runner.exited).toMatchObject({ signal: "SIGKILL" });
  await expectAnEnd();
});

test("a job that is cancelled, while its connection to the node stands", async () => {
  const host = await openHost(question().node, { ...nodes.access, log: silentLog });
  const job = new AbortController();
  const names = new Array<string>(TIMES).fill(NAME);
  const copied = askedNode(host, instances).copyFiles(names, job.signal);
  const refused = expect(copied).rejects.toThrow("cancelled");
  await untilItCopies();
  job.abort(new Error("cancelled"));
  await refused;
  await expectAnEnd();
  await host.close();
});
