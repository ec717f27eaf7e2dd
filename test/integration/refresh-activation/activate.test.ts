import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type SignedManifest, signManifest, storeManifest } from "../../../src/environment/copy-manifest.ts";
import { databaseNameFor, databasesWithPrefix } from "../../../src/environment/databases.ts";
import type { Instance } from "../../../src/environment/resolve.ts";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { activateCommand } from "../../../src/refresh/activation/activate-command.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeDatabase, makeInstance } from "../refresh/ground.ts";

const CLEAN = '{"clean":true,"rows":7}';
let dir: string;
let server: PostgresServer;
let target: Instance;
let copy: Connection;
let runs = 0;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "refresh-activation-"));
  server = await startPostgres();
  target = await makeInstance(dir, "staging", await makeDatabase(server.odoo, "staging", "CREATE TABLE old ()"));
});
afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true, force: true });
});

const id = () => `${runs}-1`;
beforeEach(async () => {
  runs += 1;
  copy = await makeDatabase(server.odoo, databaseNameFor("staging", "ready", id()), "CREATE TABLE new ()");
});

const pair = () =>
  generateKeyPairSync("ed25519", {
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
const ours = pair();
const store = (manifest: SignedManifest) => withSession(copy, (session) => storeManifest(session, id(), manifest));
const activate = (manifestPublicKey?: string) =>
  activateCommand({ id: id(), target, ...(manifestPublicKey === undefined ? {} : { manifestPublicKey }) });

async function isStaging(): Promise<boolean> {
  const names = await withSession(server.odoo, (session) => databasesWithPrefix(session, copy.database));
  return !names.includes(copy.database);
}

describe("with a public key of the team", () => {
  test("a copy that was signed by its other half becomes staging", async () => {
    await store(signManifest(CLEAN, ours.privateKey));
    expect(await activate(ours.publicKey)).toMatchObject({ activated: true, database: "staging" });
    expect(await isStaging()).toBe(true);
  });

  const signed = signManifest(CLEAN, ours.privateKey);
  test.each([
    ["signed with another key", signManifest(CLEAN, pair().privateKey), /did not sign/],
    ["whose text was changed after it was signed", { ...signed, text: CLEAN.replace("7", "8") }, /did not sign/],
    [
      "with another's signature under our key's name",
      { ...signManifest(CLEAN, pair().privateKey), keyId: signed.keyId as string },
      /did not sign/,
    ],
    ["without a signature", signManifest(CLEAN, undefined), /without a signature/],
    ["signed, but not clean", signManifest('{"clean":false}', ours.privateKey), /does not say/],
    ["with a signature that is none", { ...signed, signature: "bm9uZQ==" }, /did not sign/],
  ])("a manifest %s keeps the copy out, and staging as it is", async (_, manifest, problem) => {
    await store(manifest);
    await expect(activate(ours.publicKey)).rejects.toMatchObject({
      code: "unclean-copy",
      message: expect.stringMatching(problem),
    });
    expect(await isStaging()).toBe(false);
  });

  test("a row that was changed in place does not pass either", async () => {
    await store(signed);
    await withSession(copy, (session) =>
      session.query(`UPDATE _pipeline.manifest SET document = '{"clean":true,"rows":9}'`),
    );
    await expect(activate(ours.publicKey)).rejects.toMatchObject({ code: "unclean-copy" });
  });
});

test("without a key, a clean manifest is enough, and none is not", async () => {
  await expect(activate()).rejects.toMatchObject({
    code: "unclean-copy",
    message: expect.stringMatching(/no manifest/),
  });
  await store(signManifest(CLEAN, undefined));
  expect(await activate()).toMatchObject({ activated: true });
  expect(await isStaging()).toBe(true);
});
