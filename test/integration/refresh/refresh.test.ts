import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import type { PostgresVersion } from "../../workbench/postgres-binaries.ts";
import { fixture, makeDatabase, makeInstance, quietDeps, requestFor } from "./ground.ts";

let dir: string;
const servers = new Map<PostgresVersion, PostgresServer>();

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "refresh-"));
  for (const version of [14, 16, 18] as const) servers.set(version, await startPostgres({ version }));
});

afterAll(async () => {
  for (const server of servers.values()) await server.stop();
  await rm(dir, { recursive: true, force: true });
});

/** A database with one of everything on the server of that version. */
const everything = async (version: PostgresVersion, name: string): Promise<Connection> =>
  makeDatabase(odooOf(version), name, await fixture("everything.sql"));

function odooOf(version: PostgresVersion): Connection {
  const server = servers.get(version);
  if (!server) throw new Error(`no PostgreSQL ${version} was started`);
  return server.odoo;
}

test.each([
  [14, 14],
  [16, 16],
  [18, 18],
  [14, 18],
] as const)("one of everything is copied from PostgreSQL %i to %i, masked and swapped in", async (from, to) => {
  const source = await makeInstance(dir, "production", await everything(from, `production_for_${to}`));
  const target = await makeInstance(dir, "staging", { ...odooOf(to), database: `staging_of_${from}` });
  const deps = quietDeps();
  const result = await refreshDatabase(requestFor(source, target), deps);
  expect(result).toMatchObject({ activated: true, database: `staging_of_${from}` });
  expect(deps.phases.at(-1)).toBe("activate done");
  await withSession({ ...odooOf(to), database: `staging_of_${from}` }, async (session) => {
    const people = await session.query(
      "SELECT name, email, short, login, born::text, labels, pair, doubled FROM people WHERE id IN (1, 2, 3) ORDER BY id",
    );
    expect(people).toMatchInlineSnapshot(`
      [
        {
          "born": "1980-01-01",
          "doubled": 8,
          "email": "",
          "labels": {
            "en_US": "Text 1",
          },
          "login": "user1",
          "name": "People 1",
          "pair": null,
          "short": "00000001",
        },
        {
          "born": "1980-01-01",
          "doubled": 8,
          "email": "people-2@example.invalid",
          "labels": {
            "en_US": "Text 2",
          },
          "login": "user2",
          "name": "People 2",
          "pair": null,
          "short": "00000002",
        },
        {
          "born": "1980-01-01",
          "doubled": 8,
          "email": null,
          "labels": {
            "en_US": "Text 3",
          },
          "login": "user3",
          "name": "People 3",
          "pair": null,
          "short": "00000003",
        },
      ]
    `);
    expect(
      await session.query("SELECT nextval('loose')::int AS next, nextval('people_id_seq')::int AS person"),
    ).toEqual([{ next: 115, person: 3001 }]);
  });
});
