import { readFile } from "node:fs/promises";
import type { Clock } from "../platform/clock.ts";
import { ExpectedError } from "../platform/errors.ts";
import { exists, writeFileAtomic } from "../platform/files.ts";
import { plainText } from "../platform/log.ts";
import type { Layout } from "./layout.ts";
import type { DeployRequest } from "./request.ts";

/** Who holds the lock of an instance, renewed while he lives; only the kernel's lock itself decides. */
export interface Lease {
  id: string;
  pid: number;
  commit: string;
  phase: string;
  started: string;
  heartbeat: string;
  run?: { url: string; actor: string } | undefined;
}

const heartbeatMs = 5_000;

/** Keeps lease.json fresh until stopped. */
export class LeaseKeeper {
  readonly #layout: Layout;
  readonly #clock: Clock;
  readonly #lease: Lease;
  readonly #timer: NodeJS.Timeout;

  constructor(layout: Layout, request: DeployRequest, clock: Clock) {
    const now = clock.now().toISOString();
    const { id, run } = request;
    const { commit } = request.release;
    this.#layout = layout;
    this.#clock = clock;
    this.#lease = { id, pid: process.pid, commit, phase: "LOCK", started: now, heartbeat: now, run };
    this.#timer = setInterval(() => void this.#write().catch(() => {}), heartbeatMs);
    this.#timer.unref();
  }

  async phase(phase: string): Promise<void> {
    this.#lease.phase = phase;
    await this.#write();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #write(): Promise<void> {
    this.#lease.heartbeat = this.#clock.now().toISOString();
    await writeFileAtomic(this.#layout.lease, `${JSON.stringify(this.#lease)}\n`);
  }
}

/** The lease as last written; undefined when nobody ever held the lock. */
export async function readLease(layout: Layout): Promise<Lease | undefined> {
  if (!(await exists(layout.lease))) return undefined;
  return JSON.parse(await readFile(layout.lease, "utf8")) as Lease;
}

/** Throws ExpectedError "on-hold" with the message that a person left, if one did. */
export async function respectHold(layout: Layout): Promise<void> {
  if (!(await exists(layout.hold))) return;
  const message = plainText(await readFile(layout.hold, "utf8"), 500).trim();
  throw new ExpectedError({
    code: "on-hold",
    message: `Deployments are on hold on this host: ${message || "no reason is given"}.`,
    remedy: `When it is over, remove ${layout.hold} on the host and run the workflow again.`,
  });
}

/** One sentence about a lease for those who wait. */
export function describeHolder(lease: Lease | undefined): string {
  if (!lease) return "another deployment holds the lock";
  const who = lease.run ? ` by ${lease.run.actor} (${lease.run.url})` : "";
  return `deployment ${lease.id}${who} is in phase ${lease.phase} since ${lease.started}`;
}
