import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { promisify } from "node:util";
import { deflate } from "node:zlib";
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

/**
 * Writes a commit object, given in latin1, into a clone and returns its id. It is written as git's loose object by
 * ourselves: a process of git for each would take half the time of a long replay.
 */
export async function writeCommit(repository: Repository, latin1: string): Promise<string> {
  const content = Buffer.from(latin1, "latin1");
  const object = Buffer.concat([Buffer.from(`commit ${content.length}\0`), content]);
  const isSha256 = /^tree [0-9a-f]{64}\n/.test(latin1);
  const sha = createHash(isSha256 ? "sha256" : "sha1")
    .update(object)
    .digest("hex");
  const folder = join(repository.dir, "objects", sha.slice(0, 2));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, sha.slice(2)), await promisify(deflate)(object));
  return sha;
}
