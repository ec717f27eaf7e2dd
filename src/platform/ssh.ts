import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError } from "./command-error.ts";
import { ExpectedError } from "./errors.ts";
import { exists } from "./files.ts";
import type { Log } from "./log.ts";
import { type ChildHandle, type RunOptions, type RunResult, run, spawnChild } from "./process.ts";
import { quoteArgv } from "./shell.ts";
import { connectionLost, explainSshFailure, forwardingRefused } from "./ssh-failure.ts";
import { checkTarget, type SshTarget } from "./ssh-target.ts";

export type { SshTarget } from "./ssh-target.ts";

// Runs a program that ends with us, even when we are killed: then its standard input, ours to hold, comes to an end.
const TIED =
  'exec 3<&0; "$@" </dev/null & child=$!; { cat <&3 >/dev/null; kill "$child"; } 2>/dev/null & wait "$child"';

// The job's length; the agent forgets the key then, whatever else happens.
const KEY_LIFETIME_SECONDS = 6 * 3600;
const CONNECT_TIMEOUT_SECONDS = 15;

// How ssh-add says that it could not speak to the agent at all.
const NO_AGENT = 2;

/** One connection to a host, shared by all its commands; the key lives in an agent of its own, never on disk. */
export class SshConnection {
  readonly #target: SshTarget;
  readonly #dir: string;
  #agent: ChildHandle | undefined;
  #master: ChildHandle | undefined;

  private constructor(target: SshTarget, dir: string) {
    this.#target = target;
    this.#dir = dir;
  }

  /** Connects; an unknown host key, a refused key or an unreachable host is an `ExpectedError`. */
  static async open(log: Log, target: SshTarget): Promise<SshConnection> {
    checkTarget(target);
    const connection = new SshConnection(target, await mkdtemp(join(tmpdir(), "ssh-")));
    try {
      await writeFile(connection.#path("known_hosts"), `${target.knownHosts.trim()}\n`, { mode: 0o600 });
      await connection.#startAgent();
      await connection.#startMaster();
    } catch (error) {
      await connection.close();
      throw error;
    }
    log.debug(`ssh: connected to ${target.user}@${target.host}`);
    return connection;
  }

  /** Runs a command on the host; `argv` arrives there word for word, `env` and `cwd` of the options stay here. */
  async run(argv: string[], options: RunOptions = {}): Promise<RunResult> {
    const args = [...this.#options(), "-T", "--", this.#target.host, quoteArgv(argv)];
    try {
      return await run("ssh", args, { ...options, env: { ...options.env, ...this.#environment() } });
    } catch (error) {
      throw await this.#explain(error);
    }
  }

  /** Lets a new Unix socket here lead to `address`, as the host reaches it: a `host:port`, or the path of a socket. */
  reach(socket: string, address: string): Promise<void> {
    return this.#forward("-L", `${socket}:${address}`);
  }

  /** Lets a new Unix socket on the host lead to `address`, as this machine reaches it. */
  offer(socket: string, address: string): Promise<void> {
    return this.#forward("-R", `${socket}:${address}`);
  }

  /** Fulfilled when the connection is gone, whoever ended it; what was reached or offered is gone with it. */
  get ended(): Promise<unknown> {
    return this.#master?.exited ?? Promise.resolve();
  }

  async #forward(direction: "-L" | "-R", path: string): Promise<void> {
    const { host, user } = this.#target;
    const args = [...this.#options(), "-O", "forward", direction, path, "--", host];
    const options = { env: this.#environment(), allowedExitCodes: "any" as const, timeoutMs: 30_000 };
    const { code, stderr } = await run("ssh", args, options);
    if (code !== 0) throw new ExpectedError(forwardingRefused(stderr, `${user}@${host}`));
  }

  /** Ends connection and agent; commands that still run are cut. */
  async close(): Promise<void> {
    await this.#master?.stop();
    await this.#agent?.stop();
    await rm(this.#dir, { recursive: true, force: true });
  }

  async #startAgent(): Promise<void> {
    const lifetime = String(KEY_LIFETIME_SECONDS);
    this.#agent = spawnTied(["ssh-agent", "-D", "-a", this.#path("agent"), "-t", lifetime], {});
    this.#agent.stdout.resume();
    this.#agent.stderr.resume();
    await this.#untilExists(this.#path("agent"), this.#agent);
    const key = `${this.#target.privateKey.replace(/\r/g, "").trim()}\n`;
    const options = { stdin: key, env: this.#environment(), timeoutMs: 10_000, redact: [key] };
    const add = () => run("ssh-add", ["-q", "-"], { ...options, allowedExitCodes: "any" });
    let { code } = await add();
    // The agent's socket is there a moment before the agent listens.
    for (let tries = 0; code === NO_AGENT && tries < 50; tries++) {
      await delay(20);
      ({ code } = await add());
    }
    if (code === 0) {
      const { stdout } = await run("ssh-add", ["-L"], { env: this.#environment(), timeoutMs: 10_000 });
      return writeFile(this.#path("identity.pub"), stdout, { mode: 0o600 });
    }
    const message = "The private key could not be loaded.";
    const remedy =
      "give the whole text of an OpenSSH or PEM private key without passphrase, with its BEGIN and END lines";
    throw new ExpectedError({ code: "ssh-private-key", message, remedy });
  }

  async #startMaster(): Promise<void> {
    const args = [...this.#options(), "-M", "-N", "-T", "--", this.#target.host];
    const master = spawnTied(["ssh", ...args], this.#environment());
    this.#master = master;
    let said = "";
    master.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-4_096);
    });
    master.stdout.resume();
    if (await this.#untilExists(this.#path("master"), master)) return;
    throw await this.#explain(
      new CommandError({ argv: ["ssh", ...args], what: "could not connect", code: 255, stderr: said }),
    );
  }

  async #untilExists(path: string, child: ChildHandle): Promise<boolean> {
    let ended = false;
    void child.exited.then(() => {
      ended = true;
    });
    const deadline = Date.now() + (CONNECT_TIMEOUT_SECONDS + 15) * 1000;
    while (!ended && Date.now() < deadline) {
      if (await exists(path)) return true;
      await delay(20);
    }
    return false;
  }

  #path(name: string): string {
    return join(this.#dir, name);
  }

  #environment(): Record<string, string> {
    return { SSH_AUTH_SOCK: this.#path("agent") };
  }

  #options(): string[] {
    const settings = {
      StrictHostKeyChecking: "yes",
      UserKnownHostsFile: this.#path("known_hosts"),
      GlobalKnownHostsFile: "/dev/null",
      UpdateHostKeys: "no",
      BatchMode: "yes",
      PreferredAuthentications: "publickey",
      // The one key of our agent, named by its public half; no default files of the user.
      IdentitiesOnly: "yes",
      IdentityFile: this.#path("identity.pub"),
      IdentityAgent: this.#path("agent"),
      ConnectTimeout: String(CONNECT_TIMEOUT_SECONDS),
      ServerAliveInterval: "15",
      ServerAliveCountMax: "4",
      ForwardAgent: "no",
      ForwardX11: "no",
      PermitLocalCommand: "no",
      ControlPath: this.#path("master"),
      ControlMaster: "no",
      LogLevel: "ERROR",
    };
    const pairs = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    return ["-F", "none", ...pairs, "-p", String(this.#target.port ?? 22), "-l", this.#target.user];
  }

  async #explain(error: unknown): Promise<unknown> {
    if (!(error instanceof CommandError) || error.code !== 255) return error;
    const { user, host, port = 22 } = this.#target;
    const address = `${user}@${host}:${port}`;
    const problem =
      explainSshFailure(error.stderrTail, address) ?? ((await this.#masterEnds()) && connectionLost(address));
    return problem ? new ExpectedError(problem, { cause: error }) : error;
  }

  // A command whose master dies says nothing and ends with 255, as a command of its own may.
  async #masterEnds(): Promise<boolean> {
    const ended = this.#master?.exited.then(() => true);
    return (await Promise.race([ended, delay(500)])) === true;
  }
}

function spawnTied(argv: string[], env: Record<string, string>): ChildHandle {
  return spawnChild("/bin/sh", ["-c", TIED, "sh", ...argv], { env });
}
