import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, lutimes, mkdir, readdir, readFile, readlink, rename, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isDeploymentId } from "../environment/run-ids.ts";
import { ExpectedError } from "../platform/errors.ts";
import { exists, writeFileAtomic } from "../platform/files.ts";
import { run } from "../platform/process.ts";
import type { Layout } from "./layout.ts";
import { blobId, contentTime, type ReleaseFile, symlinkMode } from "./release-files.ts";
import type { DeployRequest } from "./request.ts";

/** What is kept beside a release's files. */
export interface ReleaseRecord {
  id: string;
  commit: string;
  tree: string;
  sha256: string;
}

const keptRecords = 20;
const recordFile = ".release.json";

/** Makes the release folder from the uploaded archive: whole and verified, or not at all. */
export async function unpackRelease(layout: Layout, request: DeployRequest): Promise<string> {
  const { release, id } = request;
  const partial = join(layout.releases, `.${id}.partial`);
  await verifyArchive(release.archive, release.sha256);
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const options = ["--no-same-owner", "--no-same-permissions", "--delay-directory-restore"];
  await run("tar", ["-x", ...options, "-C", partial, "-f", release.archive]);
  await verifyFiles(partial, release.files);
  const record: ReleaseRecord = { id, commit: release.commit, tree: release.tree, sha256: release.sha256 };
  await writeFileAtomic(join(partial, recordFile), `${JSON.stringify(record)}\n`, 0o644);
  await run("sync", ["-f", partial]);
  await rename(partial, layout.release(id));
  await rm(release.archive, { force: true });
  return layout.release(id);
}

/** What a release folder says it is; undefined when the pipeline did not make it. */
export async function releaseRecord(folder: string): Promise<ReleaseRecord | undefined> {
  const path = join(folder, recordFile);
  return (await exists(path)) ? (JSON.parse(await readFile(path, "utf8")) as ReleaseRecord) : undefined;
}

/** The name of the release that `current` leads to; undefined before the first deployment. */
export async function currentRelease(layout: Layout): Promise<string | undefined> {
  const target = await readlink(layout.current).catch(() => undefined);
  return target === undefined ? undefined : basename(target);
}

/** Lets `current` lead to a release, in one step for whoever looks; without a name it is taken away. */
export async function switchRelease(layout: Layout, id: string | undefined): Promise<void> {
  if (id === undefined) return await rm(layout.current, { force: true });
  const temporary = `${layout.current}.new`;
  await rm(temporary, { force: true });
  await symlink(join("releases", id), temporary);
  await rename(temporary, layout.current);
  await run("sync", ["-f", layout.base]);
}

/** Removes all but the newest `keep` releases, never one of `needed`, and what unpacking left half done. */
export async function removeOldReleases(layout: Layout, keep: number, needed: readonly string[]): Promise<string[]> {
  const names = await readdir(layout.releases);
  const partial = names.filter(
    (name) => name.startsWith(".") && isDeploymentId(name.slice(1).replace(/\.partial$/, "")),
  );
  // What a person or another tool put there stays.
  const old = names.filter(isDeploymentId).sort().slice(0, -keep);
  const removed = old.filter((name) => !needed.includes(name));
  for (const name of [...partial, ...removed]) await rm(join(layout.releases, name), { recursive: true, force: true });
  return removed;
}

const UPLOAD_AGE_MS = 24 * 3_600_000;

/** Removes archives of deployments that never began. */
export async function removeOldUploads(layout: Layout, now: Date): Promise<void> {
  for (const name of await readdir(layout.uploads).catch(() => [])) {
    if (!isDeploymentId(name.replace(/\.tar(\.partial)?$/, ""))) continue;
    const path = join(layout.uploads, name);
    const found = await lstat(path).catch(() => undefined); // renamed meanwhile: it has arrived
    if (found && now.getTime() - found.mtimeMs > UPLOAD_AGE_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Removes what the journals of all but the newest deployments hold; the history keeps a line of each. */
export async function removeOldRecords(layout: Layout): Promise<void> {
  const ids = (await readdir(layout.state)).filter(isDeploymentId).sort();
  for (const id of ids.slice(0, -keptRecords)) await rm(layout.deployment(id).folder, { recursive: true, force: true });
}

async function verifyArchive(path: string, sha256: string): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  const found = hash.digest("hex");
  if (found !== sha256) throw damaged(`${path} has the SHA-256 ${found}, not ${sha256}`);
}

/** Every file is there with the content that git knows it by, and nothing else is. */
async function verifyFiles(folder: string, files: readonly ReleaseFile[]): Promise<void> {
  for (const [mode, blob, path] of files) {
    const full = join(folder, path);
    const isLink = (await lstat(full)).isSymbolicLink();
    if (isLink !== (mode === symlinkMode)) throw damaged(`${path} is not what the commit holds`);
    const content = isLink ? Buffer.from(await readlink(full)) : await readFile(full);
    if (blobId(content, blob.length) !== blob) throw damaged(`${path} is not what the commit holds`);
    await lutimes(full, contentTime(blob), contentTime(blob));
  }
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const count = found.filter((entry) => !entry.isDirectory()).length;
  if (count !== files.length) throw damaged(`it holds ${count} files, the commit ${files.length}`);
}

function damaged(what: string): ExpectedError {
  return new ExpectedError({
    code: "release-damaged",
    message: `The release did not arrive whole: ${what}.`,
    remedy: "Run the workflow again; if it happens again, look at the host's disk.",
  });
}
