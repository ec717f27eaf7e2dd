import { afterAll, beforeAll, expect, test } from "vitest";
import { MASK_NAMES, type MaskName } from "../../../src/environment/mask-names.ts";
import { connect, quoteLiteral, type Session } from "../../../src/platform/postgres.ts";
import { maskExpression } from "../../../src/refresh/plan/masks.ts";
import { MASK_KEY_SETTING } from "../../../src/refresh/plan/row.ts";
import { maskShape, type Shape } from "../../../src/refresh/plan/shapes.ts";
import { column } from "../../unit/refresh/facts.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";

let server: PostgresServer;
let session: Session;

beforeAll(async () => {
  server = await startPostgres();
  session = await connect(server.odoo, { search_path: "pg_catalog" });
  await session.query(`SELECT set_config('${MASK_KEY_SETTING}', 'key', false)`);
});

afterAll(async () => {
  await session?.end();
  await server?.stop();
});

// The words of a person, of every kind that a mask is for; and long ones, whose placeholders are long.
const TEXTS = [
  "Anna Aerts",
  "anna@real-company.com",
  "+32 470 12 34 56",
  "0470123456",
  "BE68 5390 0754 7034",
  "BE0477472701",
  "Station Road 7",
  "1030 Brussels",
  "<p>Anna called about her divorce</p>",
  "curriculum vitae Anna.pdf",
  "https://anna.example/secret",
  "1980-05-05",
  "a'b\\c\n\t%$&",
  "Anna is ill. ".repeat(300),
];
const JSONS = TEXTS.flatMap((text) => [
  { en_US: text },
  { en_US: text, fr_BE: text },
  { 1: text, 2: 7, 3: true },
  { "0123456789abcdef": text, fedcba9876543210: 12 },
  { [text]: text, nested: [text] },
  [text],
  text,
]).map((value) => JSON.stringify(value));

const TYPES = [
  { type: "text", of: column("value", "text"), values: TEXTS },
  {
    type: "varchar",
    of: column("value", "varchar", { type: "varchar(200)", maxLength: 200 }),
    values: TEXTS.slice(0, -1),
  },
  {
    type: "varchar",
    of: column("value", "varchar", { type: "varchar(12)", maxLength: 12 }),
    values: ["Anna Aerts", "0470123456", "a@b.com"],
  },
  { type: "jsonb", of: column("value", "jsonb"), values: JSONS },
];
const IDS = ["1", "42", "999999", "2147483647"];

/** Values, masked values and whether each has the shape, for rows with these ids. */
function masked(mask: MaskName, { type, of, values }: (typeof TYPES)[number], shape: Shape) {
  const table = "crm_lead";
  const reserved = { systemUsers: [], adminUser: 2, namedPartners: [], partnerNames: new Map() };
  const context = { table, column: of, subject: { table, id: "t.id", own: true }, reserved, reads: new Set<string>() };
  const fits = (value: string) => {
    const text =
      shape.without === undefined ? `${value}::text` : `replace(${value}::text, ${quoteLiteral(shape.without)}, '')`;
    return `${text} ~ ${quoteLiteral(shape.pattern)}`;
  };
  return session.query<{ id: string; value: string; masked: string | null; fits: boolean; own: boolean }>(
    `SELECT t.id, left(t.value::text, 60) AS value, left(m.v::text, 60) AS masked, coalesce(m.v::text = '' OR ${fits("m.v")}, true) AS fits, ${fits("t.value")} AS own
       FROM (SELECT i.id, v.value::${type} AS value FROM unnest($1::bigint[]) AS i(id), unnest($2::text[]) AS v(value)) AS t,
            LATERAL (SELECT ${maskExpression(mask, context)} AS v) AS m`,
    [IDS, values],
  );
}

// Big ids in narrow columns and accounts look like what they stand for: the scan looks at these one by one.
const MAY_NOT_FIT: ReadonlySet<MaskName> = new Set(["bank-account"]);
// What the masks themselves may give back: numbers and flags stay in bags by company, and some files keep a number for a name.
const MAY_BE_OWN = /^\{("[0-9a-f]+": (true|[0-9]{1,7})(, )?)*\}$|^0470123456$|^\{\}$|^\[\]$/;

const CASES = MASK_NAMES.flatMap((mask) =>
  TYPES.flatMap((type) => {
    const shape = maskShape(mask, { column: type.of, subjectTable: "crm_lead" });
    return shape ? [{ mask, shape, type, name: `${mask} as ${type.of.type}` }] : [];
  }),
);

test("every mask that gives a text of its own declares how it looks", () => {
  const without = MASK_NAMES.filter((mask) => !CASES.some((one) => one.mask === mask && one.type.of.type === "text"));
  expect(without.sort()).toEqual(
    [
      "attachment-file",
      "attachment-name",
      "attachment-url",
      "default-value",
      "parameter-value",
      "template-address",
    ].sort(),
  );
});

test.each(CASES)(
  "values of $name have the shape, and values that were let through have not",
  async ({ mask, type, shape }) => {
    const rows = await masked(mask, type, shape);
    expect(rows).toHaveLength(IDS.length * type.values.length);
    const misfits = rows.filter((row) => !row.fits && !(type.of.maxLength === 12 && row.id === "2147483647"));
    if (!MAY_NOT_FIT.has(mask)) expect(misfits).toEqual([]);
    else expect(misfits.filter((row) => Number(row.id) < 10_000_000)).toEqual([]);
    expect(rows.filter((row) => row.own && !MAY_BE_OWN.test(row.value))).toEqual([]);
  },
);
