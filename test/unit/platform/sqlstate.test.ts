import { expect, test } from "vitest";
import { DatabaseError, redactDatabaseError } from "../../../src/platform/sqlstate.ts";

const row = "Marie Curie";
const say = (error: unknown) => redactDatabaseError(error, "PostgreSQL staging").message;

test.each([
  ["42P01", 'relation "x" does not exist', 'relation "x" does not exist (SQLSTATE 42P01)'],
  ["28P01", "password authentication failed", "password authentication failed (SQLSTATE 28P01)"],
  ["3D000", 'database "x" does not exist', 'database "x" does not exist (SQLSTATE 3D000)'],
  ["57014", "canceling statement", "canceling statement (SQLSTATE 57014)"],
  ["53300", "too many clients", "too many clients (SQLSTATE 53300)"],
  ["22P02", `invalid input "${row}"`, "a value does not fit (data exception) (SQLSTATE 22P02)"],
  ["23505", `duplicate ${row}`, "a constraint is violated (SQLSTATE 23505)"],
  ["P0001", row, "the server reported an error (SQLSTATE P0001)"],
  ["XX000", row, "internal error of the server (SQLSTATE XX000)"],
])("SQLSTATE %s", (code, message, text) => {
  const detail = { detail: row, where: row, hint: row, internalQuery: row };
  const error = redactDatabaseError({ code, message, ...detail }, "PostgreSQL staging");
  expect(error.message).toBe(`PostgreSQL staging: ${text}`);
  expect(JSON.stringify({ ...error })).not.toContain(row);
});

test("names of objects are told, made plain", () => {
  const raw = { code: "23505", message: row, schema: "public", table: "people\u001b[31m", constraint: "people_pkey" };
  expect(say(raw)).toBe(
    'PostgreSQL staging: a constraint is violated; schema "public", table "people", constraint "people_pkey" (SQLSTATE 23505)',
  );
});

test.each([
  [Object.assign(new Error("connect"), { code: "ECONNREFUSED" }), "nobody listens there (ECONNREFUSED)"],
  [Object.assign(new Error("x"), { code: "EPIPE" }), "the connection was cut (EPIPE)"],
  [new AggregateError([Object.assign(new Error("x"), { code: "ETIMEDOUT" })]), "the host does not answer (ETIMEDOUT)"],
  [new Error("Connection terminated unexpectedly"), "Connection terminated unexpectedly"],
  [undefined, "undefined"],
])("a lost connection: %s", (error, text) => {
  expect(redactDatabaseError(error, "PostgreSQL staging")).toMatchObject({ sqlState: "08006" });
  expect(say(error)).toBe(`PostgreSQL staging: ${text}`);
});

test("what is redacted already stays as it is", () => {
  const error = new DatabaseError("told", "42P01");
  expect(redactDatabaseError(error, "elsewhere")).toBe(error);
});
