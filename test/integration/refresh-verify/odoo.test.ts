import { appendFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newestManifest } from "../../../src/environment/copy-manifest.ts";
import type { RefreshRule } from "../../../src/environment/pipeline-schema.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshRequest } from "../../../src/refresh/request.ts";
import type { Manifest } from "../../../src/refresh/verify/manifest.ts";
import { installOdoo } from "../../workbench/odoo.ts";
import { consumerAddons, productionTemplate } from "../../workbench/odoo-database.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeInstance, quietDeps, requestFor } from "../refresh/ground.ts";

const PREPARING = 15 * 60_000;
const LOANS: RefreshRule = { columns: "library_loan.*", mask: "text" };

let server: PostgresServer;
let dir: string;
let request: (id: string, rules: RefreshRule[], more?: Partial<RefreshRequest>) => RefreshRequest;

beforeAll(async () => {
  const template = await productionTemplate();
  const odoo = await installOdoo(() => {});
  server = await startPostgres({ seed: template.seed });
  dir = await mkdtemp(join(tmpdir(), "refresh-scan-"));
  const instance = async (name: string) => {
    const made = await makeInstance(dir, name, { ...server.odoo, database: name });
    await appendFile(made.config, `addons_path = ${[...odoo.addonsPath, consumerAddons].join(",")}\n`);
    return { ...made, odooCommand: odoo.command };
  };
  await mkdir(join(dir, "production/data/filestore"), { recursive: true });
  await symlink(template.filestore, join(dir, "production/data/filestore/production"));
  const [production, staging] = [await instance("production"), await instance("staging")];
  request = (id, rules, more) => requestFor(production, staging, { id, rules: [...rules, LOANS], ...more });
}, PREPARING);

afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

test(
  "a clean copy of Odoo with its demo data gives no finding, though all kinds of values are looked for",
  async () => {
    await refreshDatabase(request("1-1", []), quietDeps());
    const manifest = await withSession({ ...server.odoo, database: "staging" }, newestManifest);
    const { scan, clean, plan } = JSON.parse(manifest?.text ?? "") as Manifest;
    expect(clean).toBe(true);
    expect(scan.findings).toEqual([]);
    expect(scan.columns).toBeGreaterThan(900);
    for (const kind of ["account", "e-mail", "name", "phone", "secret"]) expect(scan.known[kind]).toBeGreaterThan(0);
    expect(plan.length).toBeGreaterThan(3500);
    // Values that a person, Odoo's own rows or the neutralizing made are few kinds; a broken mask would be one more.
    const tables = new Set(scan.unlike.map(({ column }) => column.split(".")[0]));
    for (const broken of ["mail_message", "sale_order", "hr_employee"]) expect(tables).not.toContain(broken);
  },
  PREPARING,
);

const KEEP = "the team was in a hurry";
test.each<[string, RefreshRule[], RegExp]>([
  ["2-1", [{ columns: "res_partner.email", keep: KEEP }], /res_partner\.email: known e-mail \(\d+ different\)/],
  ["2-2", [{ columns: "res_partner.phone", keep: KEEP }], /res_partner\.phone: known phone/],
  ["2-3", [{ columns: "res_partner.name", keep: KEEP }], /res_partner\.name: known name/],
  [
    "2-4",
    [
      { columns: "res_users.password", keep: KEEP },
      { columns: "mail_message.body", keep: KEEP },
    ],
    /mail_message\.body: known name/,
  ],
])(
  "rules that keep what must not be kept (%s) end the refresh",
  async (id, rules, finding) => {
    const run = refreshDatabase(request(id, rules), quietDeps());
    await expect(run).rejects.toMatchObject({ code: "verification-failed", message: expect.stringMatching(finding) });
    await expect(run).rejects.not.toThrow(/kanarienvogel|@/);
    const left = await withSession(server.odoo, (session) =>
      session.query("SELECT datname FROM pg_database WHERE datname LIKE 'staging\\_\\_new%'"),
    );
    expect(left).toEqual([]);
  },
  PREPARING,
);

test(
  "a dry run compares with the copy that is staging, and warns of what a rule keeps",
  async () => {
    const rules = [{ columns: "res_partner.email", keep: KEEP }];
    const { plan } = await refreshDatabase(request("3-1", rules, { dryRun: true }), quietDeps());
    expect(plan?.diff).toMatchObject({ added: [], removed: [], changed: [{ column: "res_partner.email" }] });
    expect(plan?.advisory).toContainEqual(expect.objectContaining({ column: "res_partner.email", detector: "e-mail" }));
  },
  PREPARING,
);
