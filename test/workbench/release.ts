import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { deploymentId, layoutOf } from "../../src/deploy/layout.ts";
import { type ReleaseRecord, switchRelease } from "../../src/deploy/release-folder.ts";
import { run } from "../../src/platform/process.ts";
import { git, isolatedGit } from "../support/git.ts";

/** Puts a commit below `base` as an earlier deployment would have left it, and lets `current` lead to it. */
export async function placeRelease(base: string, repository: string, commit: string): Promise<string> {
  const layout = layoutOf(base);
  const id = deploymentId(new Date("2026-01-01T00:00:00Z"), commit);
  const folder = layout.release(id);
  await mkdir(folder, { recursive: true });
  const archive = `${folder}.tar`;
  await run("git", ["-C", repository, "archive", "--format=tar", `--output=${archive}`, commit], { env: isolatedGit });
  await run("tar", ["-xf", archive, "-C", folder]);
  const sha256 = createHash("sha256")
    .update(await readFile(archive))
    .digest("hex");
  await rm(archive);
  const record: ReleaseRecord = { id, commit, tree: await git(repository, ["rev-parse", `${commit}^{tree}`]), sha256 };
  await writeFile(join(folder, ".release.json"), `${JSON.stringify(record)}\n`);
  await switchRelease(layout, id);
  return folder;
}
