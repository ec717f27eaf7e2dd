import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLog } from "../../../src/platform/log.ts";
import { run } from "../../../src/platform/process.ts";
import { SshConnection, type SshTarget } from "../../../src/platform/ssh.ts";

const sshd = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"].find(existsSync);

let dir: string;
let target: SshTarget;
let server: ReturnType<typeof spawn>;

const keygen = (path: string, type = "ed25519") =>
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", "a;b $(id)", "-f", path]);

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

beforeAll(async () => {
  if (!sshd) throw new Error("there is no sshd: install the package openssh-server (npm test does)");
  dir = await mkdtemp(join(tmpdir(), "sshd-"));
  process.env.TMPDIR = dir; // so that no folder of others is among ours
  for (const name of ["host", "user", "stranger"]) keygen(join(dir, name));
  await writeFile(join(dir, "authorized_keys"), await readFile(join(dir, "user.pub")), { mode: 0o600 });
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true });
  const port = await freePort();
  const config = {
    ...{ ListenAddress: "127.0.0.1", Port: port, HostKey: join(dir, "host"), PidFile: "none", UsePAM: "no" },
    ...{ AuthorizedKeysFile: join(dir, "authorized_keys"), StrictModes: "no", PasswordAuthentication: "no" },
  };
  const lines = Object.entries(config).map(([name, value]) => `${name} ${value}\n`);
  await writeFile(join(dir, "config"), lines.join(""));
  server = spawn(sshd, ["-D", "-e", "-f", join(dir, "config")], { stdio: "ignore" });
  const hostKey = (await readFile(join(dir, "host.pub"), "utf8")).split(" ").slice(0, 2).join(" ");
  target = {
    ...{ host: "127.0.0.1", port, user: userInfo().username, knownHosts: `[127.0.0.1]:${port} ${hostKey}` },
    privateKey: await readFile(join(dir, "user"), "utf8"),
  };
  await delay(300);
});
afterAll(async () => {
  server?.kill();
  delete process.env.TMPDIR;
  await rm(dir, { recursive: true, force: true });
});

async function connected<T>(work: (connection: SshConnection) => Promise<T>): Promise<T> {
  const connection = await SshConnection.open(silentLog, target);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

const ownFolders = async () => (await readdir(tmpdir())).filter((name) => /^ssh-\w{6}$/.test(name));

describe("commands", () => {
  test("hostile words arrive unchanged, by several commands at once", async () => {
    const hostile = ["", "a b", "'", '"$HOME"', "`id`", "$(id)", "; id", "*", "~", "-n", "\\", "a\nb", "ü", "!x"];
    await connected(async (connection) => {
      const runs = [1, 2, 3].map(() => connection.run(["printf", "%s\\0", ...hostile]));
      for (const { stdout } of await Promise.all(runs)) expect(stdout.split("\0").slice(0, -1)).toEqual(hostile);
    });
  });

  test("input, output, errors and exit codes pass", async () => {
    await connected(async (connection) => {
      const data = Buffer.alloc(3 << 20, "x");
      expect((await connection.run(["wc", "-c"], { stdin: data })).stdout.trim()).toBe(String(data.length));
      const result = await connection.run(["sh", "-c", "echo err >&2; exit 7"], { allowedExitCodes: [7] });
      expect(result).toEqual({ code: 7, stdout: "", stderr: "err\n" });
      await expect(connection.run(["sh", "-c", "exit 3"])).rejects.toThrow("ended with exit code 3");
    });
  });

  test("a process left behind on the host does not hold the connection", async () => {
    const started = Date.now();
    await connected((connection) => connection.run(["sh", "-c", "setsid sleep 20 >/dev/null 2>&1 &"]));
    expect(Date.now() - started).toBeLessThan(8_000);
  });

  test("the key is on no disk, and nothing stays", async () => {
    const before = await ownFolders();
    const secretLine = target.privateKey.split("\n")[2] ?? "";
    await connected(async () => {
      const [folder = ""] = (await ownFolders()).filter((name) => !before.includes(name));
      const names = await readdir(join(tmpdir(), folder));
      expect(names.sort()).toEqual(["agent", "identity.pub", "known_hosts", "master"]);
      for (const name of ["identity.pub", "known_hosts"]) {
        expect(await readFile(join(tmpdir(), folder, name), "utf8")).not.toContain(secretLine);
      }
    });
    expect(await ownFolders()).toEqual(before);
  });

  test("a key with Windows line ends and no last newline is taken", async () => {
    const privateKey = target.privateKey.trim().replaceAll("\n", "\r\n");
    const connection = await SshConnection.open(silentLog, { ...target, privateKey });
    await connection.close();
  });
});

describe("wrong input is one clear error", () => {
  test.each<[string, () => Promise<Partial<SshTarget>> | Partial<SshTarget>, string]>([
    ["another host key", async () => ({ knownHosts: await known("stranger") }), "ssh-host-key"],
    ["known hosts of another host", () => ({ knownHosts: "example.com ssh-ed25519 AAAA" }), "ssh-host-key"],
    ["no known hosts", () => ({ knownHosts: " \n" }), "ssh-target"],
    ["a refused key", async () => ({ privateKey: await readFile(join(dir, "stranger"), "utf8") }), "ssh-permission"],
    ["no key at all", () => ({ privateKey: "s3cret" }), "ssh-private-key"],
    ["a port where nobody listens", async () => ({ port: await freePort() }), "ssh-unreachable"],
    ["a host that is an option", () => ({ host: "-oProxyCommand=id" }), "ssh-target"],
    ["a user with a newline", () => ({ user: "odoo\nProxyCommand id" }), "ssh-target"],
  ])("%s", async (_what, change, code) => {
    const before = await ownFolders();
    const error = await SshConnection.open(silentLog, { ...target, ...(await change()) }).catch((thrown) => thrown);
    expect(error.code).toBe(code);
    expect(error.message).not.toContain("s3cret");
    expect(await ownFolders()).toEqual(before);
  });

  const known = async (name: string) => {
    const key = (await readFile(join(dir, `${name}.pub`), "utf8")).split(" ").slice(0, 2).join(" ");
    return `[127.0.0.1]:${target.port} ${key}`;
  };
});

test("agent and connection end with a process that is killed", async () => {
  const module = (path: string) => new URL(`../../../src/platform/${path}`, import.meta.url).href;
  const script = `
    const { SshConnection } = await import(${JSON.stringify(module("ssh.ts"))});
    const { silentLog } = await import(${JSON.stringify(module("log.ts"))});
    await SshConnection.open(silentLog, JSON.parse(process.env.TARGET));
    console.log("open");`;
  const ours = async () => {
    const { stdout } = await run("ps", ["-eo", "args"]);
    return stdout.split("\n").filter((line) => line.startsWith("ssh") && line.includes(`${dir}/ssh-`));
  };
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    env: { PATH: process.env.PATH, TMPDIR: dir, TARGET: JSON.stringify(target) },
  });
  await once(child.stdout, "data");
  expect((await ours()).length).toBeGreaterThanOrEqual(2);
  child.kill("SIGKILL");
  await expect.poll(ours, { timeout: 5_000 }).toEqual([]);
});

test("a cut connection is told, and close still works", async () => {
  const { port = 0 } = target;
  const sockets: Socket[] = [];
  const proxy = createServer((socket) => {
    const upstream = connect(port, "127.0.0.1");
    sockets.push(socket, upstream);
    for (const end of [socket, upstream]) end.on("error", () => {});
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const cut = { ...target, port: (proxy.address() as { port: number }).port };
  const connection = await SshConnection.open(silentLog, {
    ...cut,
    knownHosts: cut.knownHosts.replace(`:${port}`, `:${cut.port}`),
  });
  const running = connection.run(["sleep", "60"]).catch((error) => error);
  await delay(500);
  for (const socket of sockets) socket.destroy();
  proxy.close();
  expect((await running).code).toBe("ssh-connection-lost");
  const next = await connection.run(["true"], { timeoutMs: 20_000 }).catch((error) => error);
  expect(next.code).toBe("ssh-unreachable");
  await connection.close();
});
