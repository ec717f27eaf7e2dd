import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { Instance } from "../../../src/environment/resolve.ts";
import { filestoreOf } from "../../../src/odoo/filestore.ts";
import { connect, type Session, withSession } from "../../../src/platform/postgres.ts";
import { copyGolden } from "../../../src/refresh/golden/copy-golden.ts";
import { markExpiry } from "../../../src/refresh/golden/expiry.ts";
import type { RefreshRequest } from "../../../src/refresh/request.ts";
import { applicationPrefix } from "../../../src/refresh/sessions.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase, makeInstance, quietDeps } from "../refresh/ground.ts";
import { type Ground, makeGround } from "./ground.ts";

// Everything that a refresh cleans up lies around: neither a dry run nor one that is refused may touch it.
let server: PostgresServer;
let ground: Ground;
let orphan: Session;
let runs = 0;

beforeEach(async () => {
  await stop();
  server = await startPostgres();
  ground = await makeGround(server, server);
  await ground.refresh(`${++runs}-1`, { goldenMs: 3_600_000 });
});
afterAll(stop);

async function stop(): Promise<void> {
  await orphan?.end();
  await server?.stop();
  await ground?.remove();
}

const admin = <T = Record<string, unknown>>(sql: string) =>
  withSession(server.admin, (session) => session.query<T>(sql));

/** What a killed run, a killed swap and a branch leave beside a database. */
async function litter({ base, nodeName }: Instance, database: string): Promise<void> {
  for (const name of [`${database}__new_9-1`, `${database}__goldnew_9-1`, "branch"])
    await makeDatabase(server.odoo, name);
  await withSession(server.odoo, (session) => markExpiry(session, "branch", "2020-01-01T00:00:00Z"));
  const branch = filestoreOf(join(base, "data"), "branch");
  await mkdir(branch, { recursive: true });
  await writeFile(join(branch, "file"), "of the branch");
  await mkdir(join(base, ".deploy"), { recursive: true });
  await writeFile(join(base, ".deploy/stopped-by-refresh"), "");
  await rm(join(base, "running"), { force: true });
  if (database !== "production") await admin(`ALTER DATABASE "${database}" ALLOW_CONNECTIONS false`);
  const applicationName = `${applicationPrefix({ ...server.odoo, database }, nodeName)}copy-0`;
  orphan = await connect({ ...ground.source, applicationName });
}

/** All that could be touched: databases, files with what is in them, and a session. */
async function everything(): Promise<unknown> {
  const databases = await admin(
    "SELECT oid, datname, datallowconn, shobj_description(oid, 'pg_database') AS comment FROM pg_database ORDER BY oid",
  );
  const files = await readdir(ground.dir, { recursive: true, withFileTypes: true });
  const read = files.map(async (file) => {
    const path = join(file.parentPath, file.name);
    return [path, file.isFile() ? await readFile(path, "hex") : ""];
  });
  return { databases, files: (await Promise.all(read)).sort(), orphan: await orphan.query("SELECT 1 AS alive") };
}

/** The instance of another database of this server, with a service like staging's. */
async function instanceOf(database: string): Promise<Instance> {
  const made = await makeInstance(ground.dir, database, { ...server.odoo, database });
  return { ...made, odooCommand: ground.instances.target.odooCommand };
}

const refused = async (more: Partial<RefreshRequest>, code: string) => {
  const before = await everything();
  await expect(ground.refresh(`${++runs}-1`, {}, {}, more)).rejects.toMatchObject({ code });
  expect(await everything()).toEqual(before);
};

test("a dry run leaves everything as it was, and says what it did not look at; the next real run cleans up", async () => {
  const { target } = ground.instances;
  await litter(target, "staging");
  const before = await everything();
  const said: string[] = [];
  const log = { ...quietDeps().log, info: (line: string) => void said.push(line) };
  const dry = await ground.refresh(`${++runs}-1`, { goldenMs: 3_600_000, mode: "auto" }, { log }, { dryRun: true });
  expect(await everything()).toEqual(before);
  expect(dry.warnings).toContainEqual(expect.stringMatching(/^Database staging takes no connections/));
  expect(said).toContain("a run that is not dry would first drop staging__new_9-1, staging__goldnew_9-1, branch");

  await ground.refresh(`${++runs}-1`);
  const names = await admin<{ datname: string }>("SELECT datname FROM pg_database WHERE datallowconn");
  expect(names.map(({ datname }) => datname).sort()).toEqual(["postgres", "production", "staging", "template1"]);
  expect(await readdir(join(target.base, "data/filestore"))).not.toContain("branch");
  expect(await ground.serving()).toBe(true);
  await expect(orphan.query("SELECT 1")).rejects.toThrow();
});

test("a dry run of a copy of the golden copy leaves everything as it was", async () => {
  const development = await instanceOf("development");
  await makeDatabase(server.odoo, "development");
  await litter(development, "development");
  const source = ground.instances.target;
  const more = { source, target: development, from: "golden" as const, dryRun: true };
  const request = ground.request(`${++runs}-1`, { goldenMs: 86_400_000 }, more);
  const before = await everything();
  expect(await copyGolden(request, quietDeps())).toMatchObject({
    activated: false,
    way: { kind: "golden", because: expect.stringContaining("staging__gold_") },
  });
  expect(await everything()).toEqual(before);
});

test("production as its own target is refused before anything is touched", async () => {
  const target = await instanceOf("production");
  await litter(target, "production");
  await refused({ target }, "same-database");
});

test("a closed database that turns out to be somebody's is refused, and closed as it was", async () => {
  await makeDatabase(server.odoo, "live", "CREATE TABLE ir_config_parameter (key text, value text)");
  const target = await instanceOf("live");
  await litter(target, "live");
  await refused({ target }, "target-protected");
});

test("a database of another role is refused before anything is touched, with what makes it the role's", async () => {
  await litter(ground.instances.target, "staging");
  await admin("ALTER DATABASE staging OWNER TO admin; ALTER DATABASE staging ALLOW_CONNECTIONS true");
  await refused({}, "not-owner");
  await admin("ALTER DATABASE staging OWNER TO odoo;");
  expect(await ground.refresh(`${++runs}-1`)).toMatchObject({ activated: true });
});
