import { mkdir } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { CommandError } from "./command-error.ts";
import { ExpectedError } from "./errors.ts";
import { explainGitFailure, isTransient, parsePushReport, parseTree, type TreeEntry } from "./git-answers.ts";
import { gitEnvironment } from "./git-environment.ts";
import type { Log } from "./log.ts";
import { isSha } from "./names.ts";
import { type RunOptions, type RunResult, run } from "./process.ts";

export type { TreeEntry } from "./git-answers.ts";

/** Where a repository is, and the token that opens it; never part of a command line or a file. */
export interface GitAuth {
  url: string;
  token?: string;
}

/** What to copy of a remote repository. */
export interface CloneOptions {
  /** An empty or missing folder. */
  dir: string;
  /** `tree:0` for questions about history, `blob:none` where trees are compared; what is missing is fetched when asked. */
  filter?: "blob:none" | "tree:0";
  depth?: number;
  /** Full refspecs, such as `+refs/heads/*:refs/heads/*`. */
  refs: string[];
}

/** A wanted change of a ref of the remote; `null` is "does not exist" for both ids. */
export interface RefUpdate {
  /** Full name, such as `refs/heads/dev`. */
  ref: string;
  newSha: string | null;
  expectedOld: string | null;
}

/** A push that the remote did not take, or not whole. */
export class PushRejectedError extends ExpectedError {
  /** `stale`: somebody else moved the ref since it was read. */
  readonly rejections: { ref: string; reason: string; stale: boolean }[];

  constructor(rejections: { ref: string; reason: string; stale: boolean }[], cause?: unknown) {
    const list = rejections.map(({ ref, reason }) => `${ref}: ${reason}`).join("; ");
    const stale = rejections.some((rejection) => rejection.stale);
    const remedy = stale ? "read the ref again and repeat" : "see the reason, often a branch protection or ruleset";
    super(
      { code: stale ? "push-stale" : "push-rejected", message: `The push was refused: ${list}`, remedy },
      { cause },
    );
    this.rejections = rejections;
  }
}

/** The address of a repository on the server that GITHUB_SERVER_URL names. */
export function remoteUrl(serverUrl: string, repository: string): string {
  return `${serverUrl.replace(/\/+$/, "")}/${repository}`;
}

/** A bare repository of our own, with the remote `origin`; no configuration of machine, user or team reaches it. */
export class Repository {
  readonly dir: string;
  readonly #auth: GitAuth | undefined;

  private constructor(dir: string, auth: GitAuth | undefined) {
    this.dir = dir;
    this.#auth = auth;
  }

  /** A repository that is on this disk; `auth` is needed by what talks to the remote, lazy fetches included. */
  static open(dir: string, auth?: GitAuth): Repository {
    return new Repository(dir, auth);
  }

  /** A new bare clone; refs that the remote does not have are an `ExpectedError` "ref-not-found". */
  static async clone(log: Log, auth: GitAuth, options: CloneOptions): Promise<Repository> {
    await mkdir(options.dir, { recursive: true });
    const repository = new Repository(options.dir, auth);
    await repository.git(["init", "--bare", "--quiet", "--template=", "--initial-branch=main"]);
    await repository.git(["config", "remote.origin.url", auth.url]);
    log.debug(`git clone of ${auth.url}: ${options.refs.join(" ")}`);
    const { filter, depth } = options;
    await repository.fetch(options.refs, { ...(filter ? { filter } : {}), ...(depth ? { depth } : {}) });
    return repository;
  }

  /** Runs git here; foreign values belong behind `--end-of-options` or `--`. */
  async git(args: string[], options: RunOptions = {}): Promise<RunResult> {
    const { env, redact } = gitEnvironment(this.dir, this.#auth);
    const merged = {
      ...options,
      cwd: this.dir,
      env: { ...env, ...options.env },
      redact: [...redact, ...(options.redact ?? [])],
    };
    return run("git", args, merged);
  }

  /** The full id of a commit (tags peeled), or undefined when there is none. */
  async resolve(ref: string): Promise<string | undefined> {
    return this.#object(`${ref}^{commit}`);
  }

  /** The lines of `git rev-list <args>`; the arguments are trusted: give ids, not names from outside. */
  async revList(args: string[]): Promise<string[]> {
    const { stdout } = await this.git(["rev-list", ...args]);
    return stdout.split("\n").filter((line) => line !== "");
  }

  /** Whether `ancestor` is `descendant` or one of its ancestors; both must exist. */
  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    const args = ["merge-base", "--is-ancestor", "--end-of-options", ancestor, descendant];
    return (await this.git(args, { allowedExitCodes: [0, 1] })).code === 0;
  }

  /** The bytes of a file in a commit, or undefined when it has none (at most 64 MiB). */
  async readBlob(commit: string, path: string): Promise<Buffer | undefined> {
    const id = await this.#object(`${commit}:${path}`);
    if (id === undefined) return undefined;
    const sink = new PassThrough();
    const [data] = await Promise.all([sink.toArray(), this.git(["cat-file", "blob", id], { stdoutTo: sink })]);
    return Buffer.concat(data as Buffer[]);
  }

  /** All files of a commit or tree, recursively, in git's order. */
  async listTree(commit: string): Promise<TreeEntry[]> {
    const { stdout } = await this.git(["ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit]);
    return parseTree(stdout);
  }

  /** Fetches refspecs from `origin`; a cut connection is tried three times. */
  async fetch(refspecs: string[], options: { depth?: number; filter?: string; prune?: boolean } = {}): Promise<void> {
    const args = [
      "fetch",
      "--quiet",
      "--no-tags",
      "--no-write-fetch-head",
      "--no-auto-maintenance",
      "--no-recurse-submodules",
    ];
    if (options.depth !== undefined) args.push(`--depth=${options.depth}`);
    if (options.filter !== undefined) args.push(`--filter=${options.filter}`);
    if (options.prune) args.push("--prune");
    await this.#remote([...args, "--end-of-options", "origin", ...refspecs]);
  }

  /** Refs of `origin` that match the patterns (all when none): full name to id; peeled entries end in `^{}`. */
  async lsRemote(patterns: string[] = []): Promise<Map<string, string>> {
    const { stdout } = await this.#remote(["ls-remote", "--quiet", "--end-of-options", "origin", ...patterns]);
    const lines = stdout.split("\n").filter((line) => line.includes("\t"));
    return new Map(lines.map((line) => line.split("\t").reverse() as [string, string]));
  }

  /** Moves refs of `origin` if they still are where they are expected; throws `PushRejectedError` otherwise. */
  async push(updates: RefUpdate[], options: { atomic?: boolean } = {}): Promise<void> {
    for (const { newSha, expectedOld } of updates) {
      for (const id of [newSha, expectedOld]) if (id !== null && !isSha(id)) throw unknownCommit(id);
    }
    const args = ["push", "--porcelain", "--no-verify", "--no-recurse-submodules"];
    if (options.atomic ?? true) args.push("--atomic");
    args.push(...updates.map(({ ref, expectedOld }) => `--force-with-lease=${ref}:${expectedOld ?? ""}`));
    args.push("--end-of-options", "origin", ...updates.map(({ ref, newSha }) => `${newSha ?? ""}:${ref}`));
    const result = await this.git(args, { allowedExitCodes: "any" });
    if (result.code === 0) return;
    const failure = new CommandError({ argv: ["git", ...args], what: "was refused", ...result });
    const rejections = parsePushReport(result.stdout);
    throw rejections.length > 0 ? new PushRejectedError(rejections, failure) : this.#explain(failure);
  }

  async #object(expression: string): Promise<string | undefined> {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", expression];
    const { code, stdout } = await this.git(args, { allowedExitCodes: [0, 1, 128] });
    return code === 0 ? stdout.trim() : undefined;
  }

  async #remote(args: string[]): Promise<RunResult> {
    for (const waitMs of [500, 2_000]) {
      try {
        return await this.git(args);
      } catch (error) {
        if (!(error instanceof CommandError) || !isTransient(error.stderrTail)) throw this.#explain(error);
        await delay(waitMs);
      }
    }
    return this.git(args).catch((error: unknown) => {
      throw this.#explain(error);
    });
  }

  #explain(error: unknown): unknown {
    if (!(error instanceof CommandError)) return error;
    const problem = explainGitFailure(error.stderrTail, this.#auth?.url ?? this.dir);
    return problem ? new ExpectedError(problem, { cause: error }) : error;
  }
}

function unknownCommit(name: string): ExpectedError {
  const remedy = "give the full id of a commit that the repository has";
  return new ExpectedError({ code: "commit-not-found", message: `There is no commit "${name}".`, remedy });
}
