/** A queue whose workers wait while others may still add to it, and stop when nobody works and nothing is left. */
export class WorkQueue<T> {
  readonly #items: T[];
  #working = 0;
  #waiting: (() => void)[] = [];
  #failed = false;

  constructor(items: Iterable<T>) {
    this.#items = [...items];
  }

  push(...items: T[]): void {
    this.#items.push(...items);
    this.#wake();
  }

  /** Takes items and works on them until the queue is over; a failure ends the queue for everybody and is thrown. */
  async drain(work: (item: T) => Promise<void>): Promise<void> {
    for (let item = await this.#next(); item !== undefined; item = await this.#next()) {
      this.#working += 1;
      try {
        await work(item);
      } catch (error) {
        this.#failed = true;
        throw error;
      } finally {
        this.#working -= 1;
        this.#wake();
      }
    }
  }

  async #next(): Promise<T | undefined> {
    while (!this.#failed) {
      const item = this.#items.shift();
      if (item !== undefined) return item;
      if (this.#working === 0) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return undefined;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
