import { afterAll, beforeAll, expect, test } from "vitest";
import { MASK_NAMES } from "../../../src/environment/mask-names.ts";
import { connect, quoteIdent, type Session } from "../../../src/platform/postgres.ts";
import { maskExpression } from "../../../src/refresh/plan/masks.ts";
import { MASK_KEY_SETTING } from "../../../src/refresh/plan/row.ts";
import { column } from "../../unit/refresh/facts.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase } from "./ground.ts";

let server: PostgresServer;
let session: Session;

beforeAll(async () => {
  server = await startPostgres();
  const database = await makeDatabase(server.odoo, "masks");
  session = await connect(database, { [MASK_KEY_SETTING]: "key", search_path: "pg_catalog" });
  await session.query("CREATE TABLE public.ir_model_fields (id integer, ttype text)");
});

afterAll(async () => {
  await session?.end();
  await server?.stop();
});

const reserved = {
  systemUsers: [1],
  adminUser: 2,
  namedPartners: [1],
  partnerNames: new Map([[1, "O'Own Company"]]),
};

async function mask(
  name: (typeof MASK_NAMES)[number],
  type: string,
  value: unknown,
  id = 42,
  more = {},
  table = "thing",
) {
  const of = column("value", type, more);
  const expression = maskExpression(name, {
    table,
    column: of,
    subject: { table, id: "t.id", own: true },
    reserved,
    reads: new Set(),
  });
  if (expression === undefined) return "no such mask for the type";
  const [row] = await session.query<{ masked: unknown }>(
    `SELECT to_json(${expression}) AS masked FROM (SELECT $1::bigint AS id, 0 AS field_id, $2::${of.type} AS ${quoteIdent("value")}) AS t`,
    [id, value],
  );
  return row?.masked;
}

const SECRET = "Geheim";
const NASTY: [string, string[]][] = [
  ["text", ["", SECRET, `${SECRET}`.repeat(20_000), `${SECRET} <a href='mailto:x'>\\N\t\n`, `${SECRET}@@..@`]],
  ["varchar", ["", SECRET, `FR76 ${SECRET}`, "FR7630006000011234567890189"]],
  [
    "jsonb",
    [
      "{}",
      "[]",
      '"Geheim"',
      "null",
      "1",
      '{"en_US": "Geheim", "geheim@x.y": "Geheim", "1": ["Geheim"], "0123456789abcdef": "Geheim"}',
    ],
  ],
  ["json", ['{"Geheim": 1}', "[]"]],
  ["bytea", ["\\x", "\\x47656865696d"]],
  ["date", ["infinity", "-infinity", "0044-03-15 BC", "1980-05-05"]],
  ["numeric", ["NaN", "Infinity", "-1e100", "1234.5"]],
  ["_text", ["{}", "{Geheim}"]],
  ["inet", ["10.0.0.1"]],
];

test("every mask is total and lets nothing of the value through, whatever the type and the id", async () => {
  const conditional = [
    "parameter-value",
    "template-address",
    "default-value",
    "attachment-name",
    "attachment-url",
    "attachment-file",
  ];
  for (const name of MASK_NAMES.filter((n) => !conditional.includes(n))) {
    for (const [type, values] of NASTY) {
      expect(await mask(name, type, null), `${name} of ${type} NULL`).toBeNull();
      for (const value of values) {
        for (const id of [1, 2 ** 31 - 1]) {
          const masked = JSON.stringify(await mask(name, type, value, id));
          if (!(name === "login" && id === 1)) expect(masked, `${name} of ${type}`).not.toMatch(/geheim/i);
        }
      }
    }
  }
});

test("empty stays empty, and a narrow column gets what fits", async () => {
  expect(await mask("email", "varchar", "")).toBe("");
  for (const name of ["name", "email", "token", "html", "identifier"] as const) {
    expect(String(await mask(name, "varchar", SECRET, 1234567890, { maxLength: 5, type: "varchar(5)" }))).toBe("67890");
  }
});

test.each([
  ["name", "res_partner", "Contact 42"],
  ["email", "res_partner", "p42@example.invalid"],
  ["email", "crm_lead", "crm-lead-42@example.invalid"],
  ["phone", "res_partner", "+88800000000042"],
  ["street", "res_partner", "Street 42"],
  ["zip", "res_partner", "00042"],
  ["login", "res_users", "user42"],
  ["url", "website", "https://example.invalid/42"],
] as const)("%s of %s is %s", async (name, table, expected) =>
  expect(await mask(name, "text", SECRET, 42, {}, table)).toBe(expected),
);

test("rows that Odoo owns stay usable", async () => {
  expect(await mask("login", "text", "admin@firm.com", 2, {}, "res_users")).toBe("admin");
  expect(await mask("login", "text", "__system__", 1, {}, "res_users")).toBe("__system__");
  expect(await mask("name", "text", "O'Own Company", 1, {}, "res_partner")).toBe("O'Own Company");
});

test("a masked IBAN keeps country and length and has valid check digits", async () => {
  for (const iban of ["FR7630006000011234567890189", "DE89370400440532013000", "NO9386011117947"]) {
    const masked = String(await mask("bank-account", "varchar", iban, 123456));
    expect([masked.slice(0, 2), masked.length]).toEqual([iban.slice(0, 2), iban.length]);
    const digits = [...(masked.slice(4) + masked.slice(0, 4))].map((c) => Number.parseInt(c, 36)).join("");
    expect(BigInt(digits) % 97n).toBe(1n);
  }
  expect(await mask("bank-account", "varchar", "123-456")).toBe("MASK42");
});

test("translated texts keep their languages, company values their companies, properties their ids", async () => {
  expect(await mask("translated", "jsonb", '{"en_US": "A", "fr_FR": "B", "x@y.z": "C"}')).toEqual({
    en_US: "Text 42",
    fr_FR: "Text 42",
  });
  expect(await mask("company-dependent", "jsonb", '{"1": "A", "2": 3, "A": "B"}')).toEqual({ 1: "Text 42", 2: 3 });
  expect(await mask("properties", "jsonb", '{"0123456789abcdef": "A", "fedcba9876543210": true}')).toEqual({
    "0123456789abcdef": null,
    fedcba9876543210: true,
  });
});

test("a token is stable for the key of the run and different for another row", async () => {
  const [first, again, other] = [
    await mask("token", "text", "a"),
    await mask("token", "text", "b"),
    await mask("token", "text", "a", 43),
  ];
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
});

test("the own company's name is taken from its own row, never from what another row says of it", async () => {
  const of = column("commercial_company_name", "varchar");
  const context = {
    table: "res_partner",
    column: of,
    subject: { table: "res_partner", id: "t.parent", own: false },
    reserved,
    reads: new Set<string>(),
  };
  const [row] = await session.query(
    `SELECT ${maskExpression("name", context)} AS masked FROM (SELECT 1 AS parent, $1::varchar AS commercial_company_name) AS t`,
    [`${SECRET}, a person`],
  );
  expect(row).toEqual({ masked: "O'Own Company" });
});
