import { createHash } from "node:crypto";

/** A file of a commit: mode as git writes it, blob id, path. */
export type ReleaseFile = readonly [mode: string, blob: string, path: string];

/** The mode by which git marks a symbolic link. */
export const symlinkMode = "120000";

/** Seconds since 1970 for a file's modification time: the same for the same content on every host, never in the future. */
export function contentTime(blob: string): number {
  return 946_684_800 + Number.parseInt(blob.slice(0, 7), 16);
}

/** The id that git gives to this content, by SHA-1 or, for ids of 64 digits, SHA-256. */
export function blobId(content: Buffer, idLength: number): string {
  const hash = createHash(idLength === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${content.length}\0`).update(content).digest("hex");
}
