import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { dirname, posix } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ExpectedError } from "../platform/errors.ts";
import type { Repository } from "../platform/git.ts";
import { contentTime, type ReleaseFile, symlinkMode } from "./release-files.ts";
import { tarEnd, tarEntry } from "./tar.ts";

/** A release as an archive on disk, and what is in it. */
export interface ReleaseArchive {
  path: string;
  sha256: string;
  tree: string;
  files: ReleaseFile[];
}

const lfsMark = Buffer.from("version https://git-lfs.github.com/spec/");

/** Writes the tree of a commit as a tar that depends on nothing but the tree: same tree, same SHA-256. */
export async function writeArchive(repository: Repository, commit: string, path: string): Promise<ReleaseArchive> {
  const tree = (await repository.git(["rev-parse", "--verify", "--end-of-options", `${commit}^{tree}`])).stdout.trim();
  const files = await listFiles(repository, commit);
  const hash = createHash("sha256");
  await pipeline(
    Readable.from(entries(repository, files)),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { mode: 0o600 }),
  );
  return { path, sha256: hash.digest("hex"), tree, files };
}

async function listFiles(repository: Repository, commit: string): Promise<ReleaseFile[]> {
  const entries = await repository.listTree(commit);
  const files = entries.map(({ mode, id, path }): ReleaseFile => [mode, id, path]);
  refuseSubmodules(files);
  return files;
}

function refuseSubmodules(files: readonly ReleaseFile[]): void {
  const submodules = files.filter(([mode]) => mode === "160000").map(([, , path]) => path);
  if (submodules.length === 0) return;
  throw new ExpectedError({
    code: "submodules",
    message: `The commit has submodules (${submodules.join(", ")}); a release is made of the commit's own files only.`,
    remedy: "Bring their modules into the repository, for example with git subtree.",
  });
}

async function* entries(repository: Repository, files: readonly ReleaseFile[]): AsyncGenerator<Buffer> {
  const contents = readBlobs(repository, files);
  for (const [mode, blob, path] of files) {
    const content = (await contents.next()).value as Buffer;
    if (content.subarray(0, lfsMark.length).equals(lfsMark)) throw lfsPointer(path);
    const mtime = contentTime(blob);
    if (mode === symlinkMode) yield tarEntry({ path, mode: 0o777, mtime, content: { linkTo: target(path, content) } });
    else yield tarEntry({ path, mode: mode === "100755" ? 0o755 : 0o644, mtime, content });
  }
  yield tarEnd;
}

/** The blobs in order, from one `git cat-file --batch`: what git stores, whatever .gitattributes would make of it. */
async function* readBlobs(repository: Repository, files: readonly ReleaseFile[]): AsyncGenerator<Buffer> {
  const output = new PassThrough();
  const stdin = files.map(([, blob]) => `${blob}\n`).join("");
  const done = repository.git(["cat-file", "--batch"], { stdin, stdoutTo: output });
  done.catch((error: unknown) => output.destroy(error as Error));
  const reader = new ByteReader(output);
  for (const [, , path] of files) {
    const head = await reader.line();
    const size = /^\w+ blob (\d+)$/.exec(head)?.[1];
    if (size === undefined) throw new Error(`git has no content for ${path}: ${head}`);
    yield await reader.take(Number(size));
    await reader.take(1);
  }
  await done;
}

class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(source: Readable) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(10);
      if (end >= 0) return (await this.take(end + 1)).toString("utf8", 0, end);
      await this.#more([this.#rest]);
    }
  }

  async take(size: number): Promise<Buffer> {
    const parts = [this.#rest];
    for (let have = this.#rest.length; have < size; have += (parts.at(-1) as Buffer).length) await this.#read(parts);
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts);
    this.#rest = all.subarray(size);
    return all.subarray(0, size);
  }

  async #more(parts: Buffer[]): Promise<void> {
    await this.#read(parts);
    this.#rest = Buffer.concat(parts);
  }

  async #read(parts: Buffer[]): Promise<void> {
    const { value, done } = await this.#source.next();
    if (done) throw new Error("git ended before it had given every file");
    parts.push(value);
  }
}

/** A link's target, which must stay inside the release. */
function target(path: string, content: Buffer): string {
  const link = content.toString("utf8");
  const lands = posix.normalize(posix.join(dirname(path), link));
  if (!link.startsWith("/") && lands !== ".." && !lands.startsWith("../")) return link;
  throw new ExpectedError({
    code: "link-leaves-release",
    message: `The symbolic link ${path} leads outside of the repository, to ${link}.`,
    remedy: "Let it lead to a file of the repository.",
    location: { file: path },
  });
}

function lfsPointer(path: string): ExpectedError {
  return new ExpectedError({
    code: "lfs-pointer",
    message: `${path} is kept in Git LFS; the commit holds only a pointer to it, which Odoo cannot use.`,
    remedy: "Put the file itself into the repository (git lfs migrate export --include=<path>).",
    location: { file: path },
  });
}
