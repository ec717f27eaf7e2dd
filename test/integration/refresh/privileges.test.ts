import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ExpectedError } from "../../../src/platform/errors.ts";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { run } from "../../../src/platform/process.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshRequest } from "../../../src/refresh/request.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { installPostgres } from "../../workbench/postgres-binaries.ts";
import { installGuard } from "../refresh-guard/ground.ts";
import { makeDatabase, makeInstance, quietDeps, requestFor } from "./ground.ts";

// What a role lacks is told before a row moves, and what the refusal says to run lets the refresh pass.
const RULES: RefreshRequest["rules"] = [{ columns: "books.title", keep: "test" }];
const SQL = `CREATE TABLE books (id serial PRIMARY KEY, title text); CREATE TABLE loans (id serial PRIMARY KEY, book integer);
  CREATE SCHEMA "Odd"; CREATE TABLE "Odd"."Shelf" (id integer); INSERT INTO books (title) VALUES ('one'), ('two')`;

let dir: string;
let from: PostgresServer;
let to: PostgresServer;
let runs = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "refresh-privileges-"));
  const software = join(await installPostgres(18), "share/postgresql/extension");
  await mkdir(join(dir, "trusted/extension"), { recursive: true });
  for (const name of (await readdir(software)).filter((file) => file.startsWith("pageinspect"))) {
    await cp(join(software, name), join(dir, "trusted/extension", name));
  }
  const control = join(dir, "trusted/extension/pageinspect.control");
  await writeFile(control, `${await readFile(control, "utf8")}\ntrusted = true\n`);
  await mkdir(join(dir, "own/extension"), { recursive: true });
  await writeFile(join(dir, "own/extension/own_tools.control"), "default_version = '1.0'\n");
  await writeFile(
    join(dir, "own/extension/own_tools--1.0.sql"),
    "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';\n",
  );
  await run("chmod", ["-R", "a+rX", "--", dir]); // the servers are ordinary users
  from = await startPostgres({ settings: { extension_control_path: `$system:${join(dir, "own")}` } });
  to = await startPostgres();
});

afterAll(async () => {
  await Promise.all([from?.stop(), to?.stop()]);
  await rm(dir, { recursive: true, force: true });
});

const query = (at: Connection, sql: string) => withSession(at, (session) => session.query(sql));

/** A production with a role that may read all of it, and a staging. */
async function company(name: string, target: Connection = to.odoo) {
  const production = await makeDatabase(from.odoo, `${name}_production`, SQL);
  const admin = { ...from.admin, database: production.database };
  const role = `${name}_reader`;
  await query(
    admin,
    `CREATE ROLE ${role} LOGIN PASSWORD 'reader'; GRANT USAGE ON SCHEMA "Odd" TO ${role};
     GRANT SELECT ON ALL TABLES IN SCHEMA public, "Odd" TO ${role}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
  );
  const source = await makeInstance(dir, `${name}-production`, production);
  const staging = await makeInstance(dir, `${name}-staging`, { ...target, database: `${name}_staging` });
  const connection = { ...production, user: role, password: "reader" };
  const refresh = (more: Partial<RefreshRequest> = {}) =>
    refreshDatabase(requestFor(source, staging, { id: `${++runs}-1`, rules: RULES, connection, ...more }), quietDeps());
  return { production, admin, role, refresh };
}

async function refusalOf(refresh: Promise<unknown>): Promise<ExpectedError> {
  return refresh.then(
    () => {
      throw new Error("it was not refused");
    },
    (error: ExpectedError) => error,
  );
}

const cureOf = ({ remedy }: ExpectedError) => remedy.slice(remedy.indexOf("\n") + 1);

test("a reader that lacks a table, a sequence or a schema", async () => {
  const { admin, role, refresh } = await company("lacks");
  await query(
    admin,
    `REVOKE SELECT ON loans FROM ${role}; GRANT SELECT (id) ON loans TO ${role};
     REVOKE SELECT ON books_id_seq FROM ${role}; REVOKE USAGE ON SCHEMA "Odd" FROM ${role}`,
  );
  const refusal = await refusalOf(refresh({ dryRun: true }));
  expect(refusal).toMatchObject({
    code: "not-readable",
    message: expect.stringContaining(
      '3 object(s) of production that are to be copied: "Odd"."Shelf", public.books_id_seq, public.loans.',
    ),
  });
  await query(admin, cureOf(refusal));
  expect(await refresh()).toMatchObject({ activated: true, rows: 2 });
});

test("a reader from whom row-level security hides rows", async () => {
  const { admin, role, refresh } = await company("hidden");
  await query(admin, `ALTER TABLE books ENABLE ROW LEVEL SECURITY; CREATE POLICY "First" ON books USING (id = 1)`);
  const refusal = await refusalOf(refresh({ dryRun: true }));
  expect(refusal).toMatchObject({
    code: "row-security",
    message: expect.stringContaining(`1 table(s) of production from role ${role}: public.books.`),
  });
  await query(admin, cureOf(refusal));
  expect(await refresh()).toMatchObject({ activated: true, rows: 2 });
});

test("masked views of which the reader lacks one, and whose owner would not see all rows", async () => {
  const { production, admin, refresh } = await company("masked");
  const { guarded } = await installGuard(production, from.admin, RULES, "masked_guarded");
  const through = { connection: guarded, options: { requireEnforced: true } };
  await query(
    admin,
    "REVOKE SELECT ON staging_mask.loans FROM masked_guarded; REVOKE EXECUTE ON FUNCTION staging_mask.sequences() FROM masked_guarded",
  );
  const refusal = await refusalOf(refresh({ ...through, dryRun: true }));
  expect(refusal).toMatchObject({
    code: "not-readable",
    message: expect.stringContaining("copied: staging_mask.loans, staging_mask.sequences()."),
  });
  await query(admin, cureOf(refusal));
  await query(admin, "ALTER TABLE books ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY");
  const hidden = await refusalOf(refresh({ ...through, dryRun: true }));
  expect(hidden).toMatchObject({
    code: "row-security",
    message: expect.stringContaining("from role odoo: public.books."),
  });
  await query(admin, cureOf(hidden));
  expect(await refresh(through)).toMatchObject({ activated: true, rows: 2, protectedBy: "server" });
});

test("an extension that the target's server has not", async () => {
  const { admin, refresh } = await company("missing");
  await query(admin, "CREATE EXTENSION own_tools");
  const refusal = await refusalOf(refresh({ dryRun: true }));
  expect(refusal).toMatchObject({
    code: "missing-extensions",
    message: expect.stringContaining("extension own_tools,"),
  });
  await query(admin, cureOf(refusal));
  expect(await refresh()).toMatchObject({ activated: true, rows: 2 });
});

test("an extension that only a superuser may make on the target's server, and one that is trusted there", async () => {
  const { admin, refresh } = await company("untrusted");
  await query(admin, "CREATE EXTENSION pageinspect; CREATE EXTENSION pg_trgm");
  const refusal = await refusalOf(refresh({ dryRun: true }));
  expect(refusal).toMatchObject({
    code: "untrusted-extensions",
    message: expect.stringMatching(/extension pageinspect, which .* only a superuser may make, and odoo is none/),
  });
  const trusting = await startPostgres({ settings: { extension_control_path: `${join(dir, "trusted")}:$system` } });
  try {
    const there = await company("trusted", trusting.odoo);
    await query(there.admin, "CREATE EXTENSION pageinspect");
    expect(await there.refresh()).toMatchObject({ activated: true, rows: 2 });
  } finally {
    await trusting.stop();
  }
  await query(admin, cureOf(refusal));
  expect(await refresh()).toMatchObject({ activated: true, rows: 2 });
});
