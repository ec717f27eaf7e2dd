import { expect, test } from "vitest";
import { ExpectedError } from "../../../src/platform/errors.ts";
import { DatabaseError } from "../../../src/platform/postgres.ts";
import { explainFailure } from "../../../src/refresh/failure.ts";
import { applicationPrefix } from "../../../src/refresh/sessions.ts";

const database = (sqlState: string, message = "PostgreSQL production at db:5432 as odoo: it says so") =>
  new DatabaseError(message, sqlState);

test.each([
  ["53100", "disk-full"],
  ["53300", "server-resources"],
  ["42501", "privilege-missing"],
  ["57014", "statement-cancelled"],
  ["57P01", "connection-lost"],
  ["57P03", "connection-lost"],
  ["08006", "connection-lost"],
  ["25P03", "connection-lost"],
  ["22P02", "mask-misfit"],
  ["23505", "mask-misfit"],
])("SQLSTATE %s is %s", (sqlState, code) => {
  const cause = database(sqlState);
  const error = explainFailure(cause);
  expect(error).toMatchObject({ code, message: expect.stringContaining(cause.message), cause });
});

test("a standby that follows its primary has its own cure", () => {
  const error = explainFailure(database("40001", "canceling statement due to conflict with recovery"));
  expect(error).toMatchObject({ code: "standby-conflict", remedy: expect.stringContaining("hot_standby_feedback") });
});

test("a standby that could not say why it ended a connection is named as a possible cause", () => {
  const lost = database("08006");
  expect(explainFailure(lost, { fromStandby: true })).toMatchObject({
    code: "connection-lost",
    remedy: expect.stringContaining("hot_standby_feedback"),
  });
  expect(explainFailure(lost)).toMatchObject({ remedy: expect.not.stringContaining("hot_standby_feedback") });
});

test.each([
  ["a guess at a mask gives way to the server's fault", "copy-failed", "53100", "disk-full"],
  ["a guess at a mask stays when the server says nothing else", "copy-failed", "22P02", "copy-failed"],
  ["who knows better is left alone", "source-busy", "57014", "source-busy"],
])("%s", (_what, code, sqlState, expected) => {
  const problem = { code, message: "Rows of people could not be copied.", remedy: "Write a rule." };
  const error = new ExpectedError(problem, { cause: database(sqlState) });
  expect(explainFailure(error)).toMatchObject({ code: expected });
});

test("what is no fault of a server stays what it is", () => {
  for (const error of [database("42P01"), new Error("a defect"), "thrown"]) expect(explainFailure(error)).toBe(error);
});

test("the sessions of two databases are told apart, however long or foreign their names", () => {
  const at = (name: string, host = "db", node = "a") =>
    applicationPrefix({ host, port: 5432, user: "odoo", database: name }, node);
  const long = "a".repeat(60);
  const prefixes = [
    at("staging"),
    at("staging", "other"),
    at("staging", "db", "b"),
    at(`${long}1`),
    at(`${long}2`),
    at("é1"),
    at("é2"),
  ];
  expect(new Set(prefixes).size).toBe(prefixes.length);
  for (const prefix of prefixes) expect(`${prefix}maintenance`).toMatch(/^[ -~]{1,63}$/);
});
