import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { neutralizeWith } from "../../../src/odoo/neutralize.ts";
import { connect, type Session, withSession } from "../../../src/platform/postgres.ts";
import { requirePassed, verifyHarmless } from "../../../src/refresh/verify/verify.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase } from "../refresh/ground.ts";
import { WAYS_OUT } from "./outside.ts";
import { schemaOf, waysOutOf } from "./outside-schema.ts";

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(() => server?.stop());

/** Our own statements alone: all that 14 and 15 have, and a superset of Odoo's scripts from 16 on. */
const neutralize = (session: Session) =>
  neutralizeWith(session, async () => ({ scripts: [], missing: [] }), {
    url: "https://staging.example.com",
    newIdentity: false,
  });

const failed = async (session: Session) =>
  (await verifyHarmless(session)).filter(({ outcome }) => outcome === "failed").map(({ name }) => name);

describe.each([14, 15, 16, 17, 18, 19, 20])("a database of Odoo %i", (series) => {
  let session: Session;

  beforeAll(async () => {
    session = await connect(await makeDatabase(server.odoo, `odoo_${series}`, schemaOf(series)));
    for (const [, { live }] of waysOutOf(series)) await session.query(live);
  });

  afterAll(() => session?.end());

  test("has live rows of every kind, and none when it is neutralized", async () => {
    for (const [name, { seen }] of waysOutOf(series)) expect(await session.query(seen), name).not.toEqual([]);
    expect(new Set(await failed(session))).toEqual(new Set(waysOutOf(series).map(([, { check }]) => check)));
    await neutralize(session);
    for (const [name, { seen }] of waysOutOf(series)) expect(await session.query(seen), name).toEqual([]);
    expect(await session.query("SELECT id FROM ir_cron WHERE active")).toEqual([{ id: 1 }]);
    expect(await failed(session)).toEqual([]);
  });

  test.each(waysOutOf(series))("%s made live again is refused, and nothing else", async (_name, { live, check }) => {
    await session.query(live);
    expect(await failed(session)).toEqual([check]);
    const checks = await verifyHarmless(session);
    expect(() => requirePassed(checks)).toThrow(expect.objectContaining({ code: "verification-failed" }));
    await neutralize(session);
    expect(await failed(session)).toEqual([]);
  });

  test("a second time changes nothing", async () => {
    const { changed } = await neutralize(session);
    expect(Object.entries(changed).filter(([, rows]) => rows > 0)).toEqual([]);
  });
});

test("every way out is told apart for the series that has it", () => {
  const known = new Set([14, 20].flatMap((series) => waysOutOf(series).map(([name]) => name)));
  const between = Object.keys(WAYS_OUT).filter((name) => !known.has(name));
  expect(between).toEqual(["Google calendar of 15"]);
});

test("mail servers whose host is not in the database (OCA's mail_environment) are off too", async () => {
  const database = await makeDatabase(server.odoo, "without_hosts", schemaOf(19));
  await withSession(database, async (session) => {
    await session.query(
      `INSERT INTO ir_mail_server (name, smtp_host, smtp_port, smtp_encryption, active, smtp_authentication) VALUES ('s', 'mail.test', 25, 'none', true, 'login');
       ALTER TABLE ir_mail_server DROP smtp_host, DROP smtp_port, DROP smtp_encryption`,
    );
    expect(await failed(session)).toContain("no live mail server");
    await neutralize(session);
    expect(await failed(session)).toEqual([]);
    await session.query("UPDATE ir_mail_server SET active = true");
    expect(await failed(session)).toEqual(["no live mail server"]);
  });
});
