import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { manifestProblem, newestManifest } from "../../../src/environment/copy-manifest.ts";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import { refreshReport } from "../../../src/refresh/report.ts";
import type { RefreshRequest } from "../../../src/refresh/request.ts";
import type { Manifest } from "../../../src/refresh/verify/manifest.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { fixture, makeDatabase, makeInstance, quietDeps, RULES, requestFor } from "../refresh/ground.ts";

let server: PostgresServer;
let dir: string;
let production: Connection;

beforeAll(async () => {
  server = await startPostgres();
  dir = await mkdtemp(join(tmpdir(), "refresh-proof-"));
  production = await makeDatabase(server.odoo, "production", await fixture("everything.sql"));
  await withSession(production, (session) =>
    session.query("COMMENT ON COLUMN people.name IS 'Secret 1 asked for this'; COMMENT ON TABLE people IS 'Secret'"),
  );
});

afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function request(target: string, more: Partial<RefreshRequest> = {}): Promise<RefreshRequest> {
  const source = await makeInstance(dir, "production", production);
  return requestFor(source, await makeInstance(dir, target, { ...server.odoo, database: target }), more);
}

const pair = generateKeyPairSync("ed25519");
const signingKey = pair.privateKey.export({ format: "pem", type: "pkcs8" }).toString();
const publicKey = pair.publicKey.export({ format: "pem", type: "spki" }).toString();

test("the manifest is signed, in the copy and beside it, and says what was done without a value", async () => {
  const asked = await request("signed", { signingKey });
  const result = await refreshDatabase(asked, quietDeps());
  const manifest = await withSession({ ...server.odoo, database: "signed" }, newestManifest);
  expect(manifestProblem(manifest, publicKey)).toBeUndefined();
  const file = join(asked.target.base, ".deploy/copy-manifest.json");
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(file, "utf8"))).toEqual({
    ...{ id: "1-1", document: manifest?.text, signature: manifest?.signature, keyId: manifest?.keyId },
  });
  const said = JSON.parse(manifest?.text ?? "") as Manifest;
  expect(said).toMatchObject({
    clean: true,
    tool: expect.any(String),
    planSha256: result.planSha256,
    rows: result.rows,
  });
  expect(said.plan).toContain("people.email\tmask email\trule\t");
  expect(said.scan.known).toMatchObject({ "e-mail": 1000 });
  expect(said.checks).toContainEqual({ name: "no comments copied", outcome: "passed", detail: "0 comment(s)" });
  expect(Object.keys(said.seconds)).toContain("copy");
  expect(manifest?.text).not.toMatch(/Secret \d|secret\d|real-company/);
  expect(JSON.stringify(said)).not.toContain("PRIVATE KEY");
});

test("statistics of the copy are made of masked values", async () => {
  const rows = await withSession({ ...server.odoo, database: "signed" }, (session) =>
    session.query<{ columns: number; leaks: number }>(
      `SELECT count(*)::int AS columns, (count(*) FILTER (WHERE concat(most_common_vals, histogram_bounds, most_common_elems) ~* 'secret|real-company'))::int AS leaks
         FROM pg_stats WHERE schemaname = 'public' AND tablename = 'people'`,
    ),
  );
  expect(rows[0]?.columns).toBeGreaterThan(5);
  expect(rows[0]?.leaks).toBe(0);
});

test("a column that a rule keeps by mistake ends the refresh, and staging stays", async () => {
  await withSession(production, (session) =>
    session.query(
      "ALTER TABLE people ADD COLUMN mail_again varchar; UPDATE people SET mail_again = email WHERE id % 3 = 2",
    ),
  );
  try {
    const rules = [{ columns: "people.mail_again", keep: "somebody thought so" }, ...RULES];
    const run = refreshDatabase(await request("signed", { id: "2-1", rules }), quietDeps());
    await expect(run).rejects.toMatchObject({
      code: "verification-failed",
      message: expect.stringContaining("people.mail_again: known e-mail (1000 different)"),
    });
    await expect(run).rejects.not.toThrow(/real-company/);
    const left = await withSession(server.odoo, (session) =>
      session.query("SELECT datname FROM pg_database WHERE datname LIKE 'signed%'"),
    );
    expect(left).toEqual([{ datname: "signed" }]);
  } finally {
    await withSession(production, (session) => session.query("ALTER TABLE people DROP COLUMN mail_again"));
  }
});

test("a column that nobody decided about is shown with counts, and the mask follows from them", async () => {
  await withSession(production, (session) =>
    session.query(
      "ALTER TABLE people ADD COLUMN x varchar; UPDATE people SET x = '+32 470 12 34 ' || 10 + id % 90 WHERE id <= 2000",
    ),
  );
  try {
    await expect(refreshDatabase(await request("signed", { id: "3-1" }), quietDeps())).rejects.toMatchObject({
      code: "unclassified-columns",
      message: expect.stringContaining("looked at 3000 rows: 0 e-mail, 2000 phone"),
      remedy: expect.stringContaining('- { columns: "people.x", mask: phone }'),
    });
  } finally {
    await withSession(production, (session) => session.query("ALTER TABLE people DROP COLUMN x"));
  }
});

/** Everything that a plan could leave behind: databases, rows of the server's tables, files. */
async function traces(): Promise<unknown> {
  const databases = await withSession(server.admin, (session) =>
    session.query(
      `SELECT d.datname, xact.n FROM pg_database d LEFT JOIN LATERAL (SELECT s.tup_inserted + s.tup_updated + s.tup_deleted AS n FROM pg_stat_database s WHERE s.datid = d.oid) AS xact ON true
        WHERE d.datname NOT IN ('postgres', 'template0', 'template1') ORDER BY 1`,
    ),
  );
  return { databases, files: (await readdir(dir, { recursive: true })).sort() };
}

test("a dry run tells what changed since the copy that is staging, and changes nothing", async () => {
  const rules = [
    { columns: "people.email", mask: "text" },
    { columns: "identities.note", keep: "another reason" },
    ...RULES,
  ];
  const asked = await request("signed", { id: "4-1", dryRun: true, rules });
  await request("never-made");
  const before = await traces();
  const printed: string[] = [];
  const deps = quietDeps();
  const log = { ...deps.log, info: (line: string) => void printed.push(line) };
  const { plan, database } = await refreshDatabase(asked, { ...deps, log });
  expect(database).toBeUndefined();
  expect(plan?.since).toBe("1-1");
  expect(plan?.diff).toEqual({
    added: [],
    removed: [],
    changed: [
      { column: "identities.note", before: "keep (by rule: test)", treatment: "keep (by rule: another reason)" },
      { column: "people.email", before: "mask email (by rule)", treatment: "mask text (by rule)" },
    ],
  });
  expect(printed).toContain("people.email\tmask text\trule\t");
  const first = await refreshDatabase(await request("never-made", { id: "5-1", dryRun: true }), quietDeps());
  expect(first.plan).toEqual({ advisory: [] });
  expect(await traces()).toEqual(before);
});

test("a dry run tells of kept columns in which detectors see more than a few", async () => {
  await withSession(production, (session) =>
    session.query("INSERT INTO identities (note) SELECT 'call +32 470 12 34 5' || i % 10 FROM generate_series(1, 5) i"),
  );
  const { plan } = await refreshDatabase(await request("signed", { id: "6-1", dryRun: true }), quietDeps());
  expect(plan?.advisory).toEqual([{ column: "identities.note", detector: "phone", filled: 15, hits: 5 }]);
});

test("what looks personal in a kept column is told to the reviewer, with the reason and without the value", async () => {
  const secret = `ghp_${"a1B2".repeat(9)}`;
  await withSession(production, (session) =>
    session.query("INSERT INTO identities (note) SELECT 'token: ' || $1 FROM generate_series(1, 2)", [secret]),
  );
  const result = await refreshDatabase(await request("reviewed", { id: "7-1" }), quietDeps());
  expect(result).toMatchObject({ activated: true, manifestSha256: expect.any(String) });
  const at = { table: "identities", column: "note", because: "test" };
  expect(result.seenInKept).toEqual({
    total: 2,
    onlyWritten: false,
    most: [
      { ...at, detector: "phone", count: 5 },
      { ...at, detector: "provider secret", count: 2 },
    ],
  });
  expect(result.warnings).toContainEqual(
    expect.stringMatching(
      /identities\.note: provider secret \(2 rows\).*- \{ columns: "identities\.note", mask: secret \}$/,
    ),
  );
  const report = refreshReport(result, "Refresh");
  expect(report).toContain("| identities | note | phone | 5 rows | test |");
  expect(report + JSON.stringify(result)).not.toMatch(/ghp_|470 12 34/);

  // The rule that the warning proposes, where it says.
  const rules = [{ columns: "identities.note", mask: "secret" }, ...RULES];
  const masked = await refreshDatabase(await request("reviewed", { id: "8-1", rules }), quietDeps());
  expect(masked.seenInKept).toBeUndefined();
  expect(masked.warnings).not.toContainEqual(expect.stringContaining("secret"));
});
