import { afterAll, beforeAll, expect, test } from "vitest";
import { connect, quoteIdent, type Session } from "../../../src/platform/postgres.ts";
import * as catalogue from "../../../src/refresh/classification/catalogue/index.ts";
import { classify } from "../../../src/refresh/classification/classify.ts";
import { readFacts, type SourceFacts } from "../../../src/refresh/classification/facts.ts";
import { parseRules } from "../../../src/refresh/classification/rules.ts";
import { lintChecks, lintPlan } from "../../../src/refresh/plan/lint.ts";
import { type Plan, type PlannedTable, planCopy, selectStatement } from "../../../src/refresh/plan/plan.ts";
import { MASK_KEY_SETTING } from "../../../src/refresh/plan/row.ts";
import { readSchema } from "../../../src/refresh/schema/read.ts";
import { findCanaries, plantCanaries } from "../../workbench/canaries.ts";
import { CANARY_SQL } from "../../workbench/canary-values.ts";
import { productionTemplate } from "../../workbench/odoo-database.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";

// A real database of Odoo with canaries; what the catalogue lets through is seen without copying a row.
let server: PostgresServer;
let production: Session;
let demo: Session;
let facts: SourceFacts;
let plan: Plan;
let unclassified: string[];

beforeAll(async () => {
  const template = await productionTemplate();
  server = await startPostgres({ version: template.version, seed: template.seed });
  demo = await connect({ ...server.odoo, database: template.demo });
  const settings = { search_path: "pg_catalog", [MASK_KEY_SETTING]: "test" };
  production = await connect({ ...server.odoo, database: template.production }, settings);
  facts = await readFacts(production, await readSchema(production));
  const rules = parseRules(
    ["title", "remark"].map((column) => ({ columns: `library_loan.${column}`, mask: "text" as const })),
  );
  const classified = classify(facts, rules, catalogue);
  unclassified = classified.unclassified.map(({ table, column }) => `${table}.${column}`);
  plan = planCopy(classified.tables, facts);
}, 15 * 60_000);

afterAll(async () => {
  await production?.end();
  await demo?.end();
  await server?.stop();
});

test("every column of Odoo is classified, every mask fits its column and its constraints", async () => {
  expect(unclassified).toEqual([]);
  expect(plan.problems).toEqual([]);
  expect(lintPlan(plan, facts)).toEqual([]);
  expect(await lintChecks(production, plan, facts)).toEqual([]);
});

test("the canaries are in hundreds of columns, and each one that was planted is found", async () => {
  expect(await findCanaries(demo)).toEqual([]);
  const canaries = await plantCanaries(demo, { seed: "test" });
  const planted = canaries
    .filter(({ outcome }) => outcome === "planted")
    .map(({ table, column }) => `${table}.${column}`);
  expect(planted.length).toBeGreaterThan(450);
  expect(canaries.filter(({ outcome }) => outcome === "refused")).toEqual([]);
  expect(canaries.filter(({ outcome, reason }) => outcome !== "planted" && !reason)).toEqual([]);
  const found = (await findCanaries(demo)).map(({ table, column }) => `${table}.${column}`);
  expect(found.sort()).toEqual(planted.sort());
});

test("no masked row carries a canary, and none is NULL where it must not be", async () => {
  const before = (await findCanaries(production)).map(({ table }) => table);
  expect(before).toContain("res_partner");
  const copied = plan.tables.filter(({ columns }) => columns.length > 0);
  const faults: string[] = [];
  for (const table of copied) faults.push(...(await faultsOf(table)));
  expect(faults).toEqual([]);
});

async function faultsOf(table: PlannedTable): Promise<string[]> {
  const counts = table.columns.map(({ column }, i) => {
    const value = `x.${quoteIdent(column.name)}`;
    const text = column.baseType === "bytea" ? `encode(${value}, 'escape')` : `${value}::text`;
    return `count(*) FILTER (WHERE ${text} ~* '${CANARY_SQL}')::int AS c${i}, count(*) FILTER (WHERE ${value} IS NULL)::int AS n${i}`;
  });
  const [row = {}] = await production.query<Record<string, number>>(
    `SELECT ${counts.join(", ")} FROM (${selectStatement(table)}) AS x`,
  );
  return table.columns.flatMap(({ column }, i) => [
    ...(row[`c${i}`] ? [`canary in ${table.name}.${column.name}`] : []),
    ...(row[`n${i}`] && column.notNull ? [`NULL in ${table.name}.${column.name}`] : []),
  ]);
}
