import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { parsePipelineFile } from "../../../src/environment/pipeline-file.ts";
import { placeOf, refreshRequest, sourceThrough } from "../../../src/refresh/request-refresh.ts";
import { refreshRequestSchema } from "../../../src/refresh/request-schema.ts";

const base = `version: 1
odoo: { series: "19.0", command: /opt/odoo/odoo-bin }
nodes:
  production: { host: erp.example.com, user: odoo }
  testing: { host: test.example.com, user: odoo }
environments:
  production: { role: production, branch: production, url: https://erp.example.com, node: production }
  staging: { role: staging, branch: staging, url: https://staging.example.com, node: testing }
  development: { role: development, branch: dev, url: https://dev.example.com, node: testing }
`;
const connection = "connection: { host: db.internal, database: erp, user: reader }";
const file = (refresh = "") => parsePipelineFile(`${base}refresh: { ${refresh} }\n`, "pipeline.yml");
const wish = { id: "1-1", activate: "now", stagingPassword: "staging", dryRun: false } as const;

describe("refreshRequest", () => {
  it("reads the source through the connection, whose password is beside the pipeline file", () => {
    const request = refreshRequest(file(connection), "staging", { ...wish, sourcePassword: "of the reader" });
    expect(request.connection).toEqual({
      ...{ host: "db.internal", port: 5432, database: "erp", user: "reader", password: "of the reader" },
      tls: { mode: "verify-full", serverName: "db.internal" },
    });
    expect(request).not.toHaveProperty("sourcePassword");
    expect([request.source.name, request.target.name]).toEqual(["production", "staging"]);
    expect(request.options).toEqual({
      ...{ goldenMs: 604_800_000, keepPrevious: 1, requireEnforced: false, trustStatistics: false },
      ...{ validateForeignKeys: false, largeObjects: "skip", oauth: "off", maxSnapshotMs: 21_600_000 },
    });
  });

  it.each(["production", "golden"] as const)("hands on what becomes of single sign-on, from %s", (from) => {
    const target = from === "golden" ? "development" : "staging";
    const pipeline = file(`${connection}, oauth: keep`);
    const request = refreshRequest(pipeline, target, { ...wish, from, sourcePassword: "of the reader" });
    expect(refreshRequestSchema.parse(request).options?.oauth).toBe("keep");
  });

  it("makes a database of the golden copy without any way to production", () => {
    const branchDatabase = { name: "feature", expiresAt: "2026-12-01T00:00:00.000Z" };
    const request = refreshRequest(file(connection), "staging", { ...wish, from: "golden", branchDatabase });
    expect(request).not.toHaveProperty("connection");
    expect([request.source.name, request.target.name]).toEqual(["staging", "staging"]);
  });

  it.each([
    ["two nodes without a connection", file(), "staging", {}, "two-nodes", "connection: { host:"],
    [
      "a connection without its password",
      file(connection),
      "staging",
      {},
      "missing-source-password",
      "role's password",
    ],
    ["itself", file(), "production", {}, "production-protected", "another environment"],
    [
      "staging from its own golden copy",
      file(),
      "staging",
      { from: "golden" },
      "same-environment",
      "another environment",
    ],
    [
      "the golden copy on another node",
      parsePipelineFile(base.replace(/(development: .*)testing/, "$1production"), "pipeline.yml"),
      "development",
      { from: "golden" },
      "two-nodes",
      "production",
    ],
    [
      "a branch's database of production",
      file(connection),
      "staging",
      { sourcePassword: "x", branchDatabase: { name: "feature", expiresAt: "" } },
      "branch-of-production",
      "from to golden",
    ],
  ] as const)("refuses %s, and says what to write", (_, pipeline, environment, more, code, remedy) => {
    const refusal = () => refreshRequest(pipeline, environment, { ...wish, ...more });
    expect(refusal).toThrow(expect.objectContaining({ code, remedy: expect.stringContaining(remedy) }));
  });
});

describe("where a refresh runs, and through which node it reads production", () => {
  const oneNode = base.replaceAll("node: testing", "node: production");
  const through = (node: string) => connection.replace(" }", `, through: ${node} }`);
  it.each([
    ["next to the data by default", base, connection, {}, "target", undefined],
    ["next to the data, through another node", base, through("production"), {}, "target", "production"],
    ["next to the data, which reaches the server itself", base, through("testing"), {}, "target", undefined],
    ["on the runner, directly", base, `run_on: runner, ${connection}`, {}, "runner", undefined],
    [
      "on the runner, through production's node",
      base,
      `run_on: runner, ${through("production")}`,
      {},
      "runner",
      "production",
    ],
    ["on the runner, through staging's node", base, `run_on: runner, ${through("testing")}`, {}, "runner", "testing"],
    ["on the runner, by production's odoo.conf", oneNode, "run_on: runner", {}, "runner", "production"],
    ["the golden copy next to itself", oneNode, "run_on: runner", { from: "golden" }, "target", undefined],
  ] as const)("%s", (_, nodes, refresh, more, place, node) => {
    const pipeline = parsePipelineFile(`${nodes}refresh: { ${refresh} }\n`, "pipeline.yml");
    const environment = "from" in more ? "development" : "staging";
    const request = refreshRequest(pipeline, environment, { ...wish, sourcePassword: "of the reader", ...more });
    expect(placeOf(pipeline.refresh, request)).toBe(place);
    expect(sourceThrough(pipeline.refresh, request, place)).toBe(node);
  });

  it("does not read the odoo.conf of another node, on the runner neither", () => {
    expect(() => refreshRequest(file("run_on: runner"), "staging", wish)).toThrow(
      expect.objectContaining({ code: "two-nodes" }),
    );
  });
});

describe("a team that asks for signed manifests", () => {
  const pair = () => {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const spki = publicKey.export({ format: "der", type: "spki" }).toString("base64");
    return { signingKey: privateKey.export({ format: "pem", type: "pkcs8" }).toString(), spki };
  };
  const own = pair();
  const signing = file(`${connection}, manifest_public_key: ${own.spki}`);
  const asked = { ...wish, sourcePassword: "of the reader" };
  const branchDatabase = { name: "feature", expiresAt: "2026-12-01T00:00:00.000Z" };
  const golden = { ...wish, from: "golden", branchDatabase } as const;

  it("gets a request with its key", () => {
    const request = refreshRequest(signing, "staging", { ...asked, signingKey: own.signingKey });
    expect(request.signingKey).toBe(own.signingKey);
  });

  it.each([
    ["no key", {}],
    ["another key", { signingKey: pair().signingKey }],
  ])("is told before anything is copied that there is %s", (_, more) => {
    expect(() => refreshRequest(signing, "staging", { ...asked, ...more })).toThrow(
      expect.objectContaining({ code: "missing-signing-key" }),
    );
  });

  it("needs no key for a plan, nor for a copy of the golden copy", () => {
    expect(() => refreshRequest(signing, "staging", { ...asked, dryRun: true })).not.toThrow();
    expect(() => refreshRequest(signing, "staging", golden)).not.toThrow();
  });

  it("has the golden copy's manifest verified, and nothing else's in a refresh", () => {
    expect(refreshRequest(signing, "staging", golden).manifestPublicKey).toBe(own.spki);
    expect(refreshRequest(file(connection), "staging", golden)).not.toHaveProperty("manifestPublicKey");
    const fromProduction = refreshRequest(signing, "staging", { ...asked, signingKey: own.signingKey });
    expect(fromProduction).not.toHaveProperty("manifestPublicKey");
  });

  it("cannot give a key of another kind", () => {
    expect(() => file("manifest_public_key: c2VjcmV0")).toThrow(/Ed25519 public key/);
  });
});
