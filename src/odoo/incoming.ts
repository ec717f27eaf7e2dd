import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

const INCOMING = ".incoming-";

/**
 * Gives `work` a new folder below a filestore where files arrive before they get their names, so that none that is half
 * written ever has one: by its name alone it would be taken for whole. Removes the folder, and those that killed runs left.
 */
export async function withIncoming<T>(filestore: string, work: (folder: string) => Promise<T>): Promise<T> {
  for (const left of await readdir(filestore)) {
    if (left.startsWith(INCOMING)) await rm(join(filestore, left), { recursive: true, force: true });
  }
  const incoming = await mkdtemp(join(filestore, INCOMING));
  try {
    return await work(incoming);
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
}
