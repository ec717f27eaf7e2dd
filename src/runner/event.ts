import { ExpectedError } from "../platform/errors.ts";
import { isSha } from "../platform/names.ts";

/** A ref and the commit it had when the event happened. */
export interface EventRef {
  /** As the event says it: a branch name for pull requests, a full ref for merge groups. */
  ref: string;
  sha: string;
}

/** What an event says that actions decide on; ids of zeros are `null`. */
export type GitHubEvent =
  | {
      name: "push";
      ref: string;
      before: string | null;
      after: string | null;
      forced: boolean;
      created: boolean;
      deleted: boolean;
    }
  | { name: "pull_request"; number: number; action: string; base: EventRef; head: EventRef; fork: boolean }
  | { name: "merge_group"; base: EventRef; head: EventRef }
  | { name: "workflow_dispatch"; ref: string }
  | { name: "other"; event: string };

// Events that lend secrets and a writing token to whoever opens a pull request or writes a comment.
const DANGEROUS = new Set(["pull_request_target", "workflow_run", "issue_comment"]);

/** Refuses the events through which strangers run code with a repository's secrets. */
export function refuseDangerousEvent(eventName: string): void {
  if (!DANGEROUS.has(eventName)) return;
  const message = `The workflow was started by "${eventName}", which gives secrets to people who may not write here.`;
  const remedy = "use the events push, pull_request, merge_group or workflow_dispatch";
  throw new ExpectedError({ code: "dangerous-event", message, remedy });
}

/** Reads the payload of an event; throws `ExpectedError` "event-payload" when something is missing in it. */
export function parseEvent(name: string, payload: unknown): GitHubEvent {
  const read = new PayloadReader(name, payload);
  switch (name) {
    case "push":
      return {
        ...{ name, ref: read.text("ref"), before: read.id("before"), after: read.id("after") },
        ...{ forced: read.flag("forced"), created: read.flag("created"), deleted: read.flag("deleted") },
      };
    case "pull_request":
      return {
        ...{ name, number: read.number("number"), action: read.text("action") },
        base: { ref: read.text("pull_request", "base", "ref"), sha: read.sha("pull_request", "base", "sha") },
        head: { ref: read.text("pull_request", "head", "ref"), sha: read.sha("pull_request", "head", "sha") },
        // The repository of a head is null when the fork was deleted.
        fork: read.at("pull_request", "head", "repo", "id") !== read.at("pull_request", "base", "repo", "id"),
      };
    case "merge_group":
      return {
        name,
        base: { ref: read.text("merge_group", "base_ref"), sha: read.sha("merge_group", "base_sha") },
        head: { ref: read.text("merge_group", "head_ref"), sha: read.sha("merge_group", "head_sha") },
      };
    case "workflow_dispatch":
      return { name, ref: read.text("ref") };
    default:
      return { name: "other", event: name };
  }
}

class PayloadReader {
  readonly #event: string;
  readonly #payload: unknown;

  constructor(event: string, payload: unknown) {
    this.#event = event;
    this.#payload = payload;
  }

  at(...path: string[]): unknown {
    return path.reduce<unknown>(
      (value, key) => (value as Record<string, unknown> | null | undefined)?.[key],
      this.#payload,
    );
  }

  text(...path: string[]): string {
    const value = this.at(...path);
    return typeof value === "string" && value !== "" ? value : this.#missing(path, "a text");
  }

  number(...path: string[]): number {
    const value = this.at(...path);
    return typeof value === "number" ? value : this.#missing(path, "a number");
  }

  flag(...path: string[]): boolean {
    return this.at(...path) === true;
  }

  sha(...path: string[]): string {
    return this.id(...path) ?? this.#missing(path, "the id of a commit");
  }

  id(...path: string[]): string | null {
    const value = this.text(...path);
    if (!isSha(value)) return this.#missing(path, "the id of a commit");
    return /^0+$/.test(value) ? null : value;
  }

  #missing(path: string[], expected: string): never {
    const message = `The payload of the event "${this.#event}" has not ${expected} at ${path.join(".")}.`;
    const remedy = "run this action by GitHub's own event; a hand-made event file must have the fields of GitHub's";
    throw new ExpectedError({ code: "event-payload", message, remedy });
  }
}
