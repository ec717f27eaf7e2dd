import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isKeyPair, isPublicKey, manifestProblem, signManifest } from "../../../src/environment/copy-manifest.ts";

const pair = (type: "ed25519" | "x25519" = "ed25519") => {
  const { privateKey, publicKey } = generateKeyPairSync(type as "ed25519");
  const spki = publicKey.export({ format: "der", type: "spki" }).toString("base64");
  const pem = { privateKey: privateKey.export({ format: "pem", type: "pkcs8" }).toString() };
  return { ...pem, publicKey: publicKey.export({ format: "pem", type: "spki" }).toString(), spki };
};
const own = pair();
const other = pair();
const CLEAN = JSON.stringify({ id: "1-1", clean: true });

test("a clean manifest is accepted, and with a key only when that key signed it", () => {
  const signed = signManifest(CLEAN, own.privateKey);
  expect(signed.keyId).toMatch(/^[0-9a-f]{16}$/);
  expect(manifestProblem(signManifest(CLEAN, undefined))).toBeUndefined();
  expect(manifestProblem(signed)).toBeUndefined();
  for (const key of [own.publicKey, own.spki]) expect(manifestProblem(signed, key)).toBeUndefined();
});

describe("refused is", () => {
  test.each([
    ["no manifest", undefined, undefined, "has no manifest"],
    ["one that is not clean", signManifest('{"clean":false}', own.privateKey), own.publicKey, "does not say"],
    ["one that says clean as a text", signManifest('{"clean":"true"}', own.privateKey), own.publicKey, "does not say"],
    ["one that is no JSON", signManifest("clean: true", own.privateKey), own.publicKey, "does not say"],
    ["null", signManifest("null", own.privateKey), own.publicKey, "does not say"],
    ["an unsigned one where a key is asked for", signManifest(CLEAN, undefined), own.publicKey, "without a signature"],
    ["one signed by another key", signManifest(CLEAN, other.privateKey), own.publicKey, "did not sign"],
    ["one with a made-up signature", { text: CLEAN, signature: "AAAA" }, own.publicKey, "did not sign"],
  ])("%s", (_, manifest, key, problem) => {
    expect(manifestProblem(manifest, key)).toContain(problem);
  });

  test("any text but the signed one", () => {
    const { signature } = signManifest(CLEAN, own.privateKey);
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (more) => {
        const text = JSON.stringify({ ...more, clean: true });
        expect(manifestProblem({ text, signature: signature as string }, own.publicKey)).toContain("did not sign");
      }),
    );
  });
});

test("keys of another kind, and what is no key, are told without showing them", () => {
  expect(isKeyPair(own.privateKey, own.spki)).toBe(true);
  expect(isKeyPair(own.privateKey, other.publicKey)).toBe(false);
  expect(
    [own.publicKey, own.spki, pair("x25519").publicKey, own.privateKey.slice(0, 60), "", "key"].map(isPublicKey),
  ).toEqual([...[true, true], ...[false, false, false, false]]);
  for (const key of [pair("x25519").privateKey, "-----BEGIN PRIVATE KEY-----\nsecret\n"]) {
    expect(() => signManifest(CLEAN, key)).toThrow(expect.objectContaining({ code: "invalid-signing-key" }));
    expect(() => signManifest(CLEAN, key)).not.toThrow(/secret/);
  }
});
