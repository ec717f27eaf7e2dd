import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { databaseExists } from "../../../src/environment/databases.ts";
import { type Connection, connect, withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshRequest } from "../../../src/refresh/request.ts";
import { applicationPrefix } from "../../../src/refresh/sessions.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { atMoment } from "../refresh-faults/moments.ts";
import { fixture, makeDatabase, makeInstance, quietDeps, RULES, requestFor } from "./ground.ts";

let server: PostgresServer;
let dir: string;
let production: Connection;

beforeAll(async () => {
  server = await startPostgres();
  dir = await mkdtemp(join(tmpdir(), "refresh-"));
  production = await makeDatabase(server.odoo, "production", await fixture("everything.sql"));
});

afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function request(target: string, more: Partial<RefreshRequest> = {}): Promise<RefreshRequest> {
  const source = await makeInstance(dir, "production", production);
  return requestFor(source, await makeInstance(dir, target, { ...server.odoo, database: target }), more);
}

const leftovers = () =>
  withSession(server.odoo, (session) =>
    session.query("SELECT datname FROM pg_database WHERE datname LIKE '%\\_\\_new\\_%'"),
  );

const refusal = (code: string) => expect.objectContaining({ code });

test("a column that nobody decided about stops the run before anything is written, with a rule to paste", async () => {
  const rules = RULES.filter((rule) => rule.columns !== "people.email");
  const run = refreshDatabase(await request("staging", { rules }), quietDeps());
  await expect(run).rejects.toMatchObject({
    code: "unclassified-columns",
    message: expect.stringContaining("people.email"),
    remedy: expect.stringContaining('- { columns: "people.email", mask: email }'),
  });
  expect(await leftovers()).toEqual([]);
});

test("production itself, and a database that may be somebody's, are never a target", async () => {
  await expect(refreshDatabase(await request("production"), quietDeps())).rejects.toThrow(refusal("same-database"));
  await makeDatabase(server.odoo, "live", "CREATE TABLE ir_config_parameter (key text, value text)");
  await expect(refreshDatabase(await request("live"), quietDeps())).rejects.toThrow(refusal("target-protected"));
  await makeDatabase(server.odoo, "other", "CREATE TABLE something (id integer)");
  await expect(refreshDatabase(await request("other"), quietDeps())).rejects.toThrow(refusal("target-protected"));
  await makeDatabase(server.odoo, "reports", "CREATE SCHEMA sales; CREATE TABLE sales.facts (id integer)");
  await expect(refreshDatabase(await request("reports"), quietDeps())).rejects.toThrow(refusal("target-protected"));
});

test("production is not read while a deployment works on it", async () => {
  await withSession({ ...server.odoo, database: "postgres" }, async (session) => {
    await session.query("SELECT pg_advisory_lock(hashtext('deploy-odoo'), hashtext('production'))");
    await expect(refreshDatabase(await request("staging"), quietDeps())).rejects.toMatchObject({
      code: "source-deploying",
    });
  });
});

test("a snapshot that grows too old is given up", async () => {
  const impatient = await request("staging", { options: { maxSnapshotMs: 1 } });
  await expect(refreshDatabase(impatient, quietDeps())).rejects.toMatchObject({ code: "snapshot-too-old" });
});

test("a dry run writes nothing", async () => {
  const result = await refreshDatabase(await request("planned", { dryRun: true }), quietDeps());
  expect(result).toMatchObject({ activated: false, rows: 0 });
  expect(await withSession(server.odoo, (session) => databaseExists(session, "planned"))).toBe(false);
});

test("an object that cannot be copied is named", async () => {
  await withSession(production, (session) =>
    session.query("CREATE AGGREGATE sum_up (integer) (sfunc = int4pl, stype = integer)"),
  );
  try {
    await expect(refreshDatabase(await request("staging"), quietDeps())).rejects.toMatchObject({
      code: "unsupported-objects",
      message: expect.stringContaining("aggregate public.sum_up"),
    });
  } finally {
    await withSession(production, (session) => session.query("DROP AGGREGATE sum_up (integer)"));
  }
});

test("a CHECK that a mask would violate is found in the source", async () => {
  await withSession(production, (session) =>
    session.query("ALTER TABLE people ADD CONSTRAINT secret CHECK (name LIKE 'Secret%')"),
  );
  try {
    await expect(refreshDatabase(await request("staging"), quietDeps())).rejects.toMatchObject({
      code: "plan-misfit",
      message: expect.stringContaining("people.name: the masked value violates CHECK constraint secret"),
    });
  } finally {
    await withSession(production, (session) => session.query("ALTER TABLE people DROP CONSTRAINT secret"));
  }
});

test("with-deployment leaves the copy ready beside staging, and a later one takes its place", async () => {
  await refreshDatabase(await request("beside", { id: "1-1", activate: "with-deployment" }), quietDeps());
  const result = await refreshDatabase(
    await request("beside", { id: "2-1", activate: "with-deployment" }),
    quietDeps(),
  );
  expect(result).toMatchObject({ activated: false, database: "beside__ready_2-1" });
  await withSession(server.odoo, async (session) => {
    const rows = await session.query("SELECT datname FROM pg_database WHERE datname LIKE 'beside%'");
    expect(rows).toEqual([{ datname: "beside__ready_2-1" }]);
  });
  await withSession({ ...server.odoo, database: "beside__ready_2-1" }, async (session) => {
    const [row] = await session.query(
      "SELECT manifest ->> 'clean' AS clean, manifest ->> 'id' AS id FROM _pipeline.manifest",
    );
    expect(row).toEqual({ clean: "true", id: "2-1" });
  });
});

test("a cancelled run ends at once and leaves nothing", async () => {
  const cancel = new AbortController();
  const { onPhase, stop } = atMoment({ phase: "copy", writes: 5 }, () => cancel.abort());
  const started = refreshDatabase(await request("cancelled"), { ...quietDeps(cancel.signal), onPhase });
  await expect(started).rejects.toThrow(refusal("cancelled"));
  stop();
  expect(await leftovers()).toEqual([]);
  await withSession(server.admin, async (session) => {
    expect(
      await session.query("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'odoo-refresh:%'"),
    ).toEqual([]);
  });
});

test("when production waits for the refresh, production wins", async () => {
  const blocked = await connect(production);
  const options = { maxBlockMs: 100, jobs: 1 };
  const deps = quietDeps();
  let ddl: Promise<unknown> = Promise.resolve();
  const run = refreshDatabase(await request("blocked", { options }), {
    ...deps,
    onPhase: (phase, status) => {
      if (phase === "snapshot" && status === "done") ddl = blocked.query("ALTER TABLE people ADD COLUMN later integer");
    },
  });
  await expect(run.then(() => "finished before the limit")).rejects.toThrow(refusal("production-blocked"));
  await ddl;
  await blocked.query("ALTER TABLE people DROP COLUMN later");
  await blocked.end();
  expect(await leftovers()).toEqual([]);
});

test("what a killed run left is cleaned up by the next, and only one runs at a time", async () => {
  await makeDatabase(server.odoo, "killed__new_9-1");
  await makeDatabase(server.odoo, "killed");
  await withSession(server.odoo, (session) => session.query("ALTER DATABASE killed ALLOW_CONNECTIONS false"));
  const prefix = applicationPrefix({ ...server.odoo, database: "killed" }, "server");
  const orphan = await connect({ ...production, applicationName: `${prefix}holder` });
  await orphan.query("BEGIN; LOCK TABLE people IN ACCESS SHARE MODE");
  const state = () =>
    withSession(server.odoo, (session) =>
      session.query("SELECT datname, datallowconn FROM pg_database WHERE datname LIKE 'killed%' ORDER BY 1"),
    );
  const before = await state();
  const dry = await refreshDatabase(await request("killed", { dryRun: true }), quietDeps());
  expect(dry.warnings).toContainEqual(expect.stringMatching(/killed takes no connections/));
  expect(await state()).toEqual(before);
  await orphan.query("SELECT 1");
  const result = await refreshDatabase(await request("killed"), quietDeps());
  expect(result.activated).toBe(true);
  expect(await leftovers()).toEqual([]);
  await expect(orphan.query("SELECT 1")).rejects.toThrow();
  await withSession({ ...server.odoo, database: "killed" }, (session) => session.query("SELECT 1"));

  const holder = await connect(server.odoo);
  await holder.query("SELECT pg_advisory_lock(hashtext('refresh-staging-db'), hashtext('killed'))");
  await expect(refreshDatabase(await request("killed"), quietDeps())).rejects.toThrow(refusal("refresh-running"));
  await holder.end();
});
