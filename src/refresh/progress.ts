import type { Clock } from "../platform/clock.ts";
import type { Log } from "../platform/log.ts";
import { duration } from "../platform/text.ts";

const EVERY_MS = 10_000;
const NAMED = 3;

/** Says every 10 s what a refresh is doing, whatever that is: a silent log looks like a run that hangs. */
export class Progress {
  readonly #log: Log;
  readonly #clock: Clock;
  #doing = () => "";

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
  }

  /** Runs a phase, and until it ends says how long it has been at work and what it is doing. */
  async during<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const ended = new AbortController();
    this.now(() => "");
    void this.#tell(phase, ended.signal);
    try {
      return await work();
    } finally {
      ended.abort();
    }
  }

  /** What the phase does from here on; `doing` is asked whenever a line is due. */
  now(doing: () => string): void {
    this.#doing = doing;
  }

  /** Makes a stage of so many steps, called `what` when they are done, that which the phase does from here on. */
  stage(what: string, steps: number): Stage {
    const stage = new Stage(what, steps);
    this.now(() => stage.describe());
    return stage;
  }

  async #tell(phase: string, ended: AbortSignal): Promise<void> {
    const started = this.#clock.now().getTime();
    const isDue = () =>
      this.#clock.sleep(EVERY_MS, ended).then(
        () => !ended.aborted,
        () => false,
      );
    while (await isDue()) {
      const since = `${phase}, ${duration(this.#clock.now().getTime() - started)} so far`;
      this.#log.info([since, this.#doing()].filter((part) => part !== "").join(": "));
    }
  }
}

/** Steps of a phase, one after another or side by side. */
export class Stage {
  readonly #what: string;
  readonly #steps: number;
  readonly #running: string[] = [];
  #done = 0;

  constructor(what: string, steps: number) {
    this.#what = what;
    this.#steps = steps;
  }

  /** Does one step, or several that are done as one; `name` says at what it is. */
  async step<T>(name: string, work: () => Promise<T>, steps = 1): Promise<T> {
    this.#running.push(name);
    try {
      return await work();
    } finally {
      this.#running.splice(this.#running.indexOf(name), 1);
      this.#done += steps;
    }
  }

  /** "12 of 340 indexes built, now at mail_message". */
  describe(): string {
    const count = (n: number) => n.toLocaleString("en");
    return `${count(this.#done)} of ${count(this.#steps)} ${this.#what}${nowAt(this.#running)}`;
  }
}

/** ", now at a, b" for what is being worked on; the first few of them. */
export function nowAt(names: readonly string[]): string {
  const different = [...new Set(names)];
  if (different.length === 0) return "";
  const more = different.length > NAMED ? ` and ${different.length - NAMED} more` : "";
  return `, now at ${different.slice(0, NAMED).join(", ")}${more}`;
}
