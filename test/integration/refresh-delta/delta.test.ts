import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Instance } from "../../../src/environment/resolve.ts";
import { type Connection, quoteIdent, withSession } from "../../../src/platform/postgres.ts";
import { copyGolden } from "../../../src/refresh/golden/copy-golden.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshOptions } from "../../../src/refresh/request.ts";
import { type OneServer, quietDeps, requestFor, startOneServer } from "../refresh/ground.ts";
import { bothSides, RULES } from "./ground.ts";

const DAY = 86_400_000;

let one: OneServer;
let runs = 0;

beforeAll(async () => {
  one = await startOneServer();
});

afterAll(() => one?.stop());

/** A fresh company with a golden copy of it. `role`: who builds the copy. */
async function company(name: string, role: "odoo" | "admin" = "odoo") {
  const sql = await readFile(new URL("company.sql", import.meta.url), "utf8");
  const pair = await one.pair(name, sql, role);
  const { production } = pair;
  const made = { ...pair, change: (text: string) => onDatabase(production, text) };
  const first = await refresh(made, { mode: "auto" });
  expect(first).toMatchObject({ way: { kind: "full", because: "there is no golden copy yet" } });
  return { ...made, golden: first.golden };
}

const onDatabase = (connection: Connection, sql: string) => withSession(connection, (session) => session.query(sql));

function refresh(at: { source: Instance; target: Instance }, options: RefreshOptions = {}) {
  runs += 1;
  const request = requestFor(at.source, at.target, {
    id: `${runs}-1`,
    rules: RULES,
    options: { mode: "delta", goldenMs: DAY, verify: "hash", ...options },
  });
  return refreshDatabase(request, quietDeps());
}

async function expectSameAsFull(at: { production: Connection; staging: Connection }) {
  const { expected, actual } = await bothSides(at.production, at.staging, one.server.admin);
  expect(actual).toEqual(expected);
}

const CHANGES = [
  "UPDATE partners SET name = name || '!' WHERE id % 97 = $n % 97",
  "UPDATE partners SET id = id + 100000 WHERE id = (SELECT id FROM partners WHERE id < 100000 ORDER BY id OFFSET $n LIMIT 1) AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.author_id = partners.id) AND NOT EXISTS (SELECT 1 FROM partners c WHERE c.parent_id = partners.id) AND NOT EXISTS (SELECT 1 FROM tags t WHERE t.partner_id = partners.id)",
  "DELETE FROM partners WHERE id = (SELECT id FROM partners ORDER BY id OFFSET $n LIMIT 1)",
  "DELETE FROM countries WHERE id = 1 + $n % 20",
  "INSERT INTO partners (name, code, email) SELECT 'New ' || i, gen_random_uuid()::text, 'new@real-company.com' FROM generate_series(1, 1 + $n % 7) i",
  "INSERT INTO messages (author_id, body) SELECT id, 'New' FROM partners ORDER BY id LIMIT $n",
  "DELETE FROM messages WHERE id % 101 = $n % 101",
  "UPDATE messages SET body = body WHERE id % 53 = $n % 53",
  "DELETE FROM tags WHERE (partner_id + tag) % 89 = $n % 89",
  "INSERT INTO tags SELECT id, 100 + $n FROM partners WHERE id % 71 = $n % 71 ON CONFLICT DO NOTHING",
  "INSERT INTO keyless VALUES ('New', $n)",
  "DELETE FROM keyless WHERE amount % 7 = $n % 7",
  "UPDATE codes SET amount = amount + 1 WHERE amount % 11 = $n % 11",
  "DELETE FROM codes WHERE amount % 13 = $n % 13",
  "UPDATE parts SET at = at + 300 WHERE id % 31 = $n % 31",
  "INSERT INTO bare DEFAULT VALUES",
  "VACUUM FREEZE partners",
  "VACUUM FULL messages",
  "VACUUM FULL tags",
  "CREATE TEMP TABLE saved AS SELECT * FROM codes; TRUNCATE codes; INSERT INTO codes SELECT * FROM saved; DROP TABLE saved",
  "TRUNCATE keyless",
];

test("after any changes a delta is what a full refresh would be", async () => {
  const at = await company("any");
  const change = fc.tuple(fc.constantFrom(...CHANGES), fc.nat(500));
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
      for (const [sql, n] of changes) await at.change(sql.replaceAll("$n", String(n)));
      const result = await refresh(at);
      expect(result.way?.kind).toBe("delta");
      await expectSameAsFull(at);
    }),
    { numRuns: 8 },
  );
}, 240_000);

test("a role that may ignore triggers gets the same without taking foreign keys away", async () => {
  const at = await company("admin", "admin");
  await at.change("DELETE FROM countries WHERE id = 3; UPDATE partners SET name = 'x' WHERE id = 30");
  expect((await refresh(at)).way?.kind).toBe("delta");
  await expectSameAsFull(at);
});

test("unique values that move from row to row, and cascades of production, arrive as they are", async () => {
  const at = await company("unique");
  await at.change(`UPDATE partners SET code = NULL WHERE id = 7; UPDATE partners SET code = 'c7' WHERE id = 8;
    DELETE FROM partners WHERE id = 9; INSERT INTO partners (name, code) VALUES ('again', 'c9')`);
  const result = await refresh(at);
  expect(result.way).toMatchObject({ kind: "delta", changed: { tables: 3 } });
  await expectSameAsFull(at);
  const keys = "SELECT count(*)::int AS n FROM pg_constraint WHERE contype = 'f'";
  expect(await onDatabase(at.staging, keys)).toEqual(await onDatabase(at.production, keys));
  expect(await onDatabase(at.staging, "SELECT to_regclass('_pipeline.golden') AS golden")).toEqual([{ golden: null }]);
});

test("what a golden copy cannot serve for is copied in full, and the reason is told", async () => {
  const at = await company("reasons");
  await at.change("ALTER TABLE codes ADD COLUMN more integer");
  const schema = await refresh(at);
  expect(schema.way).toMatchObject({ kind: "full", because: "the source's schema changed since the golden copy" });
  expect(schema.golden).not.toBe(at.golden);
  const old = await refresh(at, { goldenMs: 1 });
  expect(old.way).toMatchObject({ kind: "full", because: expect.stringContaining("retention") });
  expect((await refresh(at, { mode: "full" })).way).toMatchObject({ kind: "full", because: "asked for" });
});

test("a changed classification copies its table again; a golden copy that is far behind is renewed under the same key", async () => {
  const at = await company("classes");
  await at.change("UPDATE messages SET body = 'y' WHERE id % 2 = 0");
  const rules = RULES.map((rule) => (rule.columns === "parts*.note" ? { columns: rule.columns, mask: "null" } : rule));
  runs += 1;
  const request = requestFor(at.source, at.target, {
    id: `${runs}-1`,
    rules,
    options: { mode: "delta", goldenMs: DAY },
  });
  const result = await refreshDatabase(request, quietDeps());
  expect(result.way).toMatchObject({ kind: "delta" });
  expect(result.golden).toBeDefined();
  expect(await onDatabase(at.staging, "SELECT count(*)::int AS n FROM parts WHERE note IS NOT NULL")).toEqual([
    { n: 0 },
  ]);
  const golden = await onDatabase(
    one.server.admin,
    "SELECT datname AS name, datallowconn AS open FROM pg_database WHERE starts_with(datname, 'classes_staging__gold')",
  );
  expect(golden).toEqual([{ name: result.golden, open: false }]);
  await at.change("INSERT INTO keyless VALUES ('after', 1)");
  expect((await refresh(at)).way).toMatchObject({ kind: "delta" });
  await expectSameAsFull(at);
});

test("tables whose statistics did not move are skipped when the team allows it", async () => {
  const at = await company("statistics");
  await at.change("SELECT pg_stat_force_next_flush()");
  await at.change("INSERT INTO codes VALUES ('new', 1)");
  await at.change("SELECT pg_stat_force_next_flush()");
  const result = await refresh(at, { trustStatistics: true });
  expect(result.way).toMatchObject({ kind: "delta", changed: { tables: 1, rows: 1 } });
  await expectSameAsFull(at);
});

test("what staging's new database could not get is told, however it is made", async () => {
  const [at, other] = [await company("settings"), await company("setless")];
  await withSession(one.server.admin, (session) => session.query("CREATE ROLE reporter"));
  const set = ({ database }: Connection) =>
    withSession(one.server.admin, (session) =>
      session.query(`ALTER ROLE reporter IN DATABASE ${quoteIdent(database)} SET work_mem TO '7MB'`),
    );
  const told = [
    expect.stringMatching(
      /^Database \S+ did not get .* ALTER ROLE "reporter" IN DATABASE \S+ SET "work_mem": .*denied/,
    ),
  ];
  const settings = ({ warnings }: { warnings: string[] }) =>
    warnings.filter((warning) => warning.includes("did not get"));
  for (const mode of ["delta", "full"] as const) {
    await set(at.staging);
    const result = await refresh(at, { mode });
    expect(result.way).toMatchObject({ kind: mode });
    expect(settings(result)).toEqual(told);
  }
  await set(other.staging);
  const golden = requestFor(at.target, other.target, { id: "golden-1", from: "golden", options: { goldenMs: DAY } });
  expect(settings(await copyGolden(golden, quietDeps()))).toEqual(told);
  expect(settings(await refresh(at))).toEqual([]);
});
