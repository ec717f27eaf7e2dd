import { createHash, randomBytes } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type HostChannel,
  HostConnectionLost,
  type HostEvent,
  openHost,
} from "../../../src/environment/host-channel.ts";
import { type Log, silentLog } from "../../../src/platform/log.ts";
import { type SshServer, startSshServer } from "./sshd.ts";

const scratch = mkdtempSync(join(tmpdir(), "host-channel-"));
const bundleDir = join(scratch, "dist");
let server: SshServer;

beforeAll(async () => {
  mkdirSync(bundleDir);
  copyFileSync(join(import.meta.dirname, "host-program.js"), join(bundleDir, "host.js"));
  writeFileSync(join(bundleDir, "package.json"), '{"type":"module"}');
  server = await startSshServer();
});

afterAll(async () => {
  await server.stop();
  rmSync(scratch, { recursive: true, force: true });
});

function listeningLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const log = {
    ...silentLog,
    info: (message: string) => lines.push(`info: ${message}`),
    foreign: (source: string, text: string) => lines.push(`${source}> ${text}`),
  };
  return { log, lines };
}

const remoteNode = (at = server) => ({ host: at.host, port: at.port, user: at.user });
const openRemote = (log: Log, at = server) => openHost(remoteNode(at), { log, bundleDir, ...at });

describe.each([
  ["local", "local", (log: Log) => openHost({ host: "local" }, { log, bundleDir })],
  ["ssh", "127.0.0.1", openRemote],
] as const)("the channel, %s,", (_, source, open) => {
  async function withChannel<T>(work: (channel: HostChannel, lines: string[]) => Promise<T>): Promise<T> {
    const { log, lines } = listeningLog();
    const channel = await open(log);
    try {
      return await work(channel, lines);
    } finally {
      await channel.close();
    }
  }

  it("brings a request there and its result back, many times over one connection", () =>
    withChannel(async (channel) => {
      const request = { text: "a'b\"c $(id)\n\u00e9" };
      const results = await Promise.all([1, 2, 3].map((n) => channel.call("echo", { ...request, n })));
      expect(results).toMatchObject([1, 2, 3].map((n) => ({ ...request, n })));
    }));

  it("tells events from foreign lines", () =>
    withChannel(async (channel, lines) => {
      const events: HostEvent[] = [];
      expect(await channel.call("talk", {}, (event) => events.push(event))).toBeNull();
      expect(events.map(({ type }) => type)).toEqual(["phase", "progress"]);
      expect(lines).toEqual(
        expect.arrayContaining([
          `${source}> Welcome to this host!`,
          `${source}> {"type":"nonsense"}`,
          `${source}> {broken`,
          "info: reading the configuration",
          "odoo> ::set-output name=x::1",
          `${source}> a warning of the system`,
        ]),
      );
    }));

  it("throws the error that the program reports", () =>
    withChannel(async (channel) => {
      await expect(channel.call("refuse", {})).rejects.toMatchObject({ code: "disk-full", remedy: "Make room." });
    }));

  it("knows a program that died from one that failed", () =>
    withChannel(async (channel) => {
      const failure = await channel.call("die", {}).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(HostConnectionLost);
      expect((failure as Error).message).toContain("gave no result for die: it ended with exit code 3");
    }));

  it("streams an upload, and the host refuses what came out different", () =>
    withChannel(async (channel) => {
      const data = randomBytes(3_000_000);
      const sha256 = createHash("sha256").update(data).digest("hex");
      const path = await channel.upload(
        "odoo-pipeline-upload-test",
        Readable.from([data.subarray(0, 1000), data.subarray(1000)]),
        sha256,
      );
      expect(readFileSync(path).equals(data)).toBe(true);
      rmSync(path);
      await expect(channel.upload("x", data, "0".repeat(64))).rejects.toMatchObject({ code: "disk-full" });
    }));

  it("stops following when the job is cancelled", () =>
    withChannel(async (channel) => {
      const cancel = new AbortController();
      const call = channel.call("wait", {}, () => cancel.abort(new Error("the job was cancelled")), cancel.signal);
      await expect(call).rejects.toThrow("the job was cancelled");
    }));
});

describe("the channel over SSH", () => {
  it("sends the bundle once and again after it changed", async () => {
    const runtimes = () => readdirSync(join(server.home, ".odoo-pipeline/runtime"));
    const open = async () => (await openRemote(silentLog)).close();
    await open();
    const before = runtimes();
    await open();
    expect(runtimes()).toEqual(before);
    writeFileSync(join(bundleDir, "more.js"), "export {};\n");
    await open();
    expect(runtimes()).toHaveLength(before.length + 1);
  });

  it("says that the connection was lost, so that the caller can attach again", async () => {
    const channel = await openRemote(silentLog);
    const call = channel.call("wait", {}, (event) => {
      if (event.type === "phase") server.wire.cut();
    });
    await expect(call).rejects.toBeInstanceOf(HostConnectionLost);
    await channel.close();
    const again = await openRemote(silentLog);
    await expect(again.call("echo", { n: 1 })).resolves.toMatchObject({ n: 1 });
    await again.close();
  });

  it("brings its own Node where the host's is too old", async () => {
    const old = join(scratch, "old");
    mkdirSync(old);
    writeFileSync(join(old, "node"), "#!/bin/sh\necho v18.20.0\n");
    chmodSync(join(old, "node"), 0o755);
    const host = await startSshServer(`${old}:/usr/bin:/bin`);
    try {
      const channel = await openRemote(silentLog, host);
      await expect(channel.call("echo", {})).resolves.toMatchObject({ node: process.version });
      await channel.close();
      expect(readdirSync(join(host.home, ".odoo-pipeline/runtime")).some((name) => name.startsWith("node-v"))).toBe(
        true,
      );
    } finally {
      await host.stop();
    }
  });

  it("asks for the key and the host keys when they are missing", async () => {
    await expect(openHost(remoteNode(), { log: silentLog, bundleDir })).rejects.toMatchObject({
      code: "missing-ssh-access",
      message: expect.stringContaining("the input ssh-private-key and ssh-known-hosts is empty"),
    });
  });
});
