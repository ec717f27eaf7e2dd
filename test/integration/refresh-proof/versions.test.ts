import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { type PostgresVersion, postgresVersions } from "../../workbench/postgres-binaries.ts";
import { fixture, makeDatabase, makeInstance, quietDeps, requestFor } from "../refresh/ground.ts";

let dir: string;
const servers = new Map<PostgresVersion, PostgresServer>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "refresh-versions-"));
  for (const version of postgresVersions) {
    const server = await startPostgres({ version });
    servers.set(version, server);
    await makeDatabase(server.odoo, "production", await fixture("everything.sql"));
  }
});

afterAll(async () => {
  for (const server of servers.values()) await server.stop();
  await rm(dir, { recursive: true, force: true });
});

const odooOf = (version: PostgresVersion) => (servers.get(version) as PostgresServer).odoo;

async function refresh(from: PostgresVersion, to: PostgresVersion): Promise<string> {
  const source = await makeInstance(dir, "production", { ...odooOf(from), database: "production" });
  const target = await makeInstance(dir, "staging", { ...odooOf(to), database: `from_${from}` });
  return (await refreshDatabase(requestFor(source, target), quietDeps())).database ?? "";
}

// Every version as source and as target, and the way to each next one; the rest of the matrix is between these.
const pairs = postgresVersions.flatMap((version) =>
  postgresVersions
    .filter((to) => to === version || to === version + 1 || (version === 14 && to === 18))
    .map((to) => [version, to] as const),
);

test.each(pairs)("one of everything from PostgreSQL %i to %i", async (from, to) => {
  const database = await refresh(from, to);
  await withSession({ ...odooOf(to), database }, async (session) => {
    const sql =
      "SELECT count(*)::int AS count, count(*) FILTER (WHERE name ~ '^People \\d+$')::int AS masked FROM people";
    expect(await session.query(sql)).toEqual([{ count: 3000, masked: 3000 }]);
  });
});

test("a newer source is refused by an older target, before anything is written", async () => {
  await expect(refresh(18, 17)).rejects.toMatchObject({ code: "older-target" });
});
