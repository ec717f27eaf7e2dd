import { ExpectedError } from "../platform/errors.ts";
import { plainText } from "../platform/log.ts";
import { isBranchName } from "../platform/names.ts";
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

/** What the workflow run is about: the part of GitHub's events that says which history is meant. */
export type Event =
  | { name: "push"; ref: string; before: string | null; after: string | null }
  | { name: "pull_request" | "merge_group"; base: EventPoint; head: EventPoint }
  | { name: "workflow_dispatch"; ref: string }
  | { name: "other"; event: string };

/** A ref and its commit: a branch name for pull requests, a full ref for merge groups. */
interface EventPoint {
  ref: string;
  sha: string;
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
  for (const [index, name] of settings.order.entries()) requireOther(name, settings.order[index + 1]);
  const ask = asker(settings);
  if (settings.head !== undefined)
    return [ask(tip(settings.head), tip(baseOf(settings.head, settings)), "behind-base")];
  switch (event.name) {
    case "pull_request":
      return [pullRequest(event, settings, ask)];
    case "merge_group":
      return [mergeGroup(event, ask)];
    case "push":
      return push(event, settings, ask);
    case "workflow_dispatch":
      return dispatch(event.ref, settings, ask);
    case "other":
      throw unsupported(event.event);
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

function pullRequest({ base, head }: { base: EventPoint; head: EventPoint }, settings: Settings, ask: Ask): Question {
  const point = { name: requireBranch(head.ref), sha: head.sha };
  if (settings.base !== undefined) return ask(point, tip(settings.base), "behind-base");
  return { ...ask(point, tip(requireBranch(base.ref)), "behind-base"), earlierBase: base.sha };
}

// The queue has put the group on this very commit, which may be the head of the group before it and on no branch yet.
function mergeGroup({ base, head }: { base: EventPoint; head: EventPoint }, ask: Ask): Question {
  const [point, under] = [head, base].map(({ ref, sha }) => ({ name: branchOf(ref), sha })) as [Target, Target];
  return ask(point, under, "behind-base");
}

function push(event: Extract<Event, { name: "push" }>, settings: Settings, ask: Ask): Question[] {
  const branch = branchOf(event.ref);
  if (event.after === null) throw deletedRef(branch);
  const head = { name: branch, sha: event.after };
  const above = settings.order.at(-2);
  if (branch !== settings.order.at(-1) || above === undefined || settings.base !== undefined) {
    return [ask(head, tip(baseOf(branch, settings)), "behind-base")];
  }
  // The last of the order sits on nothing but its own past, and the branch above has to contain it.
  const rules: Rule[] = ["unrelated-histories", "behind-base", "duplicate"];
  const contained = { head: tip(above), base: head, rules };
  if (event.before === null) return [contained];
  return [ask(head, { name: `${branch} before the push`, sha: event.before }, "rewritten"), contained];
}

function dispatch(ref: string, settings: Settings, ask: Ask): Question[] {
  const branch = branchOf(ref);
  if (settings.base !== undefined || !settings.order.includes(branch)) {
    return [ask(tip(branch), tip(baseOf(branch, settings)), "behind-base")];
  }
  return settings.order.slice(0, -1).map((head) => ask(tip(head), tip(baseOf(head, settings)), "behind-base"));
}

function baseOf(branch: string, settings: Settings): string {
  requireOther(branch, settings.base);
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

/** Throws `ExpectedError` for a branch that is to sit on itself, which every branch does. */
export function requireOther(branch: string, base: string | undefined): void {
  if (branch !== base) return;
  const message = `${show(branch)} is given as its own base`;
  throw new ExpectedError({ code: "same-branch", message, remedy: "name another branch as the base" });
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

/** A foreign name in quotes, safe to print and short. */
export function show(name: string): string {
  return `"${plainText(name, 100).replaceAll("\n", " ")}"`;
}
