import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HostEvent } from "../../../src/environment/host-events.ts";
import { refreshCommand } from "../../../src/refresh/host-command.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase, makeInstance, requestFor } from "../refresh/ground.ts";

// PostgreSQL quotes values in DETAIL, in CONTEXT ("COPY people, line 1: ...") and in some messages: none is passed on.
const PLANTED = "Geheim-4711";
const KEPT = { columns: "people.note", keep: "test" };

let server: PostgresServer;
let dir: string;
let databases = 0;

beforeAll(async () => {
  server = await startPostgres();
  dir = await mkdtemp(join(tmpdir(), "refresh-messages-"));
});

afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

test.each([
  ["a mask that violates a CHECK", "plan-misfit", `CHECK (code LIKE 'Geheim%')`, ""],
  ["a mask that violates a CHECK of a function", "plan-misfit", "CHECK (checked(code))", ""],
  ["a mask that gives one value twice", "mask-collision", "", "CREATE UNIQUE INDEX ON people (substr(code, 8))"],
  ["a mask that an index cannot read", "mask-collision", "", "CREATE INDEX ON people ((substr(code, 8)::integer))"],
  [
    "a mask that a generated column cannot read",
    "copy-failed",
    "",
    "ALTER TABLE people ADD n integer GENERATED ALWAYS AS (substr(code, 8)::integer) STORED",
  ],
])("%s", async (_what, code, check, more) => {
  const name = `messages_${++databases}`;
  const production = await makeDatabase(
    server.odoo,
    name,
    `CREATE FUNCTION checked(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
       IF $1 NOT LIKE 'Geheim%' THEN RAISE 'refused: % beside ${PLANTED}', $1; END IF; RETURN true; END $$;
     CREATE TABLE people (id serial PRIMARY KEY, code text NOT NULL ${check}, note text);
     INSERT INTO people (code, note) SELECT 'Geheim-' || 4711 + i, '${PLANTED}' FROM generate_series(1, 5) i;
     ${more}`,
  );
  const events: HostEvent[] = [];
  const rules = [{ columns: "people.code", mask: "text" }, KEPT];
  const source = await makeInstance(dir, "production", production);
  const target = await makeInstance(dir, "staging", { ...server.odoo, database: `copy_${name}` });
  const error: unknown = await refreshCommand(requestFor(source, target, { rules }), (event) =>
    events.push(event),
  ).then(
    () => "done",
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code, remedy: expect.any(String) });
  const told = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(events);
  expect(told).toContain("people");
  expect(told).not.toMatch(/Geheim-|4711/);
});
