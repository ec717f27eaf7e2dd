import { afterAll, beforeAll, expect, test } from "vitest";
import { newestManifest } from "../../../src/environment/copy-manifest.ts";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshDeps, RefreshOptions } from "../../../src/refresh/request.ts";
import { type OneServer, quietDeps, requestFor, startOneServer } from "../refresh/ground.ts";

// Triggers that partitions have of their parent, keys as far apart as they can be, and foreign keys that somebody validated.
const SQL = `
  CREATE TABLE parts (id integer NOT NULL, at date NOT NULL, amount integer, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
  CREATE TABLE parts_new PARTITION OF parts DEFAULT;
  INSERT INTO parts SELECT i, '2026-01-01', i FROM generate_series(1, 50) i;
  CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.amount := -1; RETURN NEW; END';
  CREATE TRIGGER parts_spoil BEFORE INSERT ON parts FOR EACH ROW EXECUTE FUNCTION spoil();
  CREATE TABLE wide (id integer PRIMARY KEY, amount integer);
  INSERT INTO wide SELECT i, i FROM generate_series(1, 10) i;
  INSERT INTO wide VALUES (-2147483648, 0), (2147483647, 0);
  CREATE TABLE wider (id bigint PRIMARY KEY, amount integer);
  INSERT INTO wider SELECT i, i FROM generate_series(1, 10) i;
  INSERT INTO wider VALUES (-9223372036854775808, 0), (9223372036854775807, 0);
  CREATE TABLE narrow (id integer PRIMARY KEY, wide_id integer REFERENCES wide);
  INSERT INTO narrow SELECT i, i FROM generate_series(2, 10) i;`;
const ROWS = `SELECT (SELECT json_agg(p ORDER BY id) FROM parts p)::text AS parts,
                     (SELECT json_agg(w ORDER BY id) FROM wide w)::text AS wide,
                     (SELECT json_agg(w ORDER BY id) FROM wider w)::text AS wider`;

const KEYS = "SELECT convalidated AS valid FROM pg_constraint WHERE contype = 'f'";

let one: OneServer;
let runs = 0;

beforeAll(async () => {
  one = await startOneServer();
});

afterAll(() => one?.stop());

const on = (connection: Connection, sql: string) => withSession(connection, (session) => session.query(sql));

/** Production with a golden copy of it. */
async function ground(name: string, role: "odoo" | "admin", options: RefreshOptions = {}) {
  const { production, staging, source, target } = await one.pair(name, SQL, role);
  const refresh = (more: RefreshOptions, deps: RefreshDeps = quietDeps()) => {
    runs += 1;
    const asked = { id: `${runs}-1`, rules: [], options: { goldenMs: 86_400_000, ...options, ...more } };
    return refreshDatabase(requestFor(source, target, asked), deps);
  };
  await refresh({ mode: "full" });
  const delta = async (deps?: RefreshDeps, more: RefreshOptions = {}) => {
    const { way } = await refresh({ mode: "delta", ...more }, deps);
    expect(way?.kind).toBe("delta");
    expect(await on(staging, ROWS)).toEqual(await on(production, ROWS));
  };
  return { production, staging, delta };
}

test.each(["odoo", "admin"] as const)(
  "triggers of a partitioned table do not spoil what arrives for %s",
  async (role) => {
    const { production, delta } = await ground(`triggers_${role}`, role);
    await on(production, "UPDATE parts SET amount = 1000 WHERE id = 7; UPDATE parts SET id = 60 WHERE id = 8");
    await delta();
  },
);

test("rows vanish between keys that are as far apart as the type allows", async () => {
  const { production, delta } = await ground("keys", "odoo");
  await on(production, "DELETE FROM wide WHERE id = 1; DELETE FROM wider WHERE id = 1");
  await delta();
});

test.each(["odoo", "admin"] as const)("foreign keys are validated after a delta too, for %s", async (role) => {
  const { production, staging, delta } = await ground(`valid_${role}`, role, { validateForeignKeys: true });
  await on(production, "UPDATE wide SET amount = 1000 WHERE id = 7");
  await delta();
  expect(await on(staging, KEYS)).toEqual([{ valid: true }]);
});

// Production has a row whose parent is gone, which no key of production tells.
const orphan = (production: Connection) =>
  on(
    { ...one.server.admin, database: production.database },
    "SET session_replication_role = replica; DELETE FROM wide WHERE id = 7",
  );

test.each(["odoo", "admin"] as const)("a row without its parent ends a delta that validates, for %s", async (role) => {
  const { production, delta } = await ground(`orphan_${role}`, role, { validateForeignKeys: true });
  await orphan(production);
  await expect(delta()).rejects.toThrow("narrow");
});

test.each(["odoo", "admin"] as const)("a key that nobody validated again is not called valid, for %s", async (role) => {
  const { production, staging, delta } = await ground(`unchecked_${role}`, role, { validateForeignKeys: true });
  await orphan(production);
  await delta(quietDeps(), { validateForeignKeys: false });
  expect(await on(staging, KEYS)).toEqual([{ valid: false }]);
});

test("the golden copy's proof does not speak for a copy that is still being made of it", async () => {
  const { production, delta } = await ground("proof", "odoo");
  await on(production, "UPDATE wide SET amount = 1000 WHERE id = 7");
  let seen: Promise<unknown> | undefined;
  const manifestOfBuilt = async () => {
    const find = "SELECT datname AS database FROM pg_database WHERE starts_with(datname, 'proof_staging__new_')";
    const [built] = (await on(one.server.admin, find)) as { database: string }[];
    return withSession({ ...one.server.admin, database: built?.database ?? "" }, newestManifest);
  };
  const deps = quietDeps();
  await delta({
    ...deps,
    onPhase: (phase, status) => {
      if (phase === "verify-copy" && status === "begin") seen = manifestOfBuilt();
    },
  });
  await expect(seen).resolves.toBeUndefined();
});
