import { chown, mkdir, mkdtemp, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyFilestore } from "../../../src/odoo/filestore.ts";
import { spawnChild } from "../../../src/platform/process.ts";

const NAME = "0a/0a4d55a8d778e5022fab701977c5d840bbc486d0";
const LARGE = 1_500_000_000;
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "half-written-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Bytes of every file below a folder, placeholders included. */
async function sizes(folder: string): Promise<number[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return files.flatMap((file) => (file?.isFile() ? [file.size] : []));
}

// Another's file is copied, not linked; to give it to another takes root.
test.skipIf(process.getuid?.() !== 0)(
  "a file that a killed run had half copied is copied by the next one",
  async () => {
    const [source, target] = [join(dir, "production"), join(dir, "staging")];
    const original = join(source, NAME);
    await mkdir(dirname(original), { recursive: true });
    await writeFile(original, "");
    await truncate(original, LARGE);
    await chown(original, 12_345, 12_345);
    const program = fileURLToPath(new URL("copying.fixture.ts", import.meta.url));
    const run = spawnChild(process.execPath, [program, source, target, NAME]);
    run.stdout.resume();
    run.stderr.resume();
    while (!(await sizes(target)).some((size) => size > 1_000_000)) await sleep(1);
    process.kill(run.pid, "SIGKILL");
    expect(await run.exited).toMatchObject({ signal: "SIGKILL" });
    expect((await sizes(target)).filter((size) => size > 1_000_000)).not.toContain(LARGE);

    await truncate(original, 5_000_000);
    expect(await copyFilestore(source, target, [NAME])).toMatchObject({ copied: 1, present: 0 });
    expect((await stat(join(target, NAME))).size).toBe(5_000_000);
    expect((await readdir(target)).filter((name) => name.startsWith("."))).toEqual([]);
  },
);
