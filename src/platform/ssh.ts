import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandError } from "./command-error.ts";
import { ExpectedError } from "./errors.ts";
import type { Log } from "./log.ts";
import { type ChildHandle, type RunOptions, type RunResult, run } from "./process.ts";
import { quoteArgv } from "./shell.ts";
import { SshAgent } from "./ssh-agent.ts";
import { connectionLost, explainSshFailure, forwardingRefused } from "./ssh-failure.ts";
import { CONNECT_TIMEOUT_SECONDS, isRunning, spawnTied, untilExists } from "./ssh-process.ts";
import { checkTarget, type SshTarget } from "./ssh-target.ts";

export type { SshTarget } from "./ssh-target.ts";

/** One connection to a host, shared by all its commands; the key lives in an agent of its own, never on disk. */
export class SshConnection {
  readonly #target: SshTarget;
  readonly #dir: string;
  #agent: SshAgent | undefined;
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
      connection.#agent = await SshAgent.start(connection.#dir, target.privateKey);
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

  async #startMaster(): Promise<void> {
    const args = [...this.#options(), "-M", "-N", "-T", "--", this.#target.host];
    const master = spawnTied(["ssh", ...args], this.#environment());
    this.#master = master;
    let said = "";
    master.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-4_096);
    });
    master.stdout.resume();
    if (await untilExists(this.#path("master"), master)) return;
    throw await this.#explain(
      new CommandError({ argv: ["ssh", ...args], what: "could not connect", code: 255, stderr: said }),
    );
  }

  #path(name: string): string {
    return join(this.#dir, name);
  }

  #environment(): Record<string, string> {
    return this.#agent?.environment ?? {};
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
    const problem = explainSshFailure(error.stderrTail, address);
    // Without its agent, ssh has no key to show.
    if (problem?.code === "ssh-permission" && (await this.#agent?.lives()) === false)
      return this.#agent?.failure(error);
    if (problem) return new ExpectedError(problem, { cause: error });
    return (await this.#masterEnds()) ? new ExpectedError(connectionLost(address), { cause: error }) : error;
  }

  // A command whose master dies says nothing and ends with 255, as a command of its own may.
  async #masterEnds(): Promise<boolean> {
    return this.#master !== undefined && !(await isRunning(this.#master));
  }
}
