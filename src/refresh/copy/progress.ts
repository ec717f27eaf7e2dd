import type { Clock } from "../../platform/clock.ts";
import type { Log } from "../../platform/log.ts";
import { bytes, duration } from "../../platform/text.ts";
import type { Plan } from "../plan/plan.ts";
import type { CopyProgress } from "./copy.ts";

const EVERY_MS = 10_000;

/** Says every 10 s how far the copy is, with an estimate weighted by the tables' bytes on the source. */
export class ProgressReport implements CopyProgress {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #total: number;
  readonly #started: number;
  readonly #partial = new Map<string, number>();
  #done = 0;
  #rows = 0;
  #sent = 0;
  #lastLine: number;

  constructor(plan: Plan, log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.#started = clock.now().getTime();
    this.#lastLine = this.#started;
    this.#total = plan.tables.reduce((sum, t) => sum + (t.emptiedBecause ? 0 : t.table.bytes), 0);
  }

  bytes(table: Plan["tables"][number], count: number): void {
    this.#sent += count;
    // Masks shrink rows: a table is never taken for done before it is.
    const seen = (this.#partial.get(table.name) ?? 0) + count;
    this.#partial.set(table.name, Math.min(seen, table.table.bytes * 0.95));
    this.#line();
  }

  tableDone(table: Plan["tables"][number], copied: { rows: number }): void {
    this.#partial.delete(table.name);
    this.#done += table.table.bytes;
    this.#rows += copied.rows;
    this.#line();
  }

  #line(): void {
    const now = this.#clock.now().getTime();
    if (now - this.#lastLine < EVERY_MS) return;
    this.#lastLine = now;
    const done = this.#done + [...this.#partial.values()].reduce((a, b) => a + b, 0);
    const share = this.#total > 0 ? done / this.#total : 1;
    const left = share > 0 ? ((now - this.#started) * (1 - share)) / share : 0;
    this.#log.info(
      `copied ${Math.round(share * 100)} % (${this.#rows} rows of finished tables, ${bytes(this.#sent)} sent), about ${duration(left)} left`,
    );
  }
}
