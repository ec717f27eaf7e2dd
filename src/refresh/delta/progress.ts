import { bytes } from "../../platform/text.ts";
import { Stage } from "../progress.ts";
import { travellingRows } from "./forecast.ts";
import type { TableChange } from "./ways.ts";

/** How far a delta is, in tables and in the rows that travel. */
export class DeltaProgress {
  readonly tables: Stage;
  readonly #total: number;
  #rows = 0;
  #sent = 0;

  /** `touched` are the changes that are to be applied. */
  constructor(touched: readonly TableChange[]) {
    this.tables = new Stage("tables brought up to date", touched.length);
    this.#total = travellingRows(touched);
  }

  bytes(count: number): void {
    this.#sent += count;
  }

  rows(count: number): void {
    this.#rows += count;
  }

  /** One line; rows are counted when all of a table's have arrived, and ranges of keys bring neighbours of changed ones. */
  describe(): string {
    const [arrived, total] = [this.#rows, this.#total].map((rows) => rows.toLocaleString("en"));
    return `${this.tables.describe()}; ${arrived} rows so far (${total} changed), ${bytes(this.#sent)} sent`;
  }
}
