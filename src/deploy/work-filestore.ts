import { lstat, mkdir, rm, symlink } from "node:fs/promises";
import { basename } from "node:path";
import { filestoreOf } from "../odoo/filestore.ts";
import type { DatabaseNames } from "./recover.ts";

/** Lets the database that is changed find and write files in the live one's filestore, which Odoo names by the database. */
export async function linkFilestore(dataDir: string, names: DatabaseNames): Promise<void> {
  const [live, work] = [filestoreOf(dataDir, names.live), filestoreOf(dataDir, names.work)];
  await mkdir(live, { recursive: true });
  await unlinkFilestore(dataDir, names);
  await symlink(basename(live), work);
}

/** Takes that link away; what is no link of ours stays. */
export async function unlinkFilestore(dataDir: string, names: DatabaseNames): Promise<void> {
  const work = filestoreOf(dataDir, names.work);
  const found = await lstat(work).catch(() => undefined);
  if (found?.isSymbolicLink()) await rm(work, { force: true });
}
