import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ExpectedError } from "../platform/errors.ts";
import { run } from "../platform/process.ts";
import { isPresent, isStoreName, writePlaceholders } from "./filestore.ts";
import { withIncoming } from "./incoming.ts";

/** What became of files that were sent for. */
export interface ReceivedFiles {
  received: number;
  /** Gone from the source meanwhile; a file of no bytes lies in the place of each. */
  vanished: number;
  bytes: number;
}

const LIMIT_MS = 6 * 3_600_000;

/** The names that are missing in a filestore, which gets its placeholders at this occasion. */
export async function missingFiles(filestore: string, names: readonly string[]): Promise<string[]> {
  await writePlaceholders(filestore);
  const missing: string[] = [];
  for (const name of names) if (!(await isPresent(filestore, name))) missing.push(name);
  return missing;
}

/** Writes the named files of a filestore to `sink` as a tar, and ends it; those that are gone are left out. */
export async function sendFiles(filestore: string, names: readonly string[], sink: Writable): Promise<void> {
  const list = names.filter(isStoreName).map((name) => `${name}\n`);
  const options = ["--no-recursion", "--ignore-failed-read", "--verbatim-files-from", "--files-from=-"];
  await run("tar", ["--create", "-C", filestore, ...options], {
    stdin: list.join(""),
    stdoutTo: sink,
    timeoutMs: LIMIT_MS,
  });
}

/**
 * Takes a tar of `sendFiles` into a filestore: of it only files that were asked for, and only with the content that their
 * name stands for. ExpectedError "file-damaged" otherwise.
 */
export async function receiveFiles(
  filestore: string,
  names: readonly string[],
  source: Readable,
): Promise<ReceivedFiles> {
  await writePlaceholders(filestore);
  return await withIncoming(filestore, async (incoming) => {
    const options = ["--no-same-owner", "--no-same-permissions", "-C", incoming];
    await run("tar", ["--extract", ...options], { stdin: source, timeoutMs: LIMIT_MS });
    const result = { received: 0, vanished: 0, bytes: 0 };
    for (const name of names.filter(isStoreName)) {
      const bytes = await take(join(incoming, name), join(filestore, name));
      if (bytes === undefined) result.vanished += 1;
      else result.received += 1;
      result.bytes += bytes ?? 0;
    }
    return result;
  });
}

/** Puts a file that arrived in its place; returns its size, undefined when it did not arrive. */
async function take(arrived: string, place: string): Promise<number | undefined> {
  const file = await lstat(arrived).catch(() => undefined);
  await mkdir(dirname(place), { recursive: true });
  if (!file?.isFile()) {
    await writeFile(place, "");
    return undefined;
  }
  const hash = createHash("sha1");
  await pipeline(createReadStream(arrived), hash);
  if (!place.endsWith(`/${hash.digest("hex")}`)) throw damaged();
  await rename(arrived, place);
  return file.size;
}

function damaged(): ExpectedError {
  return new ExpectedError({
    code: "file-damaged",
    message: "A file of the source's filestore does not have the content that its name stands for.",
    remedy: "Run the refresh again; if it happens again, look at the disk of the source's node.",
  });
}
