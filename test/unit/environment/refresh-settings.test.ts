import { expect, test } from "vitest";
import { MASK_NAMES } from "../../../src/environment/mask-names.ts";
import { parsePipelineFile } from "../../../src/environment/pipeline-file.ts";
import { pipelineSchema } from "../../../src/environment/pipeline-schema.ts";
import { ExpectedError } from "../../../src/platform/errors.ts";

const BASE = `version: 1
odoo: { series: "19.0", command: /opt/odoo/odoo-bin }
nodes: { server: { host: odoo.example.com, user: odoo } }
environments:
  production: { role: production, branch: production, url: https://erp.example.com }
  staging: { role: staging, branch: staging, url: https://staging.example.com }
refresh: `;

/** The problems that the pipeline file is refused for, without their places; none when it is accepted. */
function problemsWith(refresh: string): string[] {
  try {
    parsePipelineFile(`${BASE}${refresh}\n`, "pipeline.yml");
    return [];
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    expect([error.code, error.location?.line]).toEqual(["invalid-pipeline-file", 7]);
    expect(error.remedy).toContain("odoo-pipeline.schema.json");
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.replace(/^.*?: /, ""));
  }
}

const reads = (more: string) => `connection: { host: db, database: erp, user: reader, ${more} }`;
const DURATION = "must be a duration such as 90s, 30m, 2h or 7d";
const COLUMNS = "must be table.column, where * stands for any characters";
const NAME = "must be a name of lower-case letters, digits and dashes";
const TLS = "must be one of disable, require, verify-ca, verify-full";
const MASKS = [...MASK_NAMES, "null"].join(", ");
const KEY = "must be an Ed25519 public key, as PEM or base64 of its SPKI";

const WRONG: [string, string][] = [
  ["run_on: here", 'refresh.run_on must be target or runner, found "here"'],
  ["rules: res_partner.x_*", 'refresh.rules must be a list, found "res_partner.x_*"'],
  ["rules: { columns: a.b, mask: text }", "refresh.rules must be a list, found a mapping"],
  ["rules: [a.b]", 'refresh.rules.0 must be a mapping of keys, found "a.b"'],
  ["rules: [{ mask: text }]", "refresh.rules.0.columns is missing (string)"],
  ["rules: [{ columns: 5, mask: text }]", `refresh.rules.0.columns ${COLUMNS}, found 5`],
  ["rules: [{ columns: res_partner, mask: text }]", `refresh.rules.0.columns ${COLUMNS}, found "res_partner"`],
  ["rules: [{ columns: 'a.b|.*', mask: text }]", `refresh.rules.0.columns ${COLUMNS}, found "a.b|.*"`],
  ["rules: [{ columns: a.b, mask: 5 }]", `refresh.rules.0.mask must be the name of a mask (${MASKS}), found 5`],
  [
    "rules: [{ columns: a.b, mask: pseudonym }]",
    `refresh.rules.0.mask must be the name of a mask (${MASKS}), found "pseudonym"`,
  ],
  [
    "rules: [{ columns: a.b, mask: txt }]",
    'refresh.rules.0.mask must be the name of a mask (did you mean text?), found "txt"',
  ],
  [
    "rules: [{ columns: a.b, mask: Text }]",
    'refresh.rules.0.mask must be the name of a mask (did you mean text?), found "Text"',
  ],
  ["leave_out: [rates]", 'refresh.leave_out.0 must be a mapping of keys, found "rates"'],
  [
    "leave_out: [{ object: rates, reason: nobody reads it }]",
    'refresh.leave_out.0.object must be the kind and name of an object, such as foreign table public.rates, found "rates"',
  ],
  [
    "leave_out: [{ object: event trigger audit, reason: none }]",
    'refresh.leave_out.0.reason must give the reason why the copy does not need it, found "none"',
  ],
  ["rules: [{ columns: a.b, empty: false }]", "refresh.rules.0.empty must be true, found false"],
  [
    "rules: [{ columns: a.b, empty: true, mask: text }]",
    'refresh.rules.0 must have exactly one of mask: <name>, keep: "<reason>" or empty: true',
  ],
  ["connection: db", 'refresh.connection must be a mapping of keys, found "db"'],
  ["connection: { database: erp, user: reader }", "refresh.connection.host is missing (string)"],
  ["connection: { host: db, user: reader }", "refresh.connection.database is missing (string)"],
  ["connection: { host: db, database: erp }", "refresh.connection.user is missing (string)"],
  [
    "connection: { host: -oProxy, database: erp, user: r }",
    'refresh.connection.host must be a host name or an address, found "-oProxy"',
  ],
  [
    "connection: { host: db, database: '', user: r }",
    'refresh.connection.database must be the name of a database, found ""',
  ],
  [
    "connection: { host: db, database: erp, user: 7 }",
    "refresh.connection.user must be the name of a PostgreSQL role, found 7",
  ],
  [reads("port: 0"), "refresh.connection.port must be at least 1, found 0"],
  [reads("port: 65536"), "refresh.connection.port must be at most 65535, found 65536"],
  [reads("port: '5432'"), 'refresh.connection.port must be a number, found "5432"'],
  [reads("port: 5432.5"), "refresh.connection.port must be a whole number, found 5432.5"],
  [reads("tls: prefer"), `refresh.connection.tls ${TLS}, found "prefer"`],
  [reads("tls: true"), `refresh.connection.tls ${TLS}, found true`],
  [
    reads("ca: /etc/ca.pem"),
    'refresh.connection.ca must be the authority\'s certificate, as PEM text, found "/etc/ca.pem"',
  ],
  [reads("through: Server"), `refresh.connection.through ${NAME}, found "Server"`],
  ["require_enforced: yes", 'refresh.require_enforced must be true or false, found "yes"'],
  ["trust_statistics: 1", "refresh.trust_statistics must be true or false, found 1"],
  ["validate_foreign_keys: null", "refresh.validate_foreign_keys must be true or false, found null"],
  ["large_objects: copy", 'refresh.large_objects must be skip or refuse, found "copy"'],
  ["oauth: true", "refresh.oauth must be off or keep, found true"],
  ["oauth: on", 'refresh.oauth must be off or keep, found "on"'],
  ["max_snapshot: 6", `refresh.max_snapshot ${DURATION}, found 6`],
  ["max_snapshot: 6 hours", `refresh.max_snapshot ${DURATION}, found "6 hours"`],
  ["max_snapshot: 0s", 'refresh.max_snapshot must be longer than 0s and at most 24d, found "0s"'],
  ["max_snapshot: 25d", 'refresh.max_snapshot must be longer than 0s and at most 24d, found "25d"'],
  ["manifest_public_key: abc", `refresh.manifest_public_key ${KEY}, found "abc"`],
  ["retention: 7d", 'refresh.retention must be a mapping of keys, found "7d"'],
  ["retention: { gold: 7d }", "unknown key gold: refresh.retention knows golden, previous"],
  ["retention: { golden: 7 }", `refresh.retention.golden ${DURATION}, found 7`],
  ["retention: { golden: -1d }", `refresh.retention.golden ${DURATION}, found "-1d"`],
  ["retention: { previous: -1 }", "refresh.retention.previous must be at least 0, found -1"],
  ["retention: { previous: 10 }", "refresh.retention.previous must be at most 9, found 10"],
  ["retention: { previous: 1.5 }", "refresh.retention.previous must be a whole number, found 1.5"],
];

test.each(WRONG)("refresh: { %s } is refused once, with what was found and what is meant", (setting, problem) => {
  expect(problemsWith(`{ ${setting} }`)).toEqual([problem]);
});

test("every setting of the refresh is among those that were given wrong", () => {
  const settings = Object.keys(pipelineSchema.shape.refresh.unwrap().shape);
  expect(settings.filter((name) => !WRONG.some(([setting]) => setting.startsWith(`${name}:`)))).toEqual([]);
});

test("what is long is not shown: it may be a private key in the wrong place", () => {
  const key = `-----BEGIN PRIVATE KEY-----${"secret".repeat(20)}`;
  const [problem] = problemsWith(`{ manifest_public_key: "${key}" }`);
  expect(problem).toBe(`refresh.manifest_public_key ${KEY}, found a text of ${key.length} characters`);
});

test("problems of several settings come together", () => {
  expect(problemsWith("{ run_on: here, large_objects: copy }").length).toBe(2);
});
