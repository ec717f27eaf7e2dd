import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { silentLog } from "../../../src/platform/log.ts";
import { run } from "../../../src/platform/process.ts";
import { SshConnection, type SshTarget } from "../../../src/platform/ssh.ts";
import { type SshServer, startSshServer } from "../environment/sshd.ts";

// An agent that is not there is not a wrong key.
let dir: string;
let server: SshServer;

beforeAll(async () => {
  server = await startSshServer();
  dir = await mkdtemp(join(tmpdir(), "ssh-agent-"));
  process.env.TMPDIR = dir; // so that no agent of others is among ours
});
afterAll(async () => {
  delete process.env.TMPDIR;
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

const failureOf = (target: SshTarget): Promise<ExpectedFailure> =>
  SshConnection.open(silentLog, target).then(
    () => expect.fail("it is connected"),
    (error) => error,
  );
type ExpectedFailure = Error & { code: string; remedy: string };

async function ownAgents(): Promise<number[]> {
  const { stdout } = await run("ps", ["-eo", "pid,args"]);
  const ours = stdout
    .split("\n")
    .filter((line) => line.includes(` ssh-agent -D -a ${dir}/`) && !line.includes("/bin/sh"));
  return ours.map((line) => Number.parseInt(line, 10));
}

/** The server behind a port on which `first` is done with every connection before a byte of it passes. */
async function behind(first: () => Promise<void>) {
  const proxy = createServer(async (socket) => {
    socket.on("error", () => {});
    await first();
    const upstream = connect(server.port, "127.0.0.1").on("error", () => {});
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as { port: number };
  const knownHosts = server.knownHosts.replace(`:${server.port}`, `:${port}`);
  return { target: { ...server, port, knownHosts }, proxy };
}

test("an agent that is killed before the host asks for the key is what the error speaks of", async () => {
  const killed: number[] = [];
  const { target, proxy } = await behind(async () => {
    for (const pid of await ownAgents()) {
      process.kill(pid, "SIGKILL");
      killed.push(pid);
    }
  });
  const error = await failureOf(target);
  proxy.close();
  expect(killed).toHaveLength(1);
  expect(error).toMatchObject({ code: "ssh-agent", message: expect.stringContaining("ssh-agent") });
  expect(error.cause).toMatchObject({ stderrTail: expect.stringContaining("Permission denied") });
  expect([await ownAgents(), await readdir(dir)]).toEqual([[], []]);
});

test("an agent that cannot start says why", async () => {
  process.env.TMPDIR = join(dir, "long".repeat(25)); // more than the path of a socket may have
  await mkdir(process.env.TMPDIR);
  const error = await failureOf(server);
  process.env.TMPDIR = dir;
  expect(error).toMatchObject({ code: "ssh-agent", message: expect.stringContaining("too long") });
  await rm(join(dir, "long".repeat(25)), { recursive: true });
});

test("with an agent that lives, a key that is none and one that the host refuses are still the key's errors", async () => {
  expect(await failureOf({ ...server, privateKey: "none" })).toMatchObject({ code: "ssh-private-key" });
  const other = await startSshServer();
  expect(await failureOf({ ...server, privateKey: other.privateKey })).toMatchObject({ code: "ssh-permission" });
  await other.stop();
});
