import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type RunOptions, type RunResult, run } from "../../src/platform/process.ts";
import type { LabNetwork } from "./network.ts";

/** What a host of the lab is made of. */
export interface MachineDescription {
  name: string;
  /** Read-only root file system that the host's own files lie over. */
  root: string;
  /** Folder for the host's own files; they survive a reboot. */
  dir: string;
  network: LabNetwork;
  /** Last part of its address. */
  number: number;
  /** Folders of this machine that the host sees read-only under the same path. */
  readOnly: string[];
}

const bootLimitMs = 120_000;

/** A running host. */
export class Machine {
  readonly description: MachineDescription;
  readonly address: string;
  #keeper: ChildProcess | undefined;
  #leader = 0;

  constructor(description: MachineDescription) {
    this.description = description;
    this.address = description.network.address(description.number);
    mkdirSync(join(description.dir, "upper"), { recursive: true });
    mkdirSync(join(description.dir, "work"), { recursive: true });
    mkdirSync(join(description.dir, "root"), { recursive: true });
    this.write("/etc/hostname", `${description.name}\n`);
  }

  /** Process 1 of the host as this machine numbers it; 0 before the first boot. */
  get leader(): number {
    return this.#leader;
  }

  /** Puts a file into the host's disk; before the first boot this is how it is set up. */
  write(path: string, content: string | Buffer, mode = 0o644): void {
    const target = join(this.description.dir, "upper", path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content, { mode });
  }

  /** Boots the host and waits until systemd says that it is up. */
  async boot(): Promise<void> {
    const { dir, network } = this.description;
    const log = openSync(join(dir, "console.log"), "a");
    this.#keeper = spawn("unshare", this.#argv(), { stdio: ["pipe", log, log], detached: true });
    closeSync(log);
    this.#leader = await this.#findLeader();
    await network.bringUp();
    await this.#networkInside();
    await this.#booted();
  }

  /** Our own mount namespace makes the overlay go away with the host; the end of our pipe powers it off. */
  #argv(): string[] {
    const { name, root, dir, network, readOnly } = this.description;
    const layers = `lowerdir=${root},upperdir=${dir}/upper,workdir=${dir}/work`;
    const script = `mount -t overlay overlay -o "$1" "$2" && shift 2 || exit 1
      systemd-nspawn "$@" & host=$!
      { cat > /dev/null; kill -TERM $host; } <&3 3<&- &
      wait $host`;
    const identity = [
      `--machine=${name}-${network.zone}`,
      `--network-zone=${network.zone}`,
      "--register=no",
      "--keep-unit",
    ];
    const nspawn = ["--quiet", "-D", `${dir}/root`, "--boot", "--link-journal=no", ...identity];
    const binds = readOnly.map((path) => `--bind-ro=${path}`);
    const shell = ["sh", "-c", `exec 3<&0 0</dev/null\n${script}`, "boot"];
    return ["--mount", ...shell, layers, `${dir}/root`, ...nspawn, ...binds];
  }

  /** The first process of the host as we see it. */
  async #findLeader(): Promise<number> {
    const deadline = Date.now() + bootLimitMs;
    while (Date.now() < deadline && this.#keeper?.exitCode === null) {
      const leader = this.#keeper.pid === undefined ? undefined : findInit(this.#keeper.pid);
      if (leader !== undefined) return leader;
      await sleep(25);
    }
    throw new Error(`lab: ${this.description.name} did not boot:\n${this.#console()}`);
  }

  #console(): string {
    return readFileSync(join(this.description.dir, "console.log"), "utf8").slice(-2000);
  }

  /** Waits for the end of the boot; a unit that failed is a fault of the lab. */
  async #booted(): Promise<void> {
    const deadline = Date.now() + bootLimitMs;
    while (Date.now() < deadline) {
      const { stdout } = await this.exec(["systemctl", "is-system-running"], { allowedExitCodes: "any" });
      if (stdout.trim() === "running") return;
      if (stdout.trim() === "degraded") break;
      await sleep(100);
    }
    const { stdout } = await this.exec(["systemctl", "--failed", "--no-pager", "--plain"], { allowedExitCodes: "any" });
    throw new Error(`lab: ${this.description.name} is not up:\n${stdout}`);
  }

  async #networkInside(): Promise<void> {
    const inside = (...args: string[]) => run("nsenter", ["-t", String(this.#leader), "-n", "ip", ...args]);
    await inside("addr", "replace", `${this.address}/24`, "dev", "host0");
    await inside("link", "set", "host0", "up");
  }

  /** Runs a command on the host as root. */
  exec(argv: string[], options: RunOptions = {}): Promise<RunResult> {
    return run("nsenter", ["-t", String(this.#leader), "-a", "--", ...argv], options);
  }

  /** Runs a command on the host as one of its users. */
  execAs(user: string, argv: string[], options: RunOptions = {}): Promise<RunResult> {
    return this.exec(["runuser", "-u", user, "--", ...argv], options);
  }

  /** Cuts the host from the network, or joins it again. */
  async cable(state: "up" | "down"): Promise<void> {
    await run("nsenter", ["-t", String(this.#leader), "-n", "ip", "link", "set", "host0", state]);
  }

  /** Power failure: everything of the host ends at once, its disk stays. */
  async crash(): Promise<void> {
    process.kill(this.#leader, "SIGKILL");
    await this.#gone();
  }

  /** Ends the host whatever it is doing; its disk is not needed any more. */
  async stop(): Promise<void> {
    if (this.#leader > 0) await this.crash();
    this.#keeper?.stdin?.end();
    await this.#gone();
  }

  async #gone(): Promise<void> {
    const keeper = this.#keeper;
    for (let attempt = 0; attempt < 300; attempt += 1) {
      if (keeper === undefined || keeper.exitCode !== null || keeper.signalCode !== null) {
        this.#leader = 0;
        return;
      }
      await sleep(100);
    }
    throw new Error(`lab: ${this.description.name} does not end:\n${this.#console()}`);
  }
}

/** Process 1 of the host among the descendants of `pid`. */
function findInit(pid: number): number | undefined {
  for (const child of childrenOf(pid)) {
    const found = commandOf(child) === "systemd" ? child : findInit(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function childrenOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  return existsSync(path) ? readFileSync(path, "utf8").trim().split(" ").filter(Boolean).map(Number) : [];
}

function commandOf(pid: number): string {
  const path = `/proc/${pid}/comm`;
  return existsSync(path) ? readFileSync(path, "utf8").trim() : "";
}
