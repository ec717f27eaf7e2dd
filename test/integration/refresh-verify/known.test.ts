import { afterAll, beforeAll, expect, test } from "vitest";
import type { RefreshRule } from "../../../src/environment/pipeline-schema.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshOptions } from "../../../src/refresh/request.ts";
import { type OneServer, quietDeps, requestFor, startOneServer } from "../refresh/ground.ts";

// A rule keeps remarks; what stands there is known of one row of production only, however that row writes it.
const SQL = `
  CREATE TABLE remarks (id integer PRIMARY KEY, note text);
  CREATE TABLE res_partner (id integer PRIMARY KEY, name text, email text, phone text);
  INSERT INTO res_partner VALUES (1, 'Marie Duvalier', NULL, NULL);
  CREATE TABLE crm_lead (id integer PRIMARY KEY, partner_id integer, contact_name text, email_from text, phone text);
  CREATE TABLE mail_message (id integer PRIMARY KEY, author_id integer, email_from text);
  CREATE TABLE hr_employee (id integer PRIMARY KEY, passport_id text);`;
const RULES: RefreshRule[] = [
  { columns: "remarks.note", keep: "somebody thought so" },
  { columns: "hr_employee.passport_id", mask: "identifier" },
];

let one: OneServer;
let runs = 0;

beforeAll(async () => {
  one = await startOneServer();
});

afterAll(() => one?.stop());

async function ground(sql: string) {
  const name = `known_${++runs}`;
  const { production, source, target } = await one.pair(name, SQL + sql);
  const refresh = (options: RefreshOptions = {}) =>
    refreshDatabase(requestFor(source, target, { id: `${++runs}-1`, rules: RULES, options }), quietDeps());
  return { refresh, change: (text: string) => withSession(production, (session) => session.query(text)) };
}

const refusal = (what: string) =>
  expect.objectContaining({ code: "verification-failed", message: expect.stringContaining(what) });

const lead = "INSERT INTO crm_lead (id, partner_id, contact_name, email_from, phone) VALUES (1, 1,";

test.each([
  [
    "name",
    "of a lead whose partner is another",
    `${lead} 'Ernestine Vandenbroucke', NULL, NULL)`,
    "ask Ernestine Vandenbroucke",
  ],
  [
    "e-mail",
    "of a lead whose partner has none",
    `${lead} NULL, 'e.v@family-firm.be', NULL)`,
    "to e.v@family-firm.be, please",
  ],
  ["phone", "of a lead whose partner has none", `${lead} NULL, NULL, '0475/12.34.56')`, "on 0475 12 34 56"],
  [
    "e-mail",
    "behind a name",
    `INSERT INTO mail_message VALUES (1, 1, '"E. V." <e.v@family-firm.be>')`,
    "e.v@family-firm.be",
  ],
  [
    "e-mail",
    "among others",
    "INSERT INTO mail_message VALUES (1, 1, 'a@b-c.be, e.v@family-firm.be')",
    "e.v@family-firm.be",
  ],
  ["identifier", "like a document's number", "INSERT INTO hr_employee VALUES (1, 'PA/123456')", "PA/123456"],
  [
    "name",
    "of six words",
    `${lead} 'Maria Del Carmen Lopez Garcia Fernandez', NULL, NULL)`,
    "Maria Del Carmen Lopez Garcia Fernandez asks",
  ],
])("a known %s %s is found", async (kind, _where, row, note) => {
  const { refresh } = await ground(`${row}; INSERT INTO remarks VALUES (1, '${note}')`);
  await expect(refresh()).rejects.toThrow(refusal(`remarks.note: known ${kind}`));
});

test("who becomes known after the golden copy is found in old rows of what a rule keeps", async () => {
  const { refresh, change } = await ground("INSERT INTO remarks VALUES (1, 'ask Ernestine Vandenbroucke')");
  const goldenMs = 86_400_000;
  await refresh({ mode: "full", goldenMs });
  await change("INSERT INTO res_partner VALUES (2, 'Ernestine Vandenbroucke', NULL, NULL)");
  await expect(refresh({ mode: "delta", goldenMs })).rejects.toThrow(refusal("remarks.note: known name"));
});
