import { afterAll, beforeAll, expect, test } from "vitest";
import { newestManifest } from "../../../src/environment/copy-manifest.ts";
import type { RefreshRule } from "../../../src/environment/pipeline-schema.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import type { RefreshRequest } from "../../../src/refresh/request.ts";
import type { Manifest } from "../../../src/refresh/verify/manifest.ts";
import { quietDeps } from "../refresh/ground.ts";
import { LOANS, PREPARING, type ServedOdoo, startOdooGround } from "../refresh/odoo-ground.ts";

let ground: ServedOdoo;

const refresh = (id: string, rules: RefreshRule[], more: Partial<RefreshRequest> = {}) =>
  refreshDatabase(ground.request({ id, rules: [...rules, LOANS], ...more }), quietDeps());

beforeAll(async () => {
  ground = await startOdooGround();
}, PREPARING);

afterAll(() => ground?.remove());

test(
  "a clean copy of Odoo with its demo data gives no finding, though all kinds of values are looked for",
  async () => {
    await refresh("1-1", []);
    const manifest = await withSession({ ...ground.server.odoo, database: "staging" }, newestManifest);
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
    const run = refresh(id, rules);
    await expect(run).rejects.toMatchObject({ code: "verification-failed", message: expect.stringMatching(finding) });
    await expect(run).rejects.not.toThrow(/kanarienvogel|@/);
    const left = await ground.on("postgres", "SELECT datname FROM pg_database WHERE datname LIKE 'staging\\_\\_new%'");
    expect(left).toEqual([]);
  },
  PREPARING,
);

test(
  "a dry run compares with the copy that is staging, and warns of what a rule keeps",
  async () => {
    const rules = [{ columns: "res_partner.email", keep: KEEP }];
    const { plan } = await refresh("3-1", rules, { dryRun: true });
    expect(plan?.diff).toMatchObject({ added: [], removed: [], changed: [{ column: "res_partner.email" }] });
    expect(plan?.advisory).toContainEqual(expect.objectContaining({ column: "res_partner.email", detector: "e-mail" }));
  },
  PREPARING,
);
