// A remote repository over HTTP for the history tests, and what a check or a person does with it.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type CheckRequest, checkHistory } from "../../../src/history/check.ts";
import type { Event } from "../../../src/history/scope.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { createBare, git, isolatedGit } from "../../support/git.ts";
import { startGitServer } from "../../support/git-server.ts";

export const TOKEN = "history-test-token";
export const ORDER = ["dev", "staging", "production"];

/** One server with any number of repositories. */
export interface Ground extends AsyncDisposable {
  /** An empty bare repository with its address. */
  repository(name: string): Promise<{ bare: string; auth: { url: string; token: string } }>;
  /** A new folder below the ground's own. */
  folder(): Promise<string>;
}

export async function openGround(): Promise<Ground> {
  const root = await mkdtemp(join(tmpdir(), "history-"));
  const server = await startGitServer(root, { tokens: { [TOKEN]: { contents: "write" } } });
  return {
    async repository(name) {
      const bare = await createBare(root, `team/${name}`);
      return { bare, auth: { url: `${server.url}/team/${name}.git`, token: TOKEN } };
    },
    folder: () => mkdtemp(join(root, "folder-")),
    async [Symbol.asyncDispose]() {
      await server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** Runs the check as a job of `event` would. */
export function check(auth: CheckRequest["auth"], event: Event, changes: Partial<CheckRequest["settings"]> = {}) {
  const settings = { order: ORDER, requireSigned: false, ...changes };
  return checkHistory({ event, auth, settings, warnOnly: [] }, silentLog);
}

/** The event of a push that moved `branch` to where it is. */
export async function pushed(bare: string, branch: string, before: string | null = null): Promise<Event> {
  return {
    name: "push",
    ref: `refs/heads/${branch}`,
    before,
    after: await git(bare, ["rev-parse", `refs/heads/${branch}`]),
  };
}

/** A person's clone with a work tree: runs lines of shell in it, as pasted from a cure, and returns what they print. */
export async function personClone(ground: Ground, bare: string): Promise<(...script: string[]) => Promise<string>> {
  const dir = await ground.folder();
  await git(dir, ["clone", "--quiet", bare, "clone"]);
  const env = { ...isolatedGit, GIT_EDITOR: "true" };
  return async (...script) =>
    (await promisify(execFile)("sh", ["-euc", script.join("\n")], { cwd: join(dir, "clone"), env })).stdout;
}
