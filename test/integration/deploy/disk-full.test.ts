import { rmSync, writeFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { probe } from "../../../src/platform/http.ts";
import type { FileChange } from "../../support/git.ts";
import { mayMount, mountSmallDisk } from "../refresh-faults/small-disk.ts";
import { consumerModule, startInstance, type TestInstance } from "./instance.ts";
import { commitSlowly, untilPhase } from "./slow-update.ts";

// whole deployments of a real Odoo, on a machine that does other things too
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

let dir: string;
let odoo: TestInstance;
let files: Record<string, FileChange>;
let unmount: (() => Promise<unknown>) | undefined;

beforeAll(async () => {
  if (!mayMount) return;
  dir = await mkdtemp(join(tmpdir(), "deploy-disk-full-"));
  unmount = await mountSmallDisk(join(dir, "small"), 700);
  files = await consumerModule();
  odoo = await startInstance(join(dir, "small"));
  expect(await odoo.deploy(await odoo.commit(files))).toMatchObject({ outcome: "deployed" });
});

afterAll(async () => {
  await odoo?.[Symbol.asyncDispose]();
  await unmount?.();
  if (dir) await rm(dir, { recursive: true, force: true });
});

test.skipIf(!mayMount)(
  "the disk of the base folder is full in the middle of an update: one whole version serves, and the next deployment goes through",
  async () => {
    const deployment = odoo.deploy(await commitSlowly(odoo, files, "on_full_disk")).catch((error: unknown) => error);
    await untilPhase(odoo, "UPDATE");
    const ballast = join(dir, "small/ballast");
    expect(() => writeFileSync(ballast, Buffer.alloc(700 << 20))).toThrow("ENOSPC");
    // Whether Odoo gets to its end without its log is Odoo's matter; code and data agree.
    const result = await deployment;
    expect(result).toMatchObject({ outcome: expect.stringMatching(/^(deployed|rolled-back)$/) });
    expect(result).not.toMatchObject({ failure: { code: "driver-died" } });
    const [module] = await odoo.query<{ version: string }>(
      "SELECT latest_version AS version FROM ir_module_module WHERE name = 'library_loans'",
    );
    const manifest = await readFile(join(odoo.home, "current/addons/library_loans/__manifest__.py"), "utf8");
    expect(manifest).toContain(`"${module?.version}"`);
    expect(await probe(`http://127.0.0.1:${odoo.port}/web/login`)).toMatchObject({ status: 200 });
    rmSync(ballast);
    expect(await odoo.deploy(await commitSlowly(odoo, files, "with_room"))).toMatchObject({ outcome: "deployed" });
  },
);
