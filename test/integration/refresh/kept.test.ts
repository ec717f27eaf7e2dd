import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Instance } from "../../../src/environment/resolve.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { copyGolden } from "../../../src/refresh/golden/copy-golden.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshDeps, RefreshRequest } from "../../../src/refresh/request.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase, makeInstance, quietDeps, requestFor } from "./ground.ts";

let server: PostgresServer;
let dir: string;
let source: Instance;
let target: Instance;
let runs = 0;

beforeAll(async () => {
  server = await startPostgres();
  dir = await mkdtemp(join(tmpdir(), "refresh-kept-"));
  const production = await makeDatabase(server.odoo, "production", "CREATE TABLE stock (id integer PRIMARY KEY)");
  source = await makeInstance(dir, "production", production);
  target = await makeInstance(dir, "staging", { ...server.odoo, database: "staging" });
});

afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

const on = (sql: string) => withSession(server.odoo, (session) => session.query(sql));

const request = (more: Partial<RefreshRequest> = {}) => {
  runs += 1;
  return requestFor(source, target, { id: `${runs}-1`, rules: [], options: { goldenMs: 86_400_000 }, ...more });
};

const previous = async () =>
  (await on("SELECT datname FROM pg_database WHERE starts_with(datname, 'staging__prev_') ORDER BY 1")) as unknown;

test("what was staging before is kept until another takes its place, also when staging itself is gone", async () => {
  await refreshDatabase(request(), quietDeps());
  const second = await refreshDatabase(request(), quietDeps());
  expect(await previous()).toEqual([{ datname: second.previous }]);
  await on("DROP DATABASE staging");
  expect((await refreshDatabase(request(), quietDeps())).previous).toBeUndefined();
  expect(await previous()).toEqual([{ datname: second.previous }]);
  const fourth = await refreshDatabase(request(), quietDeps());
  expect(await previous()).toEqual([{ datname: fourth.previous }]);
});

test("what waits to become the golden copy takes no connections", async () => {
  const open = () => on("SELECT datallowconn AS open FROM pg_database WHERE starts_with(datname, 'staging__goldnew_')");
  let seen: Promise<unknown> | undefined;
  const deps = quietDeps();
  await refreshDatabase(request(), {
    ...deps,
    onPhase: (phase, status) => {
      if (phase === "known-values" && status === "begin") seen = open();
    },
  });
  expect(await seen).toEqual([{ open: false }]);
});

test("a branch's database says when it may go before it has its name, and not when its predecessor might", async () => {
  await refreshDatabase(request(), quietDeps());
  const branch = (expiresAt: string, deps: RefreshDeps = quietDeps()) =>
    copyGolden(
      request({ source: target, target, from: "golden", branchDatabase: { name: "feature", expiresAt } }),
      deps,
    );
  const comments = () =>
    on(`SELECT datname LIKE '%\\_\\_new\\_%' AS building, right(shobj_description(oid, 'pg_database'), 24) AS until
          FROM pg_database WHERE starts_with(datname, 'feature') ORDER BY 1`);
  await branch("2999-01-01T00:00:00.000Z");
  let seen: Promise<unknown> | undefined;
  const deps = quietDeps();
  await branch("2999-02-02T00:00:00.000Z", {
    ...deps,
    onPhase: (phase, status) => {
      if (phase === "filestore" && status === "begin") seen = comments();
    },
  });
  expect(await seen).toEqual([
    { building: false, until: "2999-01-01T00:00:00.000Z" },
    { building: true, until: "2999-02-02T00:00:00.000Z" },
  ]);
  expect(await comments()).toEqual([{ building: false, until: "2999-02-02T00:00:00.000Z" }]);
});
