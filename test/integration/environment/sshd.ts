// A real sshd on a free port of the loopback, for the user who runs the tests.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { recordWire, type Wire } from "../../support/wire-recorder.ts";
import { freePort } from "../../workbench/ports.ts";

/** Where sshd listens, and what a client needs to come in. */
export interface SshServer {
  host: "127.0.0.1";
  port: number;
  user: string;
  privateKey: string;
  knownHosts: string;
  /** HOME of the sessions. */
  home: string;
  /** What clients connect through: it can hold and cut their connections. */
  wire: Wire;
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
  const wire = await recordWire({ host: "127.0.0.1", port });
  const [type, key] = readFileSync(file("host_key.pub"), "utf8").split(" ");
  return {
    host: "127.0.0.1",
    port: wire.port,
    user: userInfo().username,
    privateKey: readFileSync(file("user_key"), "utf8"),
    knownHosts: `[127.0.0.1]:${wire.port} ${type} ${key}`,
    home,
    wire,
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      await wire.stop();
      child.kill();
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
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
