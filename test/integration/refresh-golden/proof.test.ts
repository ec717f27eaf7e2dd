import { createHash, generateKeyPairSync } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { databaseOf } from "../../../src/refresh/golden/clone.ts";
import type { RefreshResult } from "../../../src/refresh/request.ts";
import { DAY, type GoldenGround, startGoldenGround } from "./ground.ts";

// What vouches for a database that is made from the golden copy, and what is refused.

const keyPair = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return {
    signingKey: privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
    manifestPublicKey: publicKey.export({ format: "der", type: "spki" }).toString("base64"),
  };
};
const [ours, another] = [keyPair(), keyPair()];

let ground: GoldenGround;
let kept: RefreshResult;

beforeAll(async () => {
  ground = await startGoldenGround();
  kept = await ground.keep({ signingKey: ours.signingKey });
});

afterAll(() => ground?.remove());

const record = async (path: string) =>
  JSON.parse(await readFile(join(ground.development.base, ".deploy", path), "utf8"));

test("the golden copy's record is the new database's: in it, beside it, and in the outputs", async () => {
  const result = await ground.develop({ manifestPublicKey: ours.manifestPublicKey });
  expect(result).toMatchObject({ activated: true, database: "development", manifestSha256: kept.manifestSha256 });
  const filed = await record("copy-manifest.json");
  expect(filed).toMatchObject({ id: kept.id, signature: expect.any(String), keyId: expect.any(String) });
  expect(createHash("sha256").update(filed.document).digest("hex")).toBe(result.manifestSha256);
  const rows = await withSession(databaseOf(ground.server.odoo, "development"), (session) =>
    session.query("SELECT document FROM _pipeline.manifest"),
  );
  expect(rows).toEqual([{ document: filed.document }]);
});

test("a branch's record is beside that of its environment, and goes when the branch's time is over", async () => {
  const before = await record("copy-manifest.json");
  const next = await ground.keep({ signingKey: ours.signingKey });
  const branch = (name: string, ms: number) =>
    ground.develop({ branchDatabase: { name, expiresAt: new Date(Date.now() + ms).toISOString() } });
  const result = await branch("feature-1", -1000);
  expect(result.manifestSha256).toBe(next.manifestSha256);
  expect(await record("copy-manifests/feature-1.json")).toMatchObject({ id: next.id });
  expect(await record("copy-manifest.json")).toEqual(before);
  await branch("feature-2", DAY);
  await expect(record("copy-manifests/feature-1.json")).rejects.toMatchObject({ code: "ENOENT" });
  expect(await record("copy-manifests/feature-2.json")).toMatchObject({ id: next.id });
});

const CLEAN = `UPDATE _pipeline.manifest SET document = document::jsonb || '{"rows": 7}'`;

test.each([
  ["says that it is not clean", `UPDATE _pipeline.manifest SET document = '{"clean": false}'`, {}, "does not say"],
  ["is of another kind", `UPDATE _pipeline.manifest SET document = '{"clean": true}'`, {}, "another kind"],
  ["is not there", "DELETE FROM _pipeline.manifest", {}, "has no manifest"],
  ["has no table", "DROP SCHEMA _pipeline CASCADE", {}, "no-golden-copy"],
  ["was changed after it was signed", CLEAN, ours, "did not sign"],
  ["lost its signature", "UPDATE _pipeline.manifest SET signature = NULL", ours, "without a signature"],
  ["another key signed", "SELECT", another, "did not sign"],
])("no database is made from a golden copy whose record %s; development stays", async (_, sql, key, problem) => {
  const { golden = "" } = await ground.keep({ signingKey: ours.signingKey });
  await ground.develop();
  const before = [await record("copy-manifest.json"), await ground.databases()];
  await ground.inGolden(golden, sql);
  const { manifestPublicKey } = key as Partial<typeof ours>;
  const failure = await ground.develop(manifestPublicKey === undefined ? {} : { manifestPublicKey }).catch((e) => e);
  const expected =
    problem === "no-golden-copy"
      ? { code: problem }
      : {
          code: "unclean-golden-copy",
          message: expect.stringContaining(problem),
          remedy: expect.stringMatching(/full/),
        };
  expect(failure).toMatchObject(expected);
  expect([await record("copy-manifest.json"), await ground.databases()]).toEqual(before);
});

test("without a key of the team a record needs no signature", async () => {
  await ground.keep();
  expect(await ground.develop()).toMatchObject({ activated: true });
  await expect(stat(ground.filestore("development"))).resolves.toBeDefined();
});
