import { describe, expect, it } from "vitest";
import { parsePipelineFile } from "../../../src/environment/pipeline-file.ts";
import { branchOrder, environmentOf, neighboursOf, resolveInstance } from "../../../src/environment/resolve.ts";
import { ExpectedError } from "../../../src/platform/errors.ts";

const FILE = ".github/odoo-pipeline.yml";

const MINIMAL = `version: 1
odoo:
  series: "19.0"
  command: /opt/odoo/odoo-bin
  addons: [addons]
nodes:
  server: { host: odoo.example.com, user: odoo }
environments:
  production: { role: production, branch: production, url: https://odoo.example.com }
  staging: { role: staging, branch: staging, url: https://staging.example.com }
  development: { role: development, branch: dev, url: https://dev.example.com }
`;

function failureOf(source: string): ExpectedError {
  try {
    parsePipelineFile(source, FILE);
  } catch (error) {
    if (error instanceof ExpectedError) return error;
    throw error;
  }
  throw new Error("the pipeline file was accepted");
}

describe("parsePipelineFile", () => {
  it("fills in every default", () => {
    const file = parsePipelineFile(MINIMAL, FILE);
    const retention = { golden: 7 * 86_400_000, previous: 1 };
    expect(file.refresh).toEqual({
      rules: [],
      leave_out: [],
      run_on: "target",
      require_enforced: false,
      trust_statistics: false,
      validate_foreign_keys: false,
      large_objects: "skip",
      oauth: "off",
      max_snapshot: 6 * 3_600_000,
      retention,
    });
    expect(file.policies).toEqual({
      ...{ update_timeout: 1_800_000, health_timeout: 120_000, require_masked_copy: true },
      end_sessions: { roles: [], applications: [], clients: [] },
    });
    expect(file.odoo.install).toEqual([]);
  });

  it("reads rules, services and policies", () => {
    const file = parsePipelineFile(
      `${MINIMAL}refresh:
  rules:
    - { columns: res_partner.x_*, mask: text }
    - { columns: fleet_vehicle.license_plate, keep: "company cars, no persons" }
    - { columns: x_log.payload, empty: true }
policies: { update_timeout: 2h, health_timeout: 90s }
`.replace(
        "staging: { role: staging, branch: staging, url",
        'staging: { role: staging, branch: staging, service: { kind: custom, command: ["/opt/instance", "staging"] }, url',
      ),
      FILE,
    );
    expect(file.refresh.rules).toHaveLength(3);
    expect(file.policies).toMatchObject({ update_timeout: 7_200_000, health_timeout: 90_000 });
    expect(file.environments.staging?.service).toEqual({ kind: "custom", command: ["/opt/instance", "staging"] });
  });

  it("reads the way to the source's server, with proof of who answers unless it is told otherwise", () => {
    const connection = "{ host: db.internal, database: erp, user: staging_reader, through: server }";
    const file = parsePipelineFile(
      `${MINIMAL}refresh: { connection: ${connection}, retention: { golden: 0s, previous: 3 } }\n`,
      FILE,
    );
    expect(file.refresh.connection).toEqual({
      ...{ host: "db.internal", port: 5432, database: "erp", user: "staging_reader" },
      ...{ tls: "verify-full", through: "server" },
    });
    expect(file.refresh.retention).toEqual({ golden: 0, previous: 3 });
  });

  const edit = (from: string, to: string) => MINIMAL.replace(from, to);
  const added = (text: string) => `${MINIMAL}${text}\n`;
  it.each<[string, string, number, string]>([
    [
      "a mistyped key at the top",
      edit("environments:", "enviroments:"),
      8,
      "unknown key enviroments: did you mean environments?",
    ],
    [
      "a mistyped key inside",
      edit("addons: [addons]", "adons: [addons]"),
      5,
      "unknown key adons: did you mean addons?",
    ],
    [
      "a mistyped key in a record",
      edit("production: { role: production, branch: production, url", "production: { ulr"),
      9,
      "unknown key ulr: did you mean url?",
    ],
    ["a key that resembles nothing", added("frobnicate: 1"), 12, "unknown key frobnicate: the top knows version, odoo"],
    ["a mistyped key of a rule", added("refresh: { rules: [{ columns: a.b, maks: text }] }"), 12, "did you mean mask?"],
    ["a missing key", edit("  command: /opt/odoo/odoo-bin\n", ""), 3, "odoo.command is missing (string)"],
    ["a series without quotes", edit('"19.0"', "19.0"), 3, 'odoo.series must be one of "14.0"'],
    ["a series that does not exist", edit('"19.0"', '"13.0"'), 3, "odoo.series must be one of"],
    ["a relative command", edit("/opt/odoo/odoo-bin", "odoo-bin"), 4, "odoo.command must be an absolute path"],
    [
      "a folder that leaves the repository",
      edit("[addons]", "[../addons]"),
      5,
      "odoo.addons.0 must be a folder inside the repository",
    ],
    [
      "a host with an option in it",
      edit("odoo.example.com, user", "-oProxyCommand=x, user"),
      7,
      "nodes.server.host must be a host name",
    ],
    ["a node without a user", edit(", user: odoo", ""), 7, "nodes.server needs user, the SSH login"],
    [
      "a node nobody described",
      edit("production: {", "production: { node: sever,"),
      9,
      "names the node sever, which is not described: did you mean server?",
    ],
    [
      "an address with a path",
      edit("https://staging.example.com", "https://staging.example.com/web"),
      10,
      "must be a web address without a path",
    ],
    [
      "a reason that is none",
      added('refresh: { rules: [{ columns: a.b, keep: "ok" }] }'),
      12,
      "keep must give the reason",
    ],
    [
      "a rule without a verdict",
      added("refresh: { rules: [{ columns: a.b }] }"),
      12,
      "refresh.rules.0 must have exactly one of",
    ],
    ["an environment without a role", edit("role: staging, ", ""), 10, "environments.staging.role must be one of"],
    ["an environment without a branch", edit("branch: staging, ", ""), 10, "environments.staging.branch is missing"],
    ["a second production", edit("role: development", "role: production"), 11, "must not be production again"],
    ["no production", edit("role: production", "role: development"), 9, "must have one with role: production"],
    ["no staging", edit("role: staging", "role: development"), 9, "must have one with role: staging"],
    [
      "one folder for two",
      edit("url: https://dev", "base: /srv/odoo/staging, url: https://dev"),
      11,
      "environments.development.base must not be that of staging",
    ],
    [
      "one odoo.conf for two",
      edit("url: https://dev", "config: /srv/odoo/production/odoo.conf, url: https://dev"),
      11,
      "environments.development.config must not be that of production",
    ],
    [
      "one unit for two",
      edit("url: https://dev", "service: { kind: systemd, unit: odoo-staging }, url: https://dev"),
      11,
      "environments.development.service must not be that of staging",
    ],
    [
      "one address for two",
      edit("https://dev.example.com", "https://Staging.example.com"),
      11,
      "environments.development.url must not be that of staging",
    ],
    [
      "a way through a node nobody described",
      added("refresh: { connection: { host: db, database: erp, user: reader, through: sever } }"),
      12,
      "names the node sever, which is not described: did you mean server?",
    ],
    [
      "a password in the file",
      added("refresh: { connection: { host: db, database: erp, user: reader, password: secret } }"),
      12,
      "unknown key password",
    ],
    [
      "an unknown trust",
      added("refresh: { connection: { host: db, database: erp, user: reader, tls: prefer } }"),
      12,
      "refresh.connection.tls",
    ],
    [
      "one branch for two roles",
      edit("branch: dev", "branch: staging"),
      11,
      "must be another branch than that of staging",
    ],
    [
      "a bad duration",
      added("policies: { update_timeout: 30 minutes }"),
      12,
      "must be a duration such as 90s, 30m, 2h or 7d",
    ],
    [
      "a custom service without a program",
      edit("staging: {", "staging: { service: { kind: custom, command: [run] },"),
      10,
      "must begin with the absolute path",
    ],
    [
      "an unknown kind of service",
      edit("staging: {", "staging: { service: { kind: docker },"),
      10,
      "must have a kind: systemd (with unit) or custom",
    ],
    ["a bad name of an environment", edit("staging: {", "Staging: {"), 10, "must be a name of lower-case letters"],
    ["another version", edit("version: 1", "version: 2"), 1, "version must be 1"],
    ["broken YAML", edit("[addons]", "[addons"), 6, "not valid YAML"],
    ["a key given twice", added("version: 1"), 12, "not valid YAML"],
    ["an empty file", "", 1, "is missing"],
    ["a list", "- 1\n- 2\n", 1, "must be a mapping of keys, found a list"],
  ])("refuses %s with its place", (_, source, line, message) => {
    const failure = failureOf(source);
    expect(failure.message).toContain(message);
    expect(failure.code).toBe("invalid-pipeline-file");
    expect(failure.location).toEqual({ file: FILE, line });
  });

  it("lists all problems at once, in the order of the file", () => {
    const { message } = failureOf(edit('"19.0"', '"9"').replace("addons: [addons]", "adons: [addons]"));
    expect(
      message
        .split("\n")
        .slice(1)
        .map((line) => line.split(":")[0]?.trim()),
    ).toEqual(["line 3, column 11", "line 5, column 3"]);
  });
});

describe("resolveInstance", () => {
  it("derives folder, configuration, service and node", () => {
    expect(resolveInstance(parsePipelineFile(MINIMAL, FILE), "staging")).toEqual({
      name: "staging",
      role: "staging",
      url: "https://staging.example.com",
      base: "/srv/odoo/staging",
      config: "/srv/odoo/staging/odoo.conf",
      odooCommand: "/opt/odoo/odoo-bin",
      series: "19.0",
      service: { kind: "systemd", unit: "odoo-staging" },
      nodeName: "server",
    });
  });

  it("puts the configuration below a base of its own", () => {
    const source = MINIMAL.replace("staging: {", "staging: { base: /data/stg,");
    expect(resolveInstance(parsePipelineFile(source, FILE), "staging").config).toBe("/data/stg/odoo.conf");
  });

  it("names the environments that exist when one does not", () => {
    const file = parsePipelineFile(MINIMAL, FILE);
    expect(() => resolveInstance(file, "stagging")).toThrow(
      "describes no environment stagging; it describes production",
    );
  });

  it("tells what is beside it on its node", () => {
    const file = parsePipelineFile(MINIMAL, FILE);
    const names = neighboursOf(file, resolveInstance(file, "staging")).map(({ name }) => name);
    expect(names).toEqual(["production", "development"]);
  });

  it("finds environments and branches by role, whatever their names", () => {
    const file = parsePipelineFile(
      MINIMAL.replace("production: { role", "live: { role")
        .replace("staging: { role", "qa: { role")
        .replace("branch: production", "branch: main"),
      FILE,
    );
    expect([environmentOf(file, "production"), environmentOf(file, "staging")]).toEqual(["live", "qa"]);
    expect(branchOrder(file)).toEqual(["dev", "staging", "main"]);
  });
});
