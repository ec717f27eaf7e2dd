import { statfsSync } from "node:fs";
import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../../src/platform/process.ts";
import { startPostgres } from "../../workbench/postgres.ts";

/** A file system of its own needs root; with CI=true it has to be there. */
export const mayMount = process.getuid?.() === 0 || process.env.CI === "true";

/** Mounts a disk of so many MiB at `path`; returns how it is taken away. */
export async function mountSmallDisk(path: string, mebibytes: number): Promise<() => Promise<unknown>> {
  await mkdir(path);
  await run("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m,mode=0755`, "tmpfs", path]);
  return () => run("umount", ["--lazy", path]);
}

/** Free bytes of the disk that `path` is on. */
export function freeOf(path: string): number {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
}

/** A seed for `startPostgres` whose write-ahead log is in a folder of its own; `dir` is where it is made. */
export async function seedWithLogIn(log: string, dir: string): Promise<string> {
  const server = await startPostgres({ dir });
  await server.stop();
  await run("mv", ["--", join(server.dataDirectory, "pg_wal"), log]);
  await symlink(log, join(server.dataDirectory, "pg_wal"));
  return server.dataDirectory;
}
