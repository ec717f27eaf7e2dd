import { access, constants, mkdtemp, readdir, readFile, rm, statfs } from "node:fs/promises";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";

const memory = "/dev/shm";
const room = 4 * 2 ** 30;
const mark = "odoo-pipeline";

/**
 * A new folder with a short path for data that is thrown away and programs that are run from it: in memory when there is
 * plenty, because a database of Odoo is thousands of small files, else where temporary files go. Those of processes that
 * were killed are removed.
 */
export async function temporaryDirectory(name: string): Promise<string> {
  const parent = (await hasRoom()) ? memory : tmpdir();
  await removeAbandoned(parent);
  return mkdtemp(join(parent, `${mark}-${process.pid}-${name}-`));
}

async function hasRoom(): Promise<boolean> {
  try {
    await access(memory, constants.W_OK);
    const { bavail, bsize } = await statfs(memory);
    const mounts = await readFile("/proc/self/mounts", "utf8");
    const options = mounts.split("\n").find((line) => line.split(" ")[1] === memory) ?? "noexec";
    return bavail * bsize > room && freemem() > room && !options.includes("noexec");
  } catch {
    return false;
  }
}

async function removeAbandoned(parent: string): Promise<void> {
  const pattern = new RegExp(`^${mark}-(\\d+)-`);
  for (const name of await readdir(parent)) {
    const pid = pattern.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {}); // another user's
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
