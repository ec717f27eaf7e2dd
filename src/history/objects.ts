import { PassThrough } from "node:stream";
import type { Repository } from "../platform/git.ts";
import type { RunOptions } from "../platform/process.ts";
import { parseBatch, type RawCommit } from "./commits.ts";

/** Reads commit objects of a clone that has them, in the order given. */
export async function readCommits(repository: Repository, shas: readonly string[]): Promise<RawCommit[]> {
  if (shas.length === 0) return [];
  return parseBatch(await gitBytes(repository, ["cat-file", "--batch"], { stdin: `${shas.join("\n")}\n` }));
}

/** The output of a git command byte for byte. */
export async function gitBytes(repository: Repository, args: string[], options: RunOptions = {}): Promise<Buffer> {
  const sink = new PassThrough();
  const [chunks] = await Promise.all([sink.toArray(), repository.git(args, { ...options, stdoutTo: sink })]);
  return Buffer.concat(chunks as Buffer[]);
}
