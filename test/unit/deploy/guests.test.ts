import { describe, expect, test } from "vitest";
import {
  asOdooServer,
  guestsAmong,
  isOwnService,
  type SessionGroup,
  strangersAmong,
} from "../../../src/deploy/guests.ts";

const session = (more: Partial<SessionGroup>): SessionGroup => ({
  ...{ role: "odoo", application: "", client: "a local socket", count: 1, mayEnd: true },
  ...more,
});
const none = { roles: [], applications: [], clients: [] };

describe("sessions that are not the service's own for certain", () => {
  test.each<[string, Partial<SessionGroup>, boolean]>([
    ["Odoo until 16", {}, false],
    ["Odoo with its process id", { application: "odoo-1234" }, false],
    ["Odoo by a name", { application: "odoo" }, false],
    ["another role", { role: "metabase" }, true],
    ["an ETL of the same role", { application: "PostgreSQL JDBC Driver" }, true],
    ["a person", { application: "psql" }, true],
    ["a name by the service's environment", { application: "odoo-production" }, false],
    ["by db_app_name", { application: "erp-4711" }, false],
  ])("%s", (_, more, strange) => {
    expect(strangersAmong([session(more)], { role: "odoo", name: "erp-{pid}" })).toHaveLength(strange ? 1 : 0);
  });
});

describe("sessions that may be ended", () => {
  const expendable = { roles: ["metabase*"], applications: ["pgAdmin*", "psql"], clients: ["10.0.0.*"] };
  test.each<[string, Partial<SessionGroup>, boolean]>([
    ["by role", { role: "metabase_ro" }, true],
    ["by application", { application: "pgAdmin 4 - DB:erp" }, true],
    ["by address", { client: "10.0.0.7" }, true],
    ["a refresh of ours", { application: "odoo-refresh:production:abc:copy-0" }, true],
    ["none of these", { application: "psql2", client: "10.0.1.7" }, false],
  ])("%s", (_, more, may) => {
    expect(guestsAmong([session(more)], expendable)).toHaveLength(may ? 0 : 1);
  });

  test("nobody else's by default", () => {
    expect(guestsAmong([session({ application: "psql" })], none)).toHaveLength(1);
  });
});

describe("an Odoo server", () => {
  const process = (...argv: string[]) => asOdooServer({ pid: 7, session: 7, listens: [], argv });
  test.each<[string, string[], object]>([
    [
      "a script with its interpreter",
      ["/opt/venv/bin/python3", "/opt/odoo/odoo-bin", "-c", "/etc/odoo.conf"],
      { config: "/etc/odoo.conf" },
    ],
    [
      "Debian's",
      ["/usr/bin/python3", "/usr/bin/odoo", "--config=/etc/odoo/odoo.conf"],
      { config: "/etc/odoo/odoo.conf" },
    ],
    ["started from its folder", ["./odoo-bin", "-d", "ACME-Prod"], { database: "ACME-Prod" }],
    ["by options of the interpreter", ["python3", "-u", "odoo-bin", "--database=x"], { database: "x" }],
    ["of an older series", ["/usr/bin/openerp-server"], {}],
  ])("%s", (_, argv, found) => {
    expect(process(...argv)).toMatchObject(found);
  });

  test.each([
    ["an update that ends by itself", ["python3", "odoo-bin", "-u", "sale", "--stop-after-init"]],
    ["a shell", ["python3", "odoo-bin", "shell", "-c", "x"]],
    ["an editor of its configuration", ["vim", "/etc/odoo/odoo.conf"]],
    ["another program", ["/usr/sbin/nginx"]],
  ])("is not %s", (_, argv) => {
    expect(process(...argv)).toBeUndefined();
  });
});

describe("the environment's own service", () => {
  const process = (more: object) => ({ pid: 7, session: 7, listens: [], argv: ["odoo-bin"], ...more });
  const systemd = (unit: string) => ({ service: { kind: "systemd" as const, unit }, port: 8069 });
  test.each([
    [
      "by its unit, where another user's sockets are not shown",
      { unit: "odoo-production.service" },
      systemd("odoo-production"),
      true,
    ],
    ["by its unit with its kind", { unit: "odoo-production.service" }, systemd("odoo-production.service"), true],
    [
      "by its port",
      { listens: [8069] },
      { service: { kind: "custom" as const, command: ["/opt/run"] }, port: 8069 },
      true,
    ],
    ["not an older unit", { unit: "odoo.service" }, systemd("odoo-production"), false],
    ["not another port", { listens: [8070] }, systemd("odoo-production"), false],
  ])("%s", (_, more, own, is) => {
    expect(isOwnService(process(more), own)).toBe(is);
  });
});
