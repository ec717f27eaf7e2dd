import type { Phase } from "./record.ts";

/** Shows work as a person likes to see it and remembers the phases for the timeline. */
export class Progress {
  readonly phases: Phase[] = [];
  readonly #started = Date.now();
  readonly #terminal: boolean;
  readonly #out: NodeJS.WriteStream;
  #ticker: NodeJS.Timeout | undefined;
  #now = "";

  constructor(out: NodeJS.WriteStream) {
    this.#out = out;
    this.#terminal = out.isTTY === true && process.env.NO_COLOR === undefined;
  }

  /** Milliseconds since the demo began. */
  elapsed(): number {
    return Date.now() - this.#started;
  }

  /** Runs one phase: its name while it runs, its duration when it ends. */
  async phase<T>(lane: Phase["lane"], name: string, work: () => Promise<T>): Promise<T> {
    const end = this.begin(lane, name);
    try {
      const result = await work();
      end();
      return result;
    } catch (error) {
      end("FAILED");
      throw error;
    }
  }

  /** Begins a phase; the function that it returns ends it. */
  begin(lane: Phase["lane"], name: string): (verdict?: string) => void {
    const from = this.elapsed();
    this.#show(lane, name, from);
    return (verdict) => this.#end(lane, name, from, verdict);
  }

  /** What is happening within the phase right now; shown on terminals only. */
  detail(text: string): void {
    this.#now = text.replace(/\p{Cc}/gu, " ").slice(0, 80);
  }

  /** What is being prepared: it takes long the first time, so that it is told without a terminal too. */
  preparing(text: string): void {
    if (this.#terminal) this.detail(text);
    else this.say(`            ${text}`);
  }

  /** A line of its own. */
  say(text = ""): void {
    this.#clear();
    this.#out.write(`${text}\n`);
  }

  #show(lane: string, name: string, from: number): void {
    this.#now = "";
    if (!this.#terminal) return;
    const draw = () => {
      const seconds = ((this.elapsed() - from) / 1000).toFixed(0);
      this.#out.write(`\r\x1b[2K  ${lane.padEnd(12)} ${name} … ${seconds} s  \x1b[2m${this.#now}\x1b[0m`);
    };
    draw();
    this.#ticker = setInterval(draw, 250);
  }

  #end(lane: Phase["lane"], name: string, from: number, verdict?: string): void {
    clearInterval(this.#ticker);
    this.#ticker = undefined;
    const to = this.elapsed();
    this.phases.push({ lane, name, from, to });
    this.#clear();
    const seconds = ((to - from) / 1000).toFixed(1).padStart(6);
    this.#out.write(`${seconds} s  ${lane.padEnd(12)} ${name}${verdict === undefined ? "" : `: ${verdict}`}\n`);
  }

  #clear(): void {
    if (this.#terminal) this.#out.write("\r\x1b[2K");
  }
}
