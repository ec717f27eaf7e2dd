import { afterAll, beforeAll, expect, test } from "vitest";
import type { RefreshRule } from "../../../src/environment/pipeline-schema.ts";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { guardFor } from "../../../src/refresh/guard/generate-command.ts";
import { type OneServer, startOneServer } from "../refresh/ground.ts";
import { guardedPair, installGuard } from "./ground.ts";

let one: OneServer;

beforeAll(async () => {
  one = await startOneServer();
});
afterAll(() => one?.stop());

const query = <T>(at: Connection, sql: string) => withSession(at, (session) => session.query<T>(sql));

const SQL = `CREATE TABLE people (id int PRIMARY KEY, name text, note text);
  INSERT INTO people SELECT i, 'Secret ' || i, 'call +32 470 12 34 5' || i % 10 FROM generate_series(1, 300) i`;
const RULES: RefreshRule[] = [
  { columns: "people.name", mask: "name" },
  { columns: "people.note", keep: "test" },
];

const guarded = (name: string) => guardedPair(one, name, SQL, RULES);

test("a dry run compares the plans, and looks at kept columns through the views", async () => {
  const at = await guarded("dry");
  await at.refresh();
  const reasoned = [{ columns: "people.note", keep: "another reason" }, ...RULES];
  const { plan } = await at.refresh(reasoned, { dryRun: true });
  expect(plan?.diff?.changed).toEqual([
    { column: "people.note", before: "keep (by rule: test)", treatment: "keep (by rule: another reason)" },
  ]);
  expect(plan?.advisory).toEqual([{ column: "people.note", detector: "phone", filled: 300, hits: 300 }]);
});

test("a column that nobody decided about is listed with its rule; what is in it was not measured", async () => {
  const at = await guarded("undecided");
  await query(
    at.production,
    "ALTER TABLE people ADD COLUMN x_mobile text; UPDATE people SET x_mobile = '+32 471 12 34 ' || 10 + id % 90",
  );
  const undecided = {
    code: "unclassified-columns",
    message: expect.stringMatching(
      /people\.x_mobile {2}text {2}\(.*\): not measured, the pipeline's role may not read it$/,
    ),
    remedy: expect.stringContaining('- { columns: "people.x_mobile", mask: phone }'),
  };
  for (const dryRun of [false, true]) await expect(at.refresh(RULES, { dryRun })).rejects.toMatchObject(undecided);
  await expect(guardFor(at.connection, { rules: RULES }, at.role)).rejects.toMatchObject(undecided);
  // Who may read the table sees what is in the column.
  await expect(guardFor(at.production, { rules: RULES }, at.role)).rejects.toMatchObject({
    code: "unclassified-columns",
    message: expect.stringMatching(/people\.x_mobile.*: looked at 300 rows: 0 e-mail, 300 phone$/),
  });
  const decided = [{ columns: "people.x_mobile", mask: "phone" }, ...RULES];
  await installGuard(at.production, one.server.admin, decided, at.role);
  expect(await at.refresh(decided)).toMatchObject({ activated: true, protectedBy: "server" });
});

test("a role that may read nothing yet gets the same list", async () => {
  const { production } = await one.pair("early", SQL);
  await query(one.server.admin, "CREATE ROLE early_reader LOGIN PASSWORD 'early'");
  const connection = { ...production, user: "early_reader", password: "early" };
  await expect(guardFor(connection, { rules: RULES.slice(1) }, "early_reader")).rejects.toMatchObject({
    code: "unclassified-columns",
    message: expect.stringMatching(/people\.name.*: not measured/),
    remedy: expect.stringContaining('- { columns: "people.name", mask: name }'),
  });
});
