import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spawnChild } from "../../src/platform/process.ts";
import { cacheDirectory } from "../workbench/cache.ts";
import { ensureBaseRoot } from "./base-root.ts";
import { canRunLab } from "./capability.ts";
import { Machine } from "./machine.ts";
import { type LabNetwork, reserveNetwork } from "./network.ts";

const lab = canRunLab();

describe.skipIf(!lab.possible)(`hosts of the lab [${lab.cure}]`, () => {
  let dir: string;
  const networks: LabNetwork[] = [];
  const hosts: Machine[] = [];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "lab-test-"));
    const root = await ensureBaseRoot(join(cacheDirectory, "lab"), console.log);
    for (const name of ["one", "two"]) {
      const network = reserveNetwork();
      networks.push(network);
      hosts.push(new Machine({ name, root, dir: join(dir, name), network, number: 2, readOnly: [] }));
    }
  });

  afterAll(async () => {
    await Promise.all(hosts.map((host) => host.stop()));
    for (const network of networks) network.release();
    await rm(dir, { recursive: true, force: true });
  });

  it("boots two labs side by side in networks of their own", async () => {
    await Promise.all(hosts.map((host) => host.boot()));
    expect(hosts[0]?.address).not.toBe(hosts[1]?.address);
    for (const host of hosts) {
      const { stdout } = await host.exec(["systemctl", "is-active", "ssh", "nginx", "postgresql"]);
      expect(stdout.trim().split("\n")).toEqual(["active", "active", "active"]);
    }
  });

  it("keeps the disk of a host over a power failure", async () => {
    const [host] = hosts;
    await host?.exec(["sh", "-c", "echo kept > /srv/kept && sync /srv/kept"]);
    await host?.crash();
    await expect(host?.exec(["true"])).rejects.toThrow();
    await host?.boot();
    expect((await host?.exec(["cat", "/srv/kept"]))?.stdout).toBe("kept\n");
  });

  it("ends a host whose test was killed", async () => {
    const root = hosts[0]?.description.root ?? "";
    const program = join(import.meta.dirname, "boot-once.ts");
    const test = spawnChild(process.execPath, [program, root, join(dir, "orphan")]);
    const [line = ""] = (await once(test.stdout, "data")) as Buffer[];
    const leader = Number(line.toString());
    expect(existsSync(`/proc/${leader}`)).toBe(true);
    process.kill(test.pid, "SIGKILL");
    await expect.poll(() => existsSync(`/proc/${leader}`), { timeout: 30_000 }).toBe(false);
  });

  it("cuts a host from the network and joins it again", async () => {
    const [host] = hosts;
    const reachable = async () => {
      const inside = await host?.exec(["cat", "/sys/class/net/host0/operstate"]);
      return inside?.stdout.trim();
    };
    await host?.cable("down");
    expect(await reachable()).toBe("down");
    await host?.cable("up");
    await expect.poll(reachable).toBe("up");
  });
});
