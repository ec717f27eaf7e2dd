import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase } from "../refresh/ground.ts";
import { copyInto, fingerprint } from "./ground.ts";

// Wide rows in TOAST, whole ranges of blocks without a row, and blocks at the end that are empty.
const GAPS = `
  CREATE TABLE notes (id int PRIMARY KEY, at timestamptz, amount numeric, tags text[], flags jsonb, body text);
  INSERT INTO notes SELECT n, now() - n * interval '1 minute', n / 7.0, ARRAY['a', NULL, n::text], jsonb_build_object('n', n),
         CASE WHEN n % 50 = 0 THEN (SELECT string_agg(md5(n::text || s), '') FROM generate_series(1, 300) s) ELSE 'note ' || n END
    FROM generate_series(1, 40000) n;
  DELETE FROM notes WHERE id BETWEEN 5000 AND 21000 OR id > 39000 OR id % 7 = 0;
  CREATE TABLE few (id int); INSERT INTO few VALUES (1);`;

let server: PostgresServer;
let source: Connection;
let number = 0;

beforeAll(async () => {
  server = await startPostgres({ version: 15 });
  source = await makeDatabase(server.admin, "source", GAPS);
});
afterAll(() => server?.stop());

const names = () => {
  number += 1;
  return `copy_${number}`;
};

test("whatever the size of the pieces, the copy has the rows of the source", async () => {
  const expected = await fingerprint(source, "notes");
  const choice = fc.record({
    pieceBytes: fc.integer({ min: 1, max: 4_000_000 }),
    jobs: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(choice, async ({ pieceBytes, jobs }) => {
      const { target, copied } = await copyInto(server.admin, names(), source, { pieceBytes, jobs });
      expect(await fingerprint(target, "notes")).toEqual(expected);
      const notes = copied.find(({ name }) => name === "notes");
      expect(String(notes?.rows)).toBe(expected[0]?.rows);
      expect(copied.map(({ name }) => name).sort()).toEqual(["few", "notes"]);
    }),
    { numRuns: 12, examples: [[{ pieceBytes: 8192, jobs: 3 }]] },
  );
});

test("rows that come after the snapshot, in new blocks and in gaps, are in no piece", async () => {
  const own = await makeDatabase(server.admin, "growing", GAPS);
  const expected = await fingerprint(own, "notes");
  const { target } = await copyInto(server.admin, names(), own, {
    pieceBytes: 100_000,
    meanwhile: () =>
      withSession(own, async (session) => {
        await session.query("VACUUM notes");
        await session.query(
          "INSERT INTO notes (id, body) SELECT n, repeat('new ', 50) FROM generate_series(50000, 70000) n",
        );
        await session.query("UPDATE notes SET body = 'changed' WHERE id < 2000");
      }),
  });
  expect(await fingerprint(target, "notes")).toEqual(expected);
});

test("a table in pieces is left frozen and indexed, as one that is copied whole", async () => {
  // One worker: several may extend the file at once, and leave empty pages at its end.
  const { target } = await copyInto(server.admin, names(), source, { pieceBytes: 500_000, jobs: 1 });
  const [state] = await withSession(target, (session) =>
    session.query(`SELECT (SELECT count(*)::int FROM pg_index WHERE indrelid = 'notes'::regclass AND indisvalid) AS indexes,
        relallvisible = relpages AS frozen, reltuples > 0 AS analyzed FROM pg_class WHERE oid = 'notes'::regclass`),
  );
  expect(state).toEqual({ indexes: 1, frozen: true, analyzed: true });
});

test("a failing piece ends the copy, and its error holds no value", async () => {
  const bad = await makeDatabase(
    server.admin,
    "bad",
    `CREATE TABLE sums (id int PRIMARY KEY, body text);
     INSERT INTO sums SELECT n, CASE WHEN n = 4000 THEN 'secret-value' ELSE repeat('x', 400) END FROM generate_series(1, 5000) n;
     ALTER TABLE sums ADD CONSTRAINT no_secret CHECK (body <> 'secret-value') NOT VALID;`,
  );
  const failure = await copyInto(server.admin, names(), bad, { pieceBytes: 100_000 }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "copy-failed" });
  expect(String(failure)).toContain("sums");
  expect(String(failure)).not.toContain("secret-value");
});
