// Facts about commits, read from the bare repositories.
import { git } from "../git.ts";

export interface Person {
  name: string;
  email: string;
  date: string;
}

export interface CommitFacts {
  sha: string;
  tree: string;
  parents: string[];
  author: Person;
  committer: Person;
  message: string;
}

const format = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x00";

/** The SHA of the commit that a branch, tag, full ref or (abbreviated) SHA names. */
export async function resolveCommit(dir: string, name: string): Promise<string | undefined> {
  const candidates = name.startsWith("refs/") ? [name] : [`refs/heads/${name}`, `refs/tags/${name}`, `refs/${name}`];
  if (/^[0-9a-f]{7,40}$/.test(name)) candidates.push(name);
  for (const candidate of candidates) {
    const sha = await revParse(dir, `${candidate}^{commit}`);
    if (sha) return sha;
  }
  return undefined;
}

/** The object that a revision names; undefined when there is none. */
export function revParse(dir: string, revision: string): Promise<string | undefined> {
  return git(dir, ["rev-parse", "--verify", "--quiet", "--end-of-options", revision]).catch(() => undefined);
}

/** Commits in the order of `git rev-list <args>`. */
export async function readCommits(dir: string, args: string[]): Promise<CommitFacts[]> {
  const output = await git(dir, ["log", `--format=tformat:${format}`, ...args, "--"]);
  const fields = output.split("\0");
  const commits: CommitFacts[] = [];
  for (let at = 0; at + 9 < fields.length; at += 10) {
    const field = (offset: number) => fields[at + offset] ?? "";
    commits.push({
      sha: field(0).trim(),
      tree: field(1),
      parents: field(2).split(" ").filter(Boolean),
      author: { name: field(3), email: field(4), date: utc(field(5)) },
      committer: { name: field(6), email: field(7), date: utc(field(8)) },
      message: field(9).trimEnd(),
    });
  }
  return commits;
}

export async function readCommit(dir: string, sha: string): Promise<CommitFacts> {
  const [commit] = await readCommits(dir, ["--max-count=1", sha]);
  if (!commit) throw new Error(`${dir} has no commit ${sha}`);
  return commit;
}

export interface FileFacts {
  path: string;
  status: "added" | "removed" | "modified" | "renamed" | "changed";
  blob: string;
  additions: number;
  deletions: number;
}

const statuses: Record<string, FileFacts["status"]> = {
  A: "added",
  D: "removed",
  M: "modified",
  R: "renamed",
  T: "changed",
};

/** Files that differ between two trees; without `from`, against the empty tree. */
export async function readFiles(dir: string, from: string | undefined, to: string): Promise<FileFacts[]> {
  const base = from ?? "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
  const diff = (form: string) => git(dir, ["diff-tree", "-r", "--no-renames", form, "-z", base, to]);
  const raw = (await diff("--raw")).split("\0");
  const counts = (await diff("--numstat")).split("\0").filter(Boolean);
  return counts.map((line, index) => {
    const [additions, deletions, path] = line.split("\t") as [string, string, string];
    const [, , , blob, status] = (raw[index * 2] ?? "").split(" ");
    return {
      path,
      blob: blob ?? "",
      status: statuses[status?.[0] ?? ""] ?? "changed",
      additions: Number(additions) || 0,
      deletions: Number(deletions) || 0,
    };
  });
}

function utc(seconds: string): string {
  return new Date(Number(seconds) * 1000).toISOString().replace(".000Z", "Z");
}
