import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { ExpectedError } from "../platform/errors.ts";
import type { Session } from "../platform/postgres.ts";

/** The record of a masked copy as it is stored and signed: the exact JSON text, and who vouches for it. */
export interface SignedManifest {
  text: string;
  /** Ed25519 over the UTF-8 bytes of the text, base64. */
  signature?: string;
  /** First 16 hexadecimal digits of the SHA-256 of the public key (SPKI, DER). */
  keyId?: string;
}

/** Signs a manifest with a private key (PEM, Ed25519); without a key it stays unsigned. */
export function signManifest(text: string, privateKey: string | undefined): SignedManifest {
  if (privateKey === undefined) return { text };
  const key = parseKey("signing-key", () => createPrivateKey(privateKey));
  return { text, signature: sign(null, Buffer.from(text), key).toString("base64"), keyId: keyId(createPublicKey(key)) };
}

/** What is wrong with the manifest of a copy, or undefined when it is clean and, where a key is given, signed by it. */
export function manifestProblem(manifest: SignedManifest | undefined, publicKey?: string): string | undefined {
  if (!manifest) return "has no manifest";
  if (!saysClean(manifest.text)) return "has a manifest that does not say that it is masked and verified";
  if (publicKey === undefined) return undefined;
  if (manifest.signature === undefined) return "has a manifest without a signature";
  const key = parsePublicKey(publicKey);
  const genuine = verify(null, Buffer.from(manifest.text), key, Buffer.from(manifest.signature, "base64"));
  return genuine ? undefined : `has a manifest that key ${keyId(key)} of refresh.manifest_public_key did not sign`;
}

function saysClean(text: string): boolean {
  try {
    return (JSON.parse(text) as { clean?: unknown } | null)?.clean === true;
  } catch {
    return false;
  }
}

/** Do both keys belong together? Private as PEM; public as PEM or base64 of its SPKI. */
export function isKeyPair(privateKey: string, publicKey: string): boolean {
  const own = createPublicKey(parseKey("signing-key", () => createPrivateKey(privateKey)));
  return own.equals(parsePublicKey(publicKey));
}

/** Is this an Ed25519 public key, as PEM or base64 of its SPKI? */
export function isPublicKey(text: string): boolean {
  try {
    parsePublicKey(text);
    return true;
  } catch {
    return false;
  }
}

function parsePublicKey(text: string): KeyObject {
  return parseKey("refresh.manifest_public_key", () =>
    text.includes("-----BEGIN")
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text, "base64"), format: "der", type: "spki" }),
  );
}

function parseKey(where: string, parse: () => KeyObject): KeyObject {
  try {
    const key = parse();
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // The reason might show a part of the key.
  }
  throw new ExpectedError({
    code: "invalid-signing-key",
    message: `The key in ${where} cannot be used to sign manifests.`,
    remedy: "Make an Ed25519 pair: openssl genpkey -algorithm ed25519; the public half: openssl pkey -pubout.",
  });
}

const keyId = (key: KeyObject) =>
  createHash("sha256")
    .update(key.export({ format: "der", type: "spki" }))
    .digest("hex")
    .slice(0, 16);

/** Writes the manifest of run `id` into the copy; the parsed form beside the text follows from it. */
export async function storeManifest(copy: Session, id: string, { text, ...by }: SignedManifest): Promise<void> {
  await copy.query(
    `CREATE SCHEMA IF NOT EXISTS _pipeline;
     CREATE TABLE IF NOT EXISTS _pipeline.manifest (id text PRIMARY KEY, written_at timestamptz NOT NULL DEFAULT now(), document text NOT NULL,
       manifest jsonb NOT NULL GENERATED ALWAYS AS (document::jsonb) STORED, signature text, key_id text)`,
  );
  await copy.query(
    `INSERT INTO _pipeline.manifest (id, document, signature, key_id) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id) DO UPDATE SET document = EXCLUDED.document, signature = EXCLUDED.signature, key_id = EXCLUDED.key_id, written_at = now()`,
    [id, text, by.signature, by.keyId],
  );
}

/** The newest manifest that a database carries, or undefined. */
export async function newestManifest(database: Session): Promise<SignedManifest | undefined> {
  const [table] = await database.query<{ there: boolean }>(
    "SELECT to_regclass('_pipeline.manifest') IS NOT NULL AS there",
  );
  if (!table?.there) return undefined;
  // As one value, so that a table of another shape reads as a manifest that says nothing.
  const [row] = await database.query<{ row: Record<string, unknown> }>(
    "SELECT to_jsonb(m) AS row FROM _pipeline.manifest AS m ORDER BY m.written_at DESC LIMIT 1",
  );
  if (!row) return undefined;
  const { document, manifest, signature, key_id } = row.row;
  return {
    text: typeof document === "string" ? document : JSON.stringify(manifest ?? null),
    ...(typeof signature === "string" ? { signature } : {}),
    ...(typeof key_id === "string" ? { keyId: key_id } : {}),
  };
}
