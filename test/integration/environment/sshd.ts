// A real sshd on a free port of the loopback, for the user who runs the tests.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/** Where sshd listens, and what a client needs to come in. */
export interface SshServer {
  host: "127.0.0.1";
  port: number;
  user: string;
  privateKey: string;
  knownHosts: string;
  /** HOME of the sessions. */
  home: string;
  /** Breaks the connections that are open now, as a cut network would. */
  cutSessions(): void;
  stop(): Promise<void>;
}

/** Starts sshd; its sessions have a HOME of their own and `path` as PATH. `privateKey` opens it instead of a new one. */
export async function startSshServer(
  path = process.env.PATH ?? "/usr/bin:/bin",
  privateKey?: string,
): Promise<SshServer> {
  const dir = mkdtempSync(join(tmpdir(), "sshd-"));
  const file = (name: string) => join(dir, name);
  const home = file("home");
  mkdirSync(home);
  for (const name of ["host_key", "user_key"]) {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file(name)]);
  }
  if (privateKey !== undefined) {
    writeFileSync(file("user_key"), privateKey);
    writeFileSync(file("user_key.pub"), execFileSync("ssh-keygen", ["-y", "-f", file("user_key")]));
  }
  const port = await freePort();
  writeFileSync(file("authorized_keys"), readFileSync(file("user_key.pub")), { mode: 0o600 });
  writeFileSync(
    file("config"),
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${file("host_key")}`,
      `AuthorizedKeysFile ${file("authorized_keys")}`,
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "PermitRootLogin yes",
      "PidFile none",
      `SetEnv HOME=${home} PATH=${path}`,
      "",
    ].join("\n"),
  );
  // Separation of privileges wants this folder when root starts sshd.
  if (process.getuid?.() === 0 && !existsSync("/run/sshd")) mkdirSync("/run/sshd", { mode: 0o755 });
  const child = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", file("config")], { stdio: "ignore" });
  await listening(port);
  const wire = await openWire(port);
  const [type, key] = readFileSync(file("host_key.pub"), "utf8").split(" ");
  return {
    host: "127.0.0.1",
    port: wire.port,
    user: userInfo().username,
    privateKey: readFileSync(file("user_key"), "utf8"),
    knownHosts: `[127.0.0.1]:${wire.port} ${type} ${key}`,
    home,
    cutSessions: wire.cut,
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      wire.cut();
      wire.server.close();
      child.kill();
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** A port in front of another one, whose connections can be broken. */
async function openWire(target: number): Promise<{ server: Server; port: number; cut(): void }> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket);
      socket.pipe(other);
      socket.on("error", () => {});
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const cut = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return { server, port, cut };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`sshd does not listen on port ${port}`);
}
