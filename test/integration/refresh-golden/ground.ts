import { join } from "node:path";
import type { Instance } from "../../../src/environment/resolve.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { databaseOf } from "../../../src/refresh/golden/clone.ts";
import { copyGolden } from "../../../src/refresh/golden/copy-golden.ts";
import type { RefreshDeps, RefreshRequest, RefreshResult } from "../../../src/refresh/request.ts";
import { startPostgres } from "../../workbench/postgres.ts";
import { makeInstance, quietDeps } from "../refresh/ground.ts";
import { makeGround } from "../refresh-faults/ground.ts";

export const DAY = 86_400_000;

/** A staging that keeps golden copies, and a development beside it, all on one server. */
export type GoldenGround = Awaited<ReturnType<typeof startGoldenGround>>;

/** Starts it; the first refresh of staging has not kept a golden copy yet. */
export async function startGoldenGround() {
  const server = await startPostgres();
  const ground = await makeGround(server, server);
  let runs = 0;
  const id = () => `${++runs}-1`;
  const made = await makeInstance(ground.dir, "development", databaseOf(server.odoo, "development"));
  const development: Instance = { ...made, odooCommand: ground.instances.target.odooCommand };
  const options = { goldenMs: DAY };
  const request = (more: Partial<RefreshRequest> = {}) =>
    ground.request(id(), options, { source: ground.instances.target, target: development, from: "golden", ...more });
  return {
    ...{ ...ground, server, development, id, request },
    /** Makes a golden copy of staging. */
    keep: (more: Partial<RefreshRequest> = {}, hooks: Partial<RefreshDeps> = {}): Promise<RefreshResult> =>
      ground.refresh(id(), { ...options, mode: "full" }, hooks, more),
    /** Makes development from it, unless told otherwise. */
    develop: (more: Partial<RefreshRequest> = {}, hooks: Partial<RefreshDeps> = {}): Promise<RefreshResult> =>
      copyGolden(request(more), { ...quietDeps(), log: silentLog, ...hooks }),
    /** Names of all databases but those of the server and of production. */
    databases: async () => {
      const sql = "SELECT datname AS name FROM pg_database WHERE datname ~ '^(staging|development|feature)' ORDER BY 1";
      const rows = await withSession(server.admin, (session) => session.query<{ name: string }>(sql));
      return rows.map(({ name }) => name);
    },
    /** Does something with a golden copy, which is closed. */
    inGolden: async (name: string, sql: string): Promise<void> => {
      const open = (allowed: boolean) =>
        withSession(server.admin, (session) =>
          session.query(`ALTER DATABASE "${name}" ALLOW_CONNECTIONS ${String(allowed)}`),
        );
      await open(true);
      await withSession(databaseOf(server.odoo, name), (session) => session.query(sql));
      await open(false);
    },
    filestore: (database: string) => join(development.base, "data/filestore", database),
    remove: async () => {
      await server.stop();
      await ground.remove();
    },
  };
}
