import { manifestProblem, newestManifest } from "../../environment/copy-manifest.ts";
import { ExpectedError } from "../../platform/errors.ts";
import type { Session } from "../../platform/postgres.ts";
import { type Manifest, type StoredManifest, sha256 } from "../verify/manifest.ts";

/** The record that a golden copy carries: as it was stored, and what it says. */
export interface GoldenProof {
  stored: StoredManifest;
  manifest: Manifest;
}

const KIND: Manifest["kind"] = "odoo-release-pipeline/copy@1";

/**
 * The record of a database that was just copied from the golden copy `name`. ExpectedError "unclean-golden-copy" unless it
 * says that the copy is clean and, where a public key is given, its other half signed it.
 */
export async function requireProof(copy: Session, name: string, publicKey?: string): Promise<GoldenProof> {
  const signed = await newestManifest(copy);
  const problem = manifestProblem(signed, publicKey);
  const manifest = signed && problem === undefined ? (JSON.parse(signed.text) as Manifest) : undefined;
  if (signed && manifest?.kind === KIND) {
    return { manifest, stored: { id: manifest.id, signed, sha256: sha256(signed.text) } };
  }
  throw new ExpectedError({
    code: "unclean-golden-copy",
    message: `The golden copy ${name} ${problem ?? "has a manifest of another kind"}, so no database is made from it.`,
    remedy: "Refresh staging from production in full (mode full); that makes a new golden copy.",
  });
}
