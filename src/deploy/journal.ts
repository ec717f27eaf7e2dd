import { open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isDeploymentId } from "../environment/run-ids.ts";
import type { Clock } from "../platform/clock.ts";
import { messageOf } from "../platform/errors.ts";
import { exists } from "../platform/files.ts";
import type { Layout } from "./layout.ts";

/** The phases of a deployment, in order; OPEN is the commit point. */
export const phases = [
  "LOCK",
  "PREFLIGHT",
  "PREPARE",
  "PLAN",
  "CLOSE",
  "RESTORE-POINT",
  "NEUTRALIZE",
  "UPDATE",
  "SWITCH",
  "START",
  "VERIFY",
  "OPEN",
  "FINISH",
] as const;

const RESERVED_BYTES = 1024 * 1024;

/** A phase of a deployment. */
export type Phase = (typeof phases)[number];

/** One line of the journal: `begin` is on disk before the effect, with what its undo needs. */
export interface JournalEntry {
  seq: number;
  t: string;
  phase: Phase | "ROLLBACK" | "END";
  status: "begin" | "done" | "failed" | "note";
  data: Record<string, unknown>;
}

/** An append-only record that survives the death of its writer and of the machine. */
export class Journal {
  readonly #path: string;
  readonly #clock: Clock;
  readonly entries: JournalEntry[];

  private constructor(path: string, clock: Clock, entries: JournalEntry[]) {
    this.#path = path;
    this.#clock = clock;
    this.entries = entries;
  }

  /** Opens the journal of a deployment, with what it holds already. */
  static async open(path: string, clock: Clock): Promise<Journal> {
    return new Journal(path, clock, await readJournal(path));
  }

  /** Sets room aside for the lines of the way back, so that a full disk does not stop it. */
  async reserve(): Promise<void> {
    await writeFile(this.#reserve, Buffer.alloc(RESERVED_BYTES), { mode: 0o600 });
  }

  /** Gives that room back, at the end or when it is needed. */
  async releaseReserve(): Promise<void> {
    await rm(this.#reserve, { force: true });
  }

  get #reserve(): string {
    return join(dirname(this.#path), "reserve");
  }

  /** Writes one line and returns when the disk has it; of a full disk the reserved room is taken. */
  async write(phase: JournalEntry["phase"], status: JournalEntry["status"], data: Record<string, unknown> = {}) {
    const entry = this.#next(phase, status, data);
    try {
      await this.#append(entry);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
      await this.releaseReserve();
      await this.#append(entry);
    }
    this.entries.push(entry);
  }

  /** The same on the way back, which goes on when even that fails: what this process decides is decided from memory. */
  async tell(phase: JournalEntry["phase"], status: JournalEntry["status"], data: Record<string, unknown> = {}) {
    const entry = this.#next(phase, status, data);
    try {
      await this.write(phase, status, data);
    } catch (error) {
      process.stderr.write(`cannot write ${this.#path}: ${messageOf(error)}\n`);
      this.entries.push(entry);
    }
  }

  #next(phase: JournalEntry["phase"], status: JournalEntry["status"], data: Record<string, unknown>): JournalEntry {
    return { seq: this.entries.length + 1, t: this.#clock.now().toISOString(), phase, status, data };
  }

  async #append(entry: JournalEntry): Promise<void> {
    const file = await open(this.#path, "a", 0o600);
    try {
      // Whole or with an error, which a plain write() of a full disk is not; the first newline ends a line torn by a crash.
      await file.appendFile(`\n${JSON.stringify(entry)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    if (entry.seq === 1) await syncFolder(dirname(this.#path));
  }
}

/** The entries of a journal; a torn last line is left out, a missing file is empty. */
export async function readJournal(path: string): Promise<JournalEntry[]> {
  const text = (await exists(path)) ? await readFile(path, "utf8") : "";
  return text.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as JournalEntry];
    } catch {
      return [];
    }
  });
}

/** The ids of deployments that began and never ended, oldest first. */
export async function unfinishedDeployments(layout: Layout): Promise<string[]> {
  const names = (await exists(layout.state)) ? await readdir(layout.state) : [];
  const unfinished: string[] = [];
  for (const id of names.filter(isDeploymentId).sort()) {
    const entries = await readJournal(layout.deployment(id).journal);
    if (entries.length > 0 && !entries.some((entry) => entry.phase === "END")) unfinished.push(id);
  }
  return unfinished;
}

/** How far a phase came, as its last entry tells; undefined when it never began. */
export function statusOf(
  entries: readonly JournalEntry[],
  phase: JournalEntry["phase"],
): JournalEntry["status"] | undefined {
  return entries.findLast((entry) => entry.phase === phase && entry.status !== "note")?.status;
}

/** All that the entries of a phase noted, later ones winning. */
export function dataOf(entries: readonly JournalEntry[], phase: JournalEntry["phase"]): Record<string, unknown> {
  return Object.assign({}, ...entries.filter((entry) => entry.phase === phase).map((entry) => entry.data));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync();
  await folder.close();
}
