import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { dataOf } from "../../../src/deploy/journal.ts";
import { withoutMaskedViews } from "../../../src/deploy/masked-views.ts";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import type { FileChange } from "../../support/git.ts";
import { LOANS } from "../refresh/odoo-ground.ts";
import { installGuard } from "../refresh-guard/ground.ts";
import { guardAt } from "./guard-state.ts";
import { consumerModule, startInstance, type TestInstance } from "./instance.ts";
import { commitSlowly, untilPhase } from "./slow-update.ts";

// whole deployments of a real Odoo, on a machine that does other things too
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

let odoo: TestInstance;
let files: Record<string, FileChange>;
let reader: Connection;
let before: Awaited<ReturnType<typeof state>>;

beforeAll(async () => {
  files = await consumerModule();
  odoo = await startInstance();
  expect(await odoo.deploy(await odoo.commit(files))).toMatchObject({ outcome: "deployed" });
  ({ guarded: reader } = await installGuard(odoo.database, odoo.superuser, [LOANS], "reader"));
  // what a team may have set besides
  await withSession(odoo.superuser, (session) =>
    session.query(`
      REVOKE CONNECT ON DATABASE production FROM PUBLIC;
      CREATE ROLE auditor;
      GRANT SELECT ON staging_mask.res_partner TO auditor WITH GRANT OPTION`),
  );
  before = await state();
});

afterAll(async () => {
  await odoo?.[Symbol.asyncDispose]();
});

/** The guard, and who may connect to the database and do what in it. */
async function state() {
  const grants = await odoo.query(
    "SELECT a::text FROM pg_database, unnest(datacl) AS a WHERE datname = 'production' ORDER BY 1",
  );
  return { guard: await guardAt(odoo.superuser), grants };
}

const asReader = (sql: string) => withSession(reader, (session) => session.query(sql));
const kill = (pid: unknown) => process.kill(Number(pid), "SIGKILL");

async function expectAsBefore(): Promise<void> {
  expect(await state()).toEqual(before);
  expect(await asReader("SELECT count(*) > 0 AS some FROM staging_mask.res_partner")).toEqual([{ some: true }]);
  await expect(asReader("SELECT FROM res_partner")).rejects.toMatchObject({ sqlState: "42501" });
}

test.each([
  ["the driver alone: the update that goes on is ended", false],
  ["the driver and Odoo", true],
])(
  "kill -9 of %s while the masked views are away: production's own stand, closed, and are there again afterwards",
  async (_, all) => {
    const deployment = odoo.deploy(await commitSlowly(odoo, files, "killed_without_views"));
    const { lease, entries } = await untilPhase(odoo, "UPDATE");
    kill(lease.pid);
    if (all) kill(-Number(dataOf(entries, "UPDATE").pid));
    await expect(asReader("SELECT FROM staging_mask.res_partner")).rejects.toMatchObject({ sqlState: "55000" });

    expect(await deployment).toMatchObject({ outcome: "rolled-back", failure: { code: "driver-died" } });
    await expectAsBefore();
  },
);

test("the next deployment takes them away and puts them back, though one was killed before", async () => {
  // PostgreSQL reads its own text of a definition as one with other casts, once: from then on they are equal.
  await withoutMaskedViews(odoo.database, async () => undefined, expect.fail);
  before = await state();
  const result = await odoo.deploy(await commitSlowly(odoo, files, "deployed_later"));
  expect(result).toMatchObject({ outcome: "deployed", updated: ["library_loans"], warnings: [] });
  await expectAsBefore();
});
