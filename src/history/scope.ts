import { ExpectedError } from "../platform/errors.ts";
import { plainText } from "../platform/log.ts";
import { isBranchName, isSha } from "../platform/names.ts";
import type { Rule } from "./facts.ts";

/** A commit to find: a branch's tip, or a given commit that people know by a name. */
export interface Target {
  name: string;
  /** The branch whose tip is meant; absent when only `sha` counts. */
  branch?: string;
  /** The commit that the event names; the tip of `branch` when absent. */
  sha?: string;
}

/** "Does this head sit cleanly on this base?", with the rules that count for it. */
export interface Question {
  head: Target;
  base: Target;
  rules: Rule[];
  /** Where the base was when the event happened: tells a moved base from a rewritten one. */
  earlierBase?: string;
}

/** What the workflow run is about; `payload` is GitHub's, unchecked. */
export interface Event {
  name: string;
  /** Full ref of the run, such as `refs/heads/dev`. */
  ref: string;
  payload: unknown;
}

/** What the team decided: `order` from the newest branch to production. */
export interface Settings {
  order: readonly string[];
  head?: string;
  base?: string;
  requireSigned: boolean;
}

const RANGE: Rule[] = ["unrelated-histories", "merge-commit", "duplicate", "autosquash"];

/** The questions that an event asks; throws `ExpectedError` for events and refs that have no answer. */
export function questionsOf(event: Event, settings: Settings): Question[] {
  for (const name of [...settings.order, settings.head, settings.base]) if (name !== undefined) requireBranch(name);
  const ask = asker(settings);
  if (settings.head !== undefined)
    return [ask(tip(settings.head), tip(baseOf(settings.head, settings)), "behind-base")];
  switch (event.name) {
    case "pull_request":
      return [pullRequest(event.payload, settings, ask)];
    case "merge_group":
      return [mergeGroup(event.payload, ask)];
    case "push":
      return push(event, settings, ask);
    case "workflow_dispatch":
      return dispatch(event, settings, ask);
    default:
      throw unsupported(event.name);
  }
}

type Ask = (head: Target, base: Target, containment: Rule) => Question;

function asker(settings: Settings): Ask {
  const signed: Rule[] = settings.requireSigned ? ["unsigned"] : [];
  return (head, base, containment) => ({ head, base, rules: [containment, ...RANGE, ...signed] });
}

function tip(branch: string): Target {
  return { name: branch, branch };
}

function pullRequest(payload: unknown, settings: Settings, ask: Ask): Question {
  const head = {
    name: requireBranch(text(payload, "pull_request.head.ref")),
    sha: shaAt(payload, "pull_request.head.sha"),
  };
  const base = settings.base ?? requireBranch(text(payload, "pull_request.base.ref"));
  const question = ask(head, tip(base), "behind-base");
  return settings.base === undefined ? { ...question, earlierBase: shaAt(payload, "pull_request.base.sha") } : question;
}

// The queue has put the group on this very commit, which may be the head of the group before it and on no branch yet.
function mergeGroup(payload: unknown, ask: Ask): Question {
  const base = branchOf(text(payload, "merge_group.base_ref"));
  const head = { name: plainText(text(payload, "merge_group.head_ref")), sha: shaAt(payload, "merge_group.head_sha") };
  return ask(head, { name: base, sha: shaAt(payload, "merge_group.base_sha") }, "behind-base");
}

function push(event: Event, settings: Settings, ask: Ask): Question[] {
  const branch = branchOf(event.ref);
  const after = text(event.payload, "after");
  if (isZero(after)) throw deletedRef(branch);
  const head = { name: branch, sha: shaAt(event.payload, "after") };
  const above = settings.order.at(-2);
  if (branch !== settings.order.at(-1) || above === undefined || settings.base !== undefined) {
    return [ask(head, tip(baseOf(branch, settings)), "behind-base")];
  }
  const contained: Question = {
    head: tip(above),
    base: head,
    rules: ["unrelated-histories", "behind-base", "duplicate"],
  };
  const before = text(event.payload, "before");
  if (isZero(before)) return [contained];
  return [ask(head, { name: `${branch} before the push`, sha: before }, "rewritten"), contained];
}

function dispatch(event: Event, settings: Settings, ask: Ask): Question[] {
  const branch = branchOf(event.ref);
  if (settings.base !== undefined || !settings.order.includes(branch)) {
    return [ask(tip(branch), tip(baseOf(branch, settings)), "behind-base")];
  }
  return settings.order.slice(0, -1).map((head) => ask(tip(head), tip(baseOf(head, settings)), "behind-base"));
}

function baseOf(branch: string, settings: Settings): string {
  if (settings.base !== undefined) return settings.base;
  const below = settings.order[settings.order.indexOf(branch) + 1]; // a topic branch (-1) sits on the first of the order
  if (below !== undefined) return below;
  throw new ExpectedError({
    code: "no-base",
    message: `${show(branch)} has no base: it is the last of the order "${settings.order.join(" ")}"`,
    remedy: "name its base in the input `base`",
  });
}

function branchOf(ref: string): string {
  if (ref.startsWith("refs/heads/")) return requireBranch(ref.slice("refs/heads/".length));
  throw new ExpectedError({
    code: "not-a-branch",
    message: `${show(ref)} is not a branch; linear history is a matter of branches`,
    remedy: "run this action for branches only: `on: push: branches: [...]`",
  });
}

/** The same name when it can be a branch; throws `ExpectedError` otherwise. */
export function requireBranch(name: string): string {
  if (isBranchName(name)) return name;
  throw new ExpectedError({
    code: "invalid-branch-name",
    message: `${show(name)} cannot be the name of a branch`,
    remedy: "give a branch by its short name, such as `staging`, of at most 244 bytes",
  });
}

function deletedRef(branch: string): ExpectedError {
  const message = `${show(branch)} was deleted by this push: there is no history to look at`;
  return new ExpectedError({
    code: "deleted-branch",
    message,
    remedy: "skip the job for deleted branches: `if: github.event.deleted == false`",
  });
}

function unsupported(name: string): ExpectedError {
  return new ExpectedError({
    code: "unsupported-event",
    message: `the event "${plainText(name, 80)}" does not say which history to look at`,
    remedy: "run on push, pull_request, merge_group or workflow_dispatch, or name a branch in the input `branch`",
  });
}

function text(payload: unknown, path: string): string {
  const value = path.split(".").reduce<unknown>((at, key) => (at as Record<string, unknown> | null)?.[key], payload);
  if (typeof value === "string" && value !== "") return value;
  throw new ExpectedError({
    code: "incomplete-event",
    message: `the event has no ${path}`,
    remedy: "run the action in a workflow of the event itself; an event made by hand needs GitHub's fields",
  });
}

function shaAt(payload: unknown, path: string): string {
  const value = text(payload, path);
  if (isSha(value)) return value;
  throw new ExpectedError({
    code: "incomplete-event",
    message: `${path} of the event is ${show(value)}, not a full commit id`,
    remedy: "run the action in a workflow of the event itself",
  });
}

function isZero(sha: string): boolean {
  return /^0+$/.test(sha);
}

/** A foreign name in quotes, safe to print and short. */
export function show(name: string): string {
  return `"${plainText(name, 100).replaceAll("\n", " ")}"`;
}
