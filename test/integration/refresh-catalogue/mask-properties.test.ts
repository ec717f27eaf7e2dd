import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MASK_NAMES, type MaskName } from "../../../src/environment/mask-names.ts";
import { connect, type Session } from "../../../src/platform/postgres.ts";
import { maskExpression, nothingExpression } from "../../../src/refresh/plan/masks.ts";
import { MASK_KEY_SETTING, rowId } from "../../../src/refresh/plan/row.ts";
import { keepsUnique, TRAITS } from "../../../src/refresh/plan/traits.ts";
import { column, table } from "../../unit/refresh/facts.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase } from "../refresh/ground.ts";

let server: PostgresServer;
let session: Session;

beforeAll(async () => {
  server = await startPostgres();
  session = await connect(await makeDatabase(server.odoo, "masks"), { search_path: "pg_catalog" });
  await session.query("CREATE TABLE public.ir_model_fields (id integer, ttype text)");
  await useKey("first");
});

afterAll(async () => {
  await session?.end();
  await server?.stop();
});

const useKey = (key: string) => session.query("SELECT set_config($1, $2, false)", [MASK_KEY_SETTING, key]);
const reserved = { systemUsers: [], adminUser: 2, namedPartners: [3], partnerNames: new Map([[3, "Own"]]) };

// Masks that keep part of a value on purpose: their own tests look at them.
const KEEPING: MaskName[] = [
  "parameter-value",
  "template-address",
  "default-value",
  "attachment-name",
  "attachment-url",
  "attachment-file",
];
const MASKS = MASK_NAMES.filter((name) => !KEEPING.includes(name));

interface Kind {
  type: string;
  baseType?: string;
  maxLength?: number;
  notNull?: boolean;
  values: fc.Arbitrary<string>;
}

const SECRET = "Geheim";
const words = fc
  .string({ unit: "grapheme", maxLength: 300 })
  .map((text) => text.replaceAll("\0", ""))
  .chain((text) => fc.constantFrom(text, `${SECRET}${text}`, `${text}${SECRET}`, `FR76${SECRET}${text}`));
const long = fc.constantFrom(
  "",
  SECRET.repeat(17_000),
  "FR7630006000011234567890189",
  "be71-0961-2345-6769",
  "-- ' \\",
);
const text = fc.oneof({ weight: 4, arbitrary: words }, long);
const json = fc.jsonValue().map((value) => JSON.stringify(value).replaceAll(/\\u0000|\\ud[89a-f]../gi, ""));
const dates = fc.oneof(
  fc.constantFrom("infinity", "-infinity", "4714-11-24 BC", "5874897-12-31", "0001-01-01 BC", "2000-02-29"),
  fc
    .date({ min: new Date("0001-01-01"), max: new Date("9999-01-01"), noInvalidDate: true })
    .map((d) => d.toISOString()),
);
const times = fc.constantFrom("infinity", "-infinity", "4714-11-24 00:00:00 BC", "294276-12-31 23:59:59", "1999-12-31");
const numbers = fc.oneof(fc.constantFrom("NaN", "Infinity", "-Infinity", "-1e100", "0"), fc.float().map(String));
const integers = (bits: number) =>
  fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n }).map(String);

const KINDS: Kind[] = [
  { type: "text", values: text },
  { type: "character varying", baseType: "varchar", notNull: true, values: text },
  ...[1, 5, 10, 40, 200].map((maxLength) => ({
    type: `character varying(${maxLength})`,
    baseType: "varchar",
    maxLength,
    values: fc.string({ maxLength }).map((value) => value.replaceAll("\0", "")),
  })),
  { type: "jsonb", values: json },
  {
    type: "jsonb",
    notNull: true,
    values: fc.constantFrom('"Geheim"', "[1]", '{"Geheim": {"a": "Geheim"}}', "null", "{}"),
  },
  { type: "json", values: fc.constantFrom('{"Geheim": 1, "Geheim": 2}', "[]", "1") },
  { type: "bytea", values: fc.constantFrom("\\x", "\\x47656865696d") },
  { type: "date", values: dates },
  { type: "timestamp", values: times },
  { type: "timestamptz", values: times },
  { type: "numeric", values: numbers },
  { type: "numeric(10,2)", baseType: "numeric", values: fc.constantFrom("99999999.99", "-99999999.99", "NaN") },
  { type: "float8", values: numbers },
  { type: "int2", values: integers(16) },
  { type: "int4", notNull: true, values: integers(32) },
  { type: "int8", values: integers(64) },
  { type: "_text", values: fc.constantFrom("{}", "{Geheim,NULL}") },
  { type: "inet", values: fc.constantFrom("10.1.2.3", "::1/64") },
  { type: "uuid", values: fc.uuid() },
  { type: "bool", values: fc.constantFrom("t", "f") },
];

const ids = fc.oneof(fc.constantFrom(1, 2, 3, 2 ** 31 - 1, -1), fc.integer({ min: 1, max: 2 ** 31 - 1 }));

/** All masks, and "null", of one value in one statement; undefined where a mask does not fit the type. */
async function masked(kind: Kind, value: string | null, id: number): Promise<Record<string, string | null>> {
  const { type, maxLength, notNull = false } = kind;
  const of = column("value", kind.baseType ?? type, { type, maxLength, notNull });
  const context = {
    table: "thing",
    column: of,
    subject: { table: "thing", id: "t.id", own: true },
    reserved,
    reads: new Set<string>(),
  };
  const all = [...MASKS.map((name) => [name, maskExpression(name, context)]), ["null", nothingExpression(context)]];
  const list = all.flatMap(([name, sql]) => (sql === undefined ? [] : [`(${sql})::text AS "${name}"`]));
  const [row = {}] = await session.query<Record<string, string | null>>(
    `SELECT ${list.join(", ")} FROM (SELECT $1::bigint AS id, 0 AS field_id, $2::${type} AS value) AS t`,
    [id, value],
  );
  return row;
}

describe.each(KINDS)("a mask of $type, not null: $notNull", (kind) => {
  test("gives for any value one that fits, says nothing of it, and is the same again", async () => {
    await fc.assert(
      fc.asyncProperty(kind.values, ids, async (value, id) => {
        const [first, again] = [await masked(kind, value, id), await masked(kind, value, id)];
        expect(again).toEqual(first);
        for (const [name, result] of Object.entries(first)) {
          expect(result?.toLowerCase() ?? "", name).not.toContain(SECRET.toLowerCase());
          if (kind.maxLength !== undefined) expect(result?.length ?? 0, name).toBeLessThanOrEqual(kind.maxLength);
          if (kind.notNull) expect(result, name).not.toBeNull();
          const stays = name !== "null" && TRAITS[name as MaskName].null === "stays";
          if (stays && /^(text|character|json)/.test(kind.type)) expect(result, name).not.toBeNull();
        }
      }),
      { numRuns: 25 },
    );
  });

  test("leaves NULL as it is", async () => {
    const results = await masked({ ...kind, notNull: false }, null, 42);
    expect(Object.entries(results).filter(([, result]) => result !== null)).toEqual([]);
  });
});

test("masks that are said to tell rows apart do", async () => {
  const pairs = fc.tuple(ids, ids).filter(([a, b]) => a !== b && a > 3 && b > 3);
  const kinds = KINDS.filter((kind) => /^(text|character varying(\((10|40|200)\))?)$/.test(kind.type));
  await fc.assert(
    fc.asyncProperty(pairs, fc.constantFrom(...kinds), async ([a, b], kind) => {
      const [one, other] = [await masked(kind, "Geheim 12", a), await masked(kind, "Geheim 12", b)];
      const of = column("value", "varchar", { maxLength: kind.maxLength });
      const alike = Object.keys(one).filter((name) => one[name] === other[name] && one[name] !== null);
      expect(alike.filter((name) => name !== "null" && keepsUnique(name as MaskName, of, true))).toEqual([]);
    }),
    { numRuns: 50 },
  );
});

test("only tokens and barcodes depend on the key of the run", async () => {
  const kind = KINDS[0] as Kind;
  const first = await masked(kind, SECRET, 42);
  await useKey("second");
  const second = await masked(kind, SECRET, 42);
  await useKey("first");
  expect(Object.keys(first).filter((name) => first[name] !== second[name])).toEqual(["token", "barcode"]);
});

test("the whole key of a row stands for it: distinct, not negative, unknown without the key of the run", async () => {
  const of = table("pair", [column("a", "int4"), column("b", "text")]);
  const id = (rows: string) =>
    session.query<{ id: string }>(`SELECT (${rowId(of, ["a", "b"])})::text AS id FROM (VALUES ${rows}) AS t(a, b)`);
  const rows = (await id("(1, 'x'), (1, 'y'), (2, 'x'), (NULL, 'x')")).map((row) => row.id);
  expect(new Set(rows).size).toBe(4);
  expect(rows.filter((value) => !/^\d{1,19}$/.test(value))).toEqual([]);
  await useKey("second");
  const others = (await id("(1, 'x')")).map((row) => row.id);
  await useKey("first");
  expect(others).not.toContain(rows[0]);
});

test("a masked IBAN is one of the same country and length whose check digits are right, however it was written", async () => {
  const letter = fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  const digits = fc.stringMatching(/^[0-9]{12,32}$/);
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(letter, letter, digits, ids, fc.constantFrom(" ", "-", "")),
      async ([a, b, rest, id, gap]) => {
        const iban = `${a}${b}${rest}`.replaceAll(/(.{4})(?=.)/g, `$1${gap}`).toLowerCase();
        const result = (await masked(KINDS[0] as Kind, iban, id))["bank-account"] ?? "";
        expect([result.slice(0, 2), result.length]).toEqual([`${a}${b}`, rest.length + 2]);
        const number = [...(result.slice(4) + result.slice(0, 4))].map((c) => Number.parseInt(c, 36)).join("");
        expect(BigInt(number) % 97n).toBe(1n);
      },
    ),
    { numRuns: 50 },
  );
});
