import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ExpectedError } from "./errors.ts";
import { type ChildHandle, run } from "./process.ts";
import { agentEnded, keyNotLoaded } from "./ssh-failure.ts";
import { isRunning, spawnTied, untilExists } from "./ssh-process.ts";

// The job's length; the agent forgets the key then, whatever else happens.
const KEY_LIFETIME_SECONDS = 6 * 3600;

// How ssh-add says that it could not speak to the agent at all.
const NO_AGENT = 2;

/** An agent of our own that holds one key, which is never on disk. */
export class SshAgent {
  readonly #dir: string;
  readonly #child: ChildHandle;
  #said = "";

  private constructor(dir: string) {
    this.#dir = dir;
    this.#child = spawnTied(["ssh-agent", "-D", "-a", this.#socket, "-t", String(KEY_LIFETIME_SECONDS)], {});
    this.#child.stdout.resume();
    this.#child.stderr.on("data", (chunk: Buffer) => {
      this.#said = (this.#said + chunk.toString("utf8")).slice(-1_024);
    });
  }

  /**
   * Starts it in a folder of its own, where the key's public half is then; ExpectedError "ssh-private-key" when the key is
   * none, "ssh-agent" when the agent does not live.
   */
  static async start(dir: string, privateKey: string): Promise<SshAgent> {
    const agent = new SshAgent(dir);
    try {
      await agent.#load(`${privateKey.replace(/\r/g, "").trim()}\n`);
    } catch (error) {
      await agent.stop();
      throw error;
    }
    return agent;
  }

  /** What lets a program ask this agent. */
  get environment(): Record<string, string> {
    return { SSH_AUTH_SOCK: this.#socket };
  }

  /** Path of its socket. */
  get #socket(): string {
    return join(this.#dir, "agent");
  }

  /** Is it still there? */
  lives(): Promise<boolean> {
    return isRunning(this.#child);
  }

  /** Why there is no agent. */
  failure(cause?: unknown): ExpectedError {
    return new ExpectedError(agentEnded(this.#said), { cause });
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }

  async #load(key: string): Promise<void> {
    if (!(await untilExists(this.#socket, this.#child))) throw this.failure();
    const options = { env: this.environment, timeoutMs: 10_000 };
    const add = () => run("ssh-add", ["-q", "-"], { ...options, stdin: key, redact: [key], allowedExitCodes: "any" });
    let { code } = await add();
    // The agent's socket is there a moment before the agent listens.
    for (let tries = 0; code === NO_AGENT && tries < 50; tries++) {
      await delay(20);
      ({ code } = await add());
    }
    if (code === NO_AGENT || (code !== 0 && !(await this.lives()))) throw this.failure();
    if (code !== 0) throw new ExpectedError(keyNotLoaded());
    const { stdout } = await run("ssh-add", ["-L"], options);
    await writeFile(join(this.#dir, "identity.pub"), stdout, { mode: 0o600 });
  }
}
