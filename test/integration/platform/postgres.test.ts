import { Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Connection,
  connect,
  type DatabaseError,
  quoteIdent,
  quoteLiteral,
  type Session,
  withSession,
} from "../../../src/platform/postgres.ts";
import { untilAsleep } from "../../support/backends.ts";
import { recordWire } from "../../support/wire-recorder.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";

let server: PostgresServer;
let database: Connection;
let session: Session;

beforeAll(async () => {
  server = await startPostgres();
  await withSession(server.odoo, (own) => own.query("CREATE DATABASE platform"));
  database = { ...server.odoo, database: "platform" };
  session = await connect(database);
  await session.query("CREATE TABLE people (id int PRIMARY KEY, name text CHECK (name <> 'forbidden'), data json)");
});
afterAll(async () => {
  await session.end();
  await server.stop();
});

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error as DatabaseError,
  );
const backends = () =>
  session.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'copier' AND state <> 'idle'");
const copier = (): Connection => ({ ...database, applicationName: "copier" });
const endless = "COPY (SELECT repeat('x', 1000), generate_series(1, 1000000000)) TO STDOUT";
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

test("statements, values, several statements, settings", async () => {
  expect(await session.query<{ n: number; t: string }>("SELECT $1::int AS n, $2::text AS t", [5, "ü'"])).toEqual([
    { n: 5, t: "ü'" },
  ]);
  expect(await session.query("SELECT 1 AS a; SELECT 2 AS b")).toEqual([{ b: 2 }]);
  const settings = { statement_timeout: "1234ms", "odoo.note": "a b\\'c" };
  await withSession(
    database,
    async (own) => {
      expect(own.backendPid).toBeGreaterThan(0);
      expect(await own.query("SHOW statement_timeout")).toEqual([{ statement_timeout: "1234ms" }]);
      expect(await own.query("SELECT current_setting('odoo.note') AS note")).toEqual([{ note: "a b\\'c" }]);
    },
    settings,
  );
});

test.each(["plain", 'a"b', "a'b\\", "ü; DROP TABLE people", "a\nb"])(
  "%j is quoted as name and as text",
  async (text) => {
    const sql = `SELECT ${quoteLiteral(text)} AS ${quoteIdent(text)}`;
    expect(await session.query(sql)).toEqual([{ [text]: text }]);
  },
);

test("nothing is taken from the environment", async () => {
  process.env.PGPASSWORD = database.password;
  try {
    const { password: _password, ...without } = database;
    expect((await failureOf(connect(without))).message).toContain("password");
  } finally {
    delete process.env.PGPASSWORD;
  }
});

describe("errors show kind and names, never a value", () => {
  const secret = "Marie Curie FR7630006000011234567890189";
  test.each([
    ["22P02", `SELECT '${secret}'::json`, {}],
    ["22P02", `SELECT '${secret}'::int`, {}],
    [
      "23505",
      `INSERT INTO people VALUES (1, '${secret}'), (1, '${secret}')`,
      { table: "people", constraint: "people_pkey" },
    ],
    ["23514", `INSERT INTO people VALUES (2, 'forbidden', '"${secret}"')`, { constraint: "people_name_check" }],
    ["P0001", `DO $$ BEGIN RAISE EXCEPTION '${secret}' USING DETAIL = '${secret}'; END $$`, {}],
  ])("%s", async (sqlState, sql, names) => {
    const error = await failureOf(session.query(sql));
    expect(error).toMatchObject({ sqlState, ...names });
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toMatch(/Marie|FR7630|forbidden/);
  });

  test("objects that are missing are named", async () => {
    const error = await failureOf(session.query("SELECT * FROM nobody"));
    expect(error.message).toContain('relation "nobody" does not exist (SQLSTATE 42P01)');
  });

  test("in COPY too", async () => {
    const into = pipeline(Readable.from([`1\t${secret}\tno json\n`]), session.copyIn("COPY people FROM STDIN"));
    const error = await failureOf(into);
    expect([error.sqlState, error.message.includes("Marie")]).toEqual(["22P02", false]);
    const out = session.copyOut(`COPY (SELECT '${secret}'::json) TO STDOUT`);
    expect((await failureOf(pipeline(out, nowhere()))).message).not.toContain("Marie");
    expect(await session.query("SELECT count(*)::int AS rows FROM people")).toEqual([{ rows: 0 }]);
  });

  test.each([
    ["a wrong password", () => ({ ...database, password: "s3cret" }), "28P01"],
    ["a missing database", () => ({ ...database, database: "a'b; c" }), "3D000"],
    ["a port where nobody listens", () => ({ ...database, port: 1 }), "08006"],
    ["a missing socket", () => ({ ...database, host: "/no/such/folder" }), "08006"],
  ])("%s", async (_what, connection, sqlState) => {
    const error = await failureOf(connect(connection()));
    expect(error).toMatchObject({ sqlState, name: "DatabaseError" });
    expect(error.message).not.toContain("s3cret");
  });
});

describe("COPY", () => {
  const rows = 200_000;
  const many = `COPY (SELECT n, md5(n::text), NULL FROM generate_series(1, ${rows}) AS n) TO STDOUT`;

  test("streams from one connection to another and both count", async () => {
    await withSession(copier(), async (source) => {
      await session.query("TRUNCATE people");
      const out = source.copyOut(many);
      const into = session.copyIn("COPY people FROM STDIN");
      await pipeline(out, into);
      expect([out.rowCount, into.rowCount]).toEqual([rows, rows]);
      expect(await source.query("SELECT 1 AS alive")).toEqual([{ alive: 1 }]);
    });
    expect(await session.query("SELECT count(*)::int AS rows FROM people")).toEqual([{ rows }]);
  });

  test("an error of the server leaves the session usable", async () => {
    await failureOf(pipeline(session.copyOut("COPY nobody TO STDOUT"), nowhere()));
    await failureOf(pipeline(Readable.from(["x\n"]), session.copyIn("COPY nobody FROM STDIN")));
    await failureOf(
      pipeline(session.copyOut("COPY (SELECT 1 / (3 - n) FROM generate_series(1, 5) AS n) TO STDOUT"), nowhere()),
    );
    expect(await session.query("SELECT 1 AS alive")).toEqual([{ alive: 1 }]);
  });

  test("a target that fails ends the query of the source", async () => {
    const source = await connect(copier());
    const full = new Transform({ transform: (_chunk, _encoding, done) => done(new Error("disk full")) });
    const error = await failureOf(pipeline(source.copyOut(endless), full, nowhere()));
    expect(error.message).toBe("disk full");
    await expect.poll(backends).toEqual([]);
    expect((await failureOf(source.query("SELECT 1"))).name).toBe("DatabaseError");
    await source.end();
  });

  test("a giver that fails undoes the rows and the session goes on", async () => {
    await session.query("TRUNCATE people");
    const breaking = Readable.from(
      (function* () {
        yield "1\ta\t\\N\n";
        throw new Error("source lost");
      })(),
    );
    expect((await failureOf(pipeline(breaking, session.copyIn("COPY people FROM STDIN")))).message).toBe("source lost");
    expect(await session.query("SELECT count(*)::int AS rows FROM people")).toEqual([{ rows: 0 }]);
  });
});

test("cancel reaches the running statement", async () => {
  const sleeping = failureOf(session.query("SELECT pg_sleep(60)"));
  await untilAsleep(server.admin, session.backendPid);
  await session.cancel();
  expect((await sleeping).sqlState).toBe("57014");
});

describe("a cut connection", () => {
  const through = ({ port }: { port: number }): Connection => ({ ...copier(), host: "127.0.0.1", port });

  test("is an error of the statement and of all that follow", async () => {
    await using wire = await recordWire(server.admin);
    const own = await connect(through(wire), { client_connection_check_interval: "500ms" });
    const sleeping = failureOf(own.query("SELECT pg_sleep(60)"));
    await untilAsleep(server.admin, own.backendPid);
    wire.cut();
    expect((await sleeping).sqlState).toBe("08006");
    expect((await failureOf(own.query("SELECT 1"))).sqlState).toBe("08006");
    await own.end();
    await expect.poll(backends, { timeout: 5_000 }).toEqual([]);
  });

  test.each(["copyOut", "copyIn"] as const)("ends a %s", async (direction) => {
    await using wire = await recordWire(server.admin);
    const own = await connect(through(wire));
    const endlessRows = Readable.from(
      (function* () {
        for (let id = 1; ; id += 1) yield `${id}\t${"x".repeat(1000)}\t\\N\n`;
      })(),
    );
    const held = wire.holdAfter(1_000_000);
    const work =
      direction === "copyIn"
        ? pipeline(endlessRows, own.copyIn("COPY people FROM STDIN"))
        : pipeline(own.copyOut(endless), nowhere());
    const failure = failureOf(work);
    await held;
    wire.cut();
    expect((await failure).sqlState).toBe("08006");
    await own.end();
    await expect.poll(backends, { timeout: 10_000 }).toEqual([]);
  });

  test("by the server is told", async () => {
    const own = await connect(copier());
    const sleeping = failureOf(own.query("SELECT pg_sleep(60)"));
    await untilAsleep(server.admin, own.backendPid);
    await session.query("SELECT pg_terminate_backend($1)", [own.backendPid]);
    expect((await sleeping).sqlState).toBe("57P01");
    await own.end();
  });
});
