import { randomUUID } from "node:crypto";
import { access, mkdtemp, open, readFile, rename, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ExpectedError, messageOf } from "./errors.ts";

/** Replaces a file so that a reader, or a crash at any moment, sees the old or the new content whole. */
export async function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    const file = await open(temporary, "wx", mode);
    try {
      await file.writeFile(data);
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Runs `work` with a new private folder (mode 0700) that is removed at the end, whatever happens. */
export async function withTemporaryDirectory<T>(prefix: string, work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), `${prefix}-`));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Whether something is at `path` that we can reach. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The JSON of a file, checked by `parse`; a failure names the file. */
export async function readJson<T>(path: string, parse: (value: unknown) => T): Promise<T> {
  const text = await readFile(path, "utf8");
  try {
    return parse(JSON.parse(text));
  } catch (error) {
    const problem = { code: "invalid-json-file", location: { file: path } };
    const message = `${path} does not hold the JSON that is expected: ${messageOf(error)}`;
    throw new ExpectedError({ ...problem, message, remedy: "repair or remove the file" }, { cause: error });
  }
}

/** Bytes that an ordinary user may still write on the file system of `path`. */
export async function freeBytes(path: string): Promise<number> {
  const stats = await statfs(path);
  return stats.bavail * stats.bsize;
}
