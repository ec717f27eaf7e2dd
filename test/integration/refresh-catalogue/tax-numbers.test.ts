import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect, type Session } from "../../../src/platform/postgres.ts";
import { run } from "../../../src/platform/process.ts";
import { maskExpression } from "../../../src/refresh/plan/masks.ts";
import { maskShape } from "../../../src/refresh/plan/shapes.ts";
import { column } from "../../unit/refresh/facts.ts";
import { installOdoo } from "../../workbench/odoo.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase } from "../refresh/ground.ts";

// The library by which Odoo checks tax numbers says whether the masked ones are any.
const ORACLE = `
import json, sys
from stdnum.util import get_cc_module
def valid(number): return bool(number) and get_cc_module(number[:2], "vat").is_valid(number[2:])
json.dump([valid(number) for number in json.load(sys.stdin)], sys.stdout)
`;
const COUNTRIES = ["AT", "BE", "DE", "ES", "FR", "IT", "LU", "NL", "PL", "PT", "SE"];
// Numbers of companies that publish them, which the library accepts too.
const REAL = {
  AT: "ATU33864707",
  BE: "BE 0477.472.701",
  DE: "DE811569869",
  ES: "ESA28015865",
  FR: "FR23334175221",
  IT: "IT00743110157",
  LU: "LU 15027442",
  NL: "NL004495445B01",
  PL: "PL8567346215",
  PT: "PT501964843",
  SE: "SE556703748501",
};

let python: string;
beforeAll(async () => {
  ({ python } = await installOdoo());
}, 20 * 60_000);

async function accepted(numbers: (string | null)[]): Promise<boolean[]> {
  const { stdout } = await run(python, ["-c", ORACLE], { stdin: JSON.stringify(numbers) });
  return JSON.parse(stdout);
}

describe.each([14, 16, 18] as const)("on PostgreSQL %i", (version) => {
  let server: PostgresServer;
  let session: Session;

  beforeAll(async () => {
    server = await startPostgres({ version });
    session = await connect(await makeDatabase(server.odoo, "tax"), { search_path: "pg_catalog" });
  });

  afterAll(async () => {
    await session?.end();
    await server?.stop();
  });

  const vat = column("vat", "varchar");

  /** What the mask makes of values, and whether that has the shape which the proof expects. */
  async function masked(rows: { id: string; value: string | null }[], of = vat) {
    const context = {
      ...{ table: "res_partner", column: of, reads: new Set<string>() },
      subject: { table: "res_partner", id: "t.id", own: true },
      reserved: { systemUsers: [], namedPartners: [], partnerNames: new Map<number, string>() },
    };
    const { pattern = "" } = maskShape("vat", { column: of, subjectTable: "res_partner" }) ?? {};
    return await session.query<{ masked: string | null; fits: boolean | null; real: boolean | null }>(
      `SELECT v AS masked, v ~ $2 AS fits, replace(t.vat, ' ', '') ~ $2 AS real
         FROM (SELECT (r ->> 'id')::bigint AS id, r ->> 'value' AS vat, n
                 FROM jsonb_array_elements($1) WITH ORDINALITY AS rows(r, n)) AS t,
              LATERAL (SELECT ${maskExpression("vat", context)} AS v) AS m ORDER BY n`,
      [JSON.stringify(rows), pattern],
    );
  }

  const ids = fc.oneof(
    fc.constantFrom(1n, 999_999n, 1_000_000n, 999_999_000_000n, 2n ** 63n - 1n, -(2n ** 63n), -1n),
    fc.bigInt({ min: 1n, max: 2_000_000n }),
  );

  test("the masked number of any row is one of the same country, of the expected shape, and the same again", async () => {
    const values = await fc.sample(
      fc.tuple(fc.constantFrom(...COUNTRIES), ids, fc.constantFrom("0477472701", " 12.3", "-x", "")),
      4000,
    );
    const rows = values.map(([country, id, rest], at) => ({
      id: String(id),
      value: (at % 2 ? country : country.toLowerCase()) + rest,
    }));
    const results = await masked(rows);
    const valid = await accepted(results.map((result) => result.masked));
    const wrong = results.filter(
      ({ masked: number, fits }, at) => !valid[at] || !fits || !number?.startsWith(values[at]?.[0] ?? "?"),
    );
    expect(wrong).toEqual([]);
    expect(await masked(rows)).toEqual(results);
  });

  test("partners have numbers of their own", async () => {
    const rows = COUNTRIES.flatMap((country) =>
      Array.from({ length: 3000 }, (_, id) => ({ id: String(id + 1), value: country })),
    );
    expect(new Set((await masked(rows)).map((result) => result.masked)).size).toBe(rows.length);
  });

  test("a real number is accepted by the same library, and never has the shape of a masked one", async () => {
    const results = await masked(Object.values(REAL).map((value) => ({ id: "42", value })));
    expect(await accepted(Object.values(REAL))).toEqual(COUNTRIES.map(() => true));
    expect(results.map(({ real }) => real)).toEqual(COUNTRIES.map(() => false));
    const numbers = Object.values(REAL).map((value) => value.replaceAll(/[ .]/g, ""));
    expect(results.filter(({ masked: number }, at) => number === numbers[at])).toEqual([]);
  });

  test("NULL and nothing stay what they are; a number of another country goes away", async () => {
    const of = (value: string | null) => ({ id: "7", value });
    const others = [null, "", "/", "0477472701", "CHE-123.456.788 TVA", "GB123456782", "ü"].map(of);
    const results = await masked(others);
    expect(results.map((result) => result.masked)).toEqual([null, "", null, null, null, null, null]);
    const mandatory = await masked([of("GB123456782"), of("BE1")], { ...vat, notNull: true });
    expect(mandatory).toMatchObject([
      { masked: "/", fits: true },
      { masked: "BE0000000790", fits: true },
    ]);
  });
});
