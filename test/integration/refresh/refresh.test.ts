import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { fixture, makeDatabase, makeInstance, quietDeps, requestFor } from "./ground.ts";

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

const instances = async (database: string) => ({
  source: await makeInstance(dir, "production", production),
  target: await makeInstance(dir, database, { ...server.odoo, database }),
});

test("a database with one of everything is copied, masked and swapped in", async () => {
  const { source, target } = await instances("staging");
  const deps = quietDeps();
  const result = await refreshDatabase(requestFor(source, target), deps);
  expect(result).toMatchObject({ activated: true, database: "staging" });
  expect(deps.phases.at(-1)).toBe("activate done");
  await withSession({ ...server.odoo, database: "staging" }, async (session) => {
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
