import type { Clock } from "../../platform/clock.ts";
import { bytes, duration } from "../../platform/text.ts";
import type { Plan, PlannedTable } from "../plan/plan.ts";
import { nowAt, Stage } from "../progress.ts";
import type { CopiedTable } from "./copy.ts";

// With less done, the time left would be a guess.
const WORTH_ESTIMATING = 0.01;

/** Is the table copied, and was there a row in it? */
export const hasRows = (planned: PlannedTable) => !planned.emptiedBecause && !planned.table.empty;

/** How far rows and indexes are, with an estimate of the rows that is weighted by the tables' bytes on the source. */
export class CopyProgress {
  readonly indexes: Stage;
  readonly #clock: Clock;
  readonly #total: number;
  readonly #started: number;
  readonly #partial = new Map<string, number>();
  #done = 0;
  #rows = 0;
  #sent = 0;
  #last: { at: number; sent: number };

  constructor({ plan, indexes }: { plan: Plan; indexes: number }, clock: Clock) {
    this.indexes = new Stage("indexes built", indexes);
    this.#clock = clock;
    this.#started = clock.now().getTime();
    this.#last = { at: this.#started, sent: 0 };
    this.#total = plan.tables.filter(hasRows).reduce((sum, { table }) => sum + table.bytes, 0);
  }

  bytes({ name, table }: PlannedTable, count: number): void {
    this.#sent += count;
    // Masks shrink rows: a table is never taken for done before it is.
    const seen = (this.#partial.get(name) ?? 0) + count;
    this.#partial.set(name, Math.min(seen, table.bytes * 0.95));
  }

  tableDone({ name, table }: PlannedTable, copied: Pick<CopiedTable, "rows">): void {
    this.#partial.delete(name);
    this.#done += table.bytes;
    this.#rows += copied.rows;
  }

  /** One line; the rate is that since the line before. */
  describe(): string {
    return `${this.#describeRows()}; ${this.indexes.describe()}`;
  }

  #describeRows(): string {
    const sent = `${this.#rows.toLocaleString("en")} rows of finished tables, ${bytes(this.#sent)} sent`;
    if (this.#done >= this.#total) return `all rows copied (${sent})`;
    const now = this.#clock.now().getTime();
    const rate = (1000 * (this.#sent - this.#last.sent)) / Math.max(1, now - this.#last.at);
    this.#last = { at: now, sent: this.#sent };
    const share = [...this.#partial.values()].reduce((a, b) => a + b, this.#done) / this.#total;
    const left =
      share > WORTH_ESTIMATING ? `, about ${duration(((now - this.#started) * (1 - share)) / share)} left` : "";
    return `${Math.floor(share * 100)} % of the rows copied (${sent}, ${bytes(rate)}/s)${left}${nowAt([...this.#partial.keys()])}`;
  }
}
