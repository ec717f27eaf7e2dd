import type { Progress } from "./progress.ts";
import type { Phase } from "./record.ts";

/** Turns the lines that the steps of a workflow print into phases: a step lasts until the next one says something. */
export class StepPhases {
  readonly #progress: Progress;
  #lane: Phase["lane"] = "prepare";
  #step = "";
  #end: (() => void) | undefined;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  /** A workflow begins. */
  enter(lane: Phase["lane"]): void {
    this.#lane = lane;
    this.#next("runner");
  }

  /** A step printed a line. */
  line({ step, text }: { step: string; text: string }): void {
    if (step !== "" && step !== this.#step) this.#next(step);
    if (!text.startsWith("::")) this.#progress.detail(text);
  }

  /** The workflow has ended. */
  leave(): void {
    this.#end?.();
    this.#end = undefined;
  }

  #next(step: string): void {
    this.leave();
    this.#step = step;
    this.#end = this.#progress.begin(this.#lane, step);
  }
}
