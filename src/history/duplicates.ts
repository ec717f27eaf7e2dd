import { join } from "node:path";
import { Repository } from "../platform/git.ts";
import type { FetchPlace } from "./fetch-graph.ts";
import { gitBytes } from "./objects.ts";

/** Two branch tips with the commits that only one of them has. */
interface Sides {
  base: string;
  head: string;
  ahead: readonly string[];
  behind: readonly string[];
}

/** The same change as two commits, one on each side. */
export interface Twins {
  ahead: string;
  behind: string;
}

/** A clone with the trees of every commit that only one side has and of their parents; file contents come when needed. */
export function cloneSides({ log, auth, dir }: FetchPlace, sides: Sides): Promise<Repository> {
  const depth = Math.max(sides.ahead.length, sides.behind.length) + 1;
  const options = { filter: "blob:none" as const, depth, refs: [sides.base, sides.head] };
  return Repository.clone(log, auth, { dir: join(dir, `trees-${sides.head.slice(0, 12)}`), ...options });
}

/** Finds the same changes on both sides by patch-id, as `git cherry` does; merge commits have no patch-id. */
export async function findTwins(repository: Repository, { base, head }: Sides): Promise<Twins[]> {
  const marked = await repository.revList(["--no-merges", "--cherry-mark", "--left-right", `${base}...${head}`]);
  const equal = marked.filter((line) => line.startsWith("=")).map((line) => line.slice(1));
  if (equal.length === 0) return [];
  const onBase = new Set(await repository.revList([base, `^${head}`]));
  const ids = await patchIds(repository, equal);
  const originals = new Map(equal.flatMap((sha) => (onBase.has(sha) ? [[ids.get(sha) ?? sha, sha]] : [])));
  return equal.flatMap((ahead): Twins[] => {
    const behind = onBase.has(ahead) ? undefined : originals.get(ids.get(ahead) ?? ahead);
    return behind === undefined ? [] : [{ ahead, behind }];
  });
}

async function patchIds(repository: Repository, shas: readonly string[]): Promise<Map<string, string>> {
  const args = ["diff-tree", "--stdin", "--patch", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv"];
  const patches = await gitBytes(repository, args, { stdin: `${shas.join("\n")}\n` });
  const { stdout } = await repository.git(["patch-id", "--stable"], { stdin: patches });
  return new Map(
    stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.split(" ").reverse() as [string, string]])),
  );
}
