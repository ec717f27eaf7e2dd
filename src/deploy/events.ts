import { appendFileSync } from "node:fs";
import type { HostEvent } from "../environment/host-channel.ts";
import type { Clock } from "../platform/clock.ts";
import { messageOf } from "../platform/errors.ts";

/** What a deployment tells those who follow it, kept on disk so that they may come late or come back. */
export class Events {
  readonly #path: string;
  readonly #clock: Clock;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** Telling may fail, on a full disk for one; what is told of goes on. */
  emit(event: HostEvent): void {
    try {
      appendFileSync(this.#path, `${JSON.stringify(event)}\n`, { mode: 0o600 });
    } catch (error) {
      process.stderr.write(`cannot write ${this.#path}: ${messageOf(error)}\n`);
    }
  }

  info(message: string): void {
    this.emit({ type: "log", level: "info", message });
  }

  warning(message: string): void {
    this.emit({ type: "log", level: "warning", message });
  }

  foreign(source: string, text: string): void {
    this.emit({ type: "foreign", source, text });
  }

  phase(phase: string, status: "begin" | "done" | "failed", more: { seconds?: number; detail?: string } = {}): void {
    this.emit({ type: "phase", phase, status, at: this.#clock.now().toISOString(), ...more });
  }

  progress(details: Record<string, unknown>): void {
    this.emit({ ...details, type: "progress" });
  }
}
