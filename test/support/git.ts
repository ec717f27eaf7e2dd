// git for tests: plain calls in an isolated configuration, and commits written straight into bare repositories.
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

/** Environment in which git sees no configuration of the machine and asks nobody anything. */
export const isolatedGit: Record<string, string> = {
  PATH: process.env.PATH ?? "/usr/bin:/bin",
  LANG: "C.UTF-8",
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "Test Author",
  GIT_AUTHOR_EMAIL: "author@example.com",
  GIT_COMMITTER_NAME: "Test Author",
  GIT_COMMITTER_EMAIL: "author@example.com",
};

/** Runs git in `dir` and returns its trimmed output; rejects with git's stderr in the message. */
export function git(
  dir: string,
  args: readonly string[],
  options: { stdin?: string; env?: Record<string, string> } = {},
) {
  return new Promise<string>((resolve, reject) => {
    const settings = { cwd: dir, env: { ...isolatedGit, ...options.env }, maxBuffer: 256 * 1024 * 1024 };
    const child = execFile("git", args, settings, (error, stdout, stderr) => {
      if (error)
        reject(Object.assign(new Error(`git ${args.join(" ")}: ${stderr.trim() || error.message}`), { stderr }));
      else resolve(stdout.trimEnd());
    });
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(options.stdin ?? "");
  });
}

/** Makes the bare repository `<root>/<owner>/<name>.git` and returns its folder. */
export async function createBare(root: string, fullName: string, defaultBranch = "production"): Promise<string> {
  const dir = join(root, `${fullName}.git`);
  await mkdir(dir, { recursive: true });
  await git(dir, ["init", "--quiet", "--bare", `--initial-branch=${defaultBranch}`]);
  return dir;
}

/** A file of a commit: text, an executable, or null to remove it. */
export type FileChange = string | { text: string; executable: true } | null;

export interface CommitOptions {
  message?: string;
  /** Start of the branch when it does not exist yet, or a rewrite of it: any revision. */
  from?: string;
  /** Further parents, which makes it a merge commit. */
  merge?: string[];
  author?: string;
  /** Seconds since 1970, so that hashes can be made equal. */
  date?: number;
}

/** Commits `files` on top of `branch` without a work tree and returns the new SHA. */
export async function commit(
  bare: string,
  branch: string,
  files: Record<string, FileChange>,
  options: CommitOptions = {},
): Promise<string> {
  const tip = options.from ?? `refs/heads/${branch}`;
  const parent = await git(bare, ["rev-parse", "--verify", "--quiet", `${tip}^{commit}`]).catch(() => undefined);
  const merges = await Promise.all((options.merge ?? []).map((rev) => git(bare, ["rev-parse", "--verify", rev])));
  const when = `${options.date ?? Math.floor(Date.now() / 1000)} +0000`;
  const author = options.author ?? "Test Author <author@example.com>";
  const lines = [`commit refs/heads/${branch}`, `author ${author} ${when}`, `committer ${author} ${when}`];
  lines.push(data(options.message ?? "change"));
  if (parent) lines.push(`from ${parent}`);
  for (const merge of merges) lines.push(`merge ${merge}`);
  for (const [path, change] of Object.entries(files)) lines.push(fileCommand(path, change));
  await git(bare, ["fast-import", "--quiet", "--force"], { stdin: `${lines.join("\n")}\n` });
  return git(bare, ["rev-parse", `refs/heads/${branch}`]);
}

function fileCommand(path: string, change: FileChange): string {
  if (change === null) return `D ${path}`;
  if (typeof change === "string") return `M 100644 inline ${path}\n${data(change)}`;
  return `M 100755 inline ${path}\n${data(change.text)}`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}`;
}
