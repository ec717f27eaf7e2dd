import { appendFile, mkdir, readFile, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Instance } from "../../../src/environment/resolve.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { run } from "../../../src/platform/process.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import { installOdoo } from "../../workbench/odoo.ts";
import { consumerAddons, productionTemplate } from "../../workbench/odoo-database.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { temporaryDirectory } from "../../workbench/temporary.ts";
import { makeInstance, quietDeps, requestFor } from "../refresh/ground.ts";

// Odoo itself is asked: what it would store for the masked originals, and whether that is what the refresh stored.
let server: PostgresServer;
let dir: string;
let differences: Differences;
let logins: Record<string, [outcome: boolean | "denied", share: boolean, name: string]>;

beforeAll(async () => {
  const template = await productionTemplate();
  const odoo = await installOdoo();
  dir = await temporaryDirectory("derived");
  server = await startPostgres({ version: template.version, seed: template.seed });
  const instance = async (name: string) => {
    const made = await makeInstance(dir, name, { ...server.odoo, database: name });
    await appendFile(made.config, `addons_path = ${[...odoo.addonsPath, consumerAddons].join(",")}\n`);
    return { ...made, odooCommand: odoo.command };
  };
  const production = await instance(template.demo);
  await mkdir(join(production.base, "data/filestore"), { recursive: true });
  await symlink(template.filestore, join(production.base, `data/filestore/${template.demo}`));
  const staging = await instance("staging");
  const rules = [{ columns: "library_loan.*", mask: "text" }];
  await shell(odoo.command, production, "odd-records.py");
  const before = await recompute(odoo.command, production);
  await refreshDatabase(requestFor(production, staging, { rules }), quietDeps());
  logins = resultOf(await shell(odoo.command, staging, "log-in.py"));
  differences = without(await recompute(odoo.command, staging), before);
}, 25 * 60_000);

afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function shell(odoo: string, { config, name }: Instance, file: string): Promise<string> {
  const args = ["shell", `--config=${config}`, `--database=${name}`, "--no-http", "--log-level=error"];
  const stdin = await readFile(join(import.meta.dirname, file), "utf8");
  return (await run(odoo, args, { stdin, timeoutMs: 10 * 60_000 })).stdout;
}

/** By column and id: what is stored, and what Odoo computes. */
type Differences = Record<string, Record<string, [stored: string, fresh: string]>>;

async function recompute(odoo: string, instance: Instance): Promise<Differences> {
  return resultOf(await shell(odoo, instance, "recompute.py"));
}

function resultOf<T>(printed: string): T {
  return JSON.parse(/^RESULT (.*)$/m.exec(printed)?.[1] ?? "");
}

/** What somebody wrote over the computed value, or what was stale, was so in production. */
function without(after: Differences, before: Differences): Differences {
  const news = Object.entries(after).map(([column, rows]) => {
    const kept = Object.entries(rows).filter(([id]) => before[column]?.[id] === undefined);
    return [column, Object.fromEntries(kept)] as const;
  });
  return Object.fromEntries(news.filter(([, rows]) => Object.keys(rows).length > 0));
}

// Where the row alone does not tell: another row would have to be read, and each change of it would change this one.
const EXCEPTIONS: Record<string, (stored: string, fresh: string) => boolean> = {
  // the name of the user who made an entry without a partner; the kind of an address that has no name
  "account_move.invoice_partner_display_name": (stored, fresh) =>
    stored.startsWith("#Created by: ") ? fresh.startsWith("#Created by: ") : /, (Invoice|Delivery|Other)$/.test(fresh),
  // the company of the lead's contact, where the lead has the contact's number only
  "crm_lead.partner_name": (stored) => /^Contact \d+$/.test(stored),
  // the description of a product, on which salesmen write what the customer wants
  "sale_order_line.name": (stored) => /^Text \d+/.test(stored),
  // the name of the record that an activity is about, of any model
  "mail_activity.res_name": (stored) => /^Text \d+$/.test(stored),
};

test("what Odoo computes from masked values is what is stored", () => {
  const unexpected = Object.entries(differences).flatMap(([column, rows]) =>
    Object.values(rows).flatMap((values) => (EXCEPTIONS[column]?.(...values) ? [] : [{ column, values }])),
  );
  expect(unexpected).toEqual([]);
});

test("the records for which that is not simple are there", async () => {
  const rows = await withSession({ ...server.odoo, database: "staging" }, (session) =>
    session.query<{ name: string; phone: string | null; email: string | null; account: string | null }>(
      `SELECT p.complete_name AS name, p.phone_sanitized AS phone, p.email_normalized AS email, b.sanitized_acc_number AS account
         FROM res_partner p LEFT JOIN res_partner_bank b ON b.partner_id = p.id
        WHERE p.id >= (SELECT max(id) - 8 FROM res_partner) ORDER BY p.id`,
    ),
  );
  expect(rows.map(({ name }) => name.replaceAll(/\d+/g, "#"))).toEqual([
    "Contact #",
    "Contact #",
    "Contact #, Contact #",
    "Contact #, Delivery",
    "Contact #, Invoice",
    "Contact #, Contact #",
    "Contact #",
    "Contact #",
    "YourCompany, Contact #",
  ]);
  expect(rows.filter(({ phone }) => phone?.startsWith("+888"))).toHaveLength(2);
  expect(rows.filter(({ account }) => /^(BE\d{14}|MASK\d+|FR\d{25})$/.test(account ?? ""))).toHaveLength(5);
});

test("the administrator, employees and portal users log in with the staging password, Odoo's own users never", () => {
  expect(logins.admin).toEqual([true, false, expect.stringMatching(/^Contact \d+$/)]);
  const people = Object.entries(logins).filter(([login]) => /^user\d+$/.test(login));
  expect(people.some(([, [, share]]) => share)).toBe(true);
  expect(people.filter(([, [outcome]]) => outcome !== true)).toEqual([]);
  const own = ["__system__", "public", "default", "portaltemplate"].filter((login) => logins[login] !== undefined);
  expect(own.length).toBeGreaterThan(2);
  expect(own.filter((login) => logins[login]?.[0] !== "denied")).toEqual([]);
  expect(logins.__system__?.[2]).toBe("OdooBot");
});
