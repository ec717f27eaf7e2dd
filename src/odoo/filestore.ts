import { createHash } from "node:crypto";
import { copyFile, link, mkdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { deflateSync } from "node:zlib";
import type { Session } from "../platform/postgres.ts";
import { withIncoming } from "./incoming.ts";

/** Where Odoo keeps the files of a database. */
export function filestoreOf(dataDir: string, database: string): string {
  return join(dataDir, "filestore", database);
}

/** Where a file with this content lies below the filestore: Odoo addresses by SHA-1. */
export function storeName(content: Uint8Array): string {
  const sha1 = createHash("sha1").update(content).digest("hex");
  return `${sha1.slice(0, 2)}/${sha1}`;
}

/** Whether text is the name of a file below a filestore, and so never a path of somebody's making. */
export function isStoreName(text: string): boolean {
  return /^([0-9a-f]{2})\/\1[0-9a-f]{38}$/.test(text);
}

/** Names of the files that a database of Odoo refers to, placeholders apart; undefined when it knows no attachments. */
export async function referredFiles(session: Session): Promise<string[] | undefined> {
  const [table] = await session.query<{ there: boolean }>(
    "SELECT to_regclass('public.ir_attachment') IS NOT NULL AS there",
  );
  if (!table?.there) return undefined;
  const rows = await session.query<{ name: string }>(
    "SELECT DISTINCT store_fname AS name FROM public.ir_attachment WHERE store_fname IS NOT NULL ORDER BY 1",
  );
  const own = new Set(Object.values(placeholders()).map(storeName));
  return rows.map((row) => row.name).filter((name) => isStoreName(name) && !own.has(name));
}

/** Writes the placeholders into a filestore that may not be there yet. */
export async function writePlaceholders(filestore: string): Promise<void> {
  await mkdir(filestore, { recursive: true });
  for (const content of Object.values(placeholders())) await writeMissing(join(filestore, storeName(content)), content);
}

/** Whether a file is there with content of its own, not empty in the place of one that was gone. */
export async function isPresent(filestore: string, name: string): Promise<boolean> {
  const file = await stat(join(filestore, name)).catch(() => undefined);
  return file !== undefined && (file.size > 0 || name === storeName(Buffer.alloc(0)));
}

/** What stands in for masked files: a grey picture, an empty page, an empty file. */
export function placeholders(): Record<"png" | "pdf" | "empty", Buffer> {
  return { png: greyPicture(), pdf: emptyPage(), empty: Buffer.alloc(0) };
}

/** What became of the files. */
export interface FilestoreCopy {
  linked: number;
  copied: number;
  /** Already there. */
  present: number;
  /** Gone from production since the snapshot; a placeholder of no bytes lies in their place. */
  vanished: number;
  bytes: number;
}

/**
 * Brings the named files (`ab/abcdef…`) into the target's filestore, as hard links where the file system allows it, and
 * writes the placeholders. Files are never changed in place by Odoo, hence links are safe. `signal` stops between files.
 */
export async function copyFilestore(
  source: string,
  target: string,
  names: Iterable<string>,
  signal?: AbortSignal,
): Promise<FilestoreCopy> {
  const result = { linked: 0, copied: 0, present: 0, vanished: 0, bytes: 0 };
  await writePlaceholders(target);
  return await withIncoming(target, async (incoming) => {
    for (const name of names) {
      signal?.throwIfAborted();
      if (!isStoreName(name)) continue;
      const outcome = (await isPresent(target, name))
        ? ({ how: "present", bytes: 0 } as const)
        : await bring(join(source, name), join(target, name), incoming);
      result[outcome.how] += 1;
      result.bytes += outcome.bytes;
    }
    return result;
  });
}

type Outcome = { how: "linked" | "copied" | "present" | "vanished"; bytes: number };

async function bring(from: string, to: string, incoming: string): Promise<Outcome> {
  const file = await stat(from).catch(() => undefined);
  await mkdir(dirname(to), { recursive: true });
  if (!file) {
    await writeMissing(to, Buffer.alloc(0)); // never over one that another run found
    return { how: "vanished", bytes: 0 };
  }
  await rm(to, { force: true }); // empty, from a run that found it gone
  // A link shares the owner: as another user staging could not delete it, or worse could write it.
  const mayLink = file.uid === process.getuid?.();
  if (
    mayLink &&
    (await link(from, to).then(
      () => true,
      () => false,
    ))
  )
    return { how: "linked", bytes: file.size };
  const arriving = join(incoming, basename(to));
  await copyFile(from, arriving);
  await rename(arriving, to);
  return { how: "copied", bytes: file.size };
}

async function writeMissing(path: string, content: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content, { flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

function greyPicture(): Buffer {
  const size = 128;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 0, 0, 0, 0], 8); // 8 bits, grey
  const rows = Buffer.alloc(size * (size + 1), 0xc8);
  for (let row = 0; row < size; row++) rows[row * (size + 1)] = 0; // no filter
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "ascii"), data]);
  const frame = Buffer.alloc(8 + body.length);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), 4 + body.length);
  return frame;
}

function crc32(data: Buffer): number {
  let crc = ~0;
  for (const byte of data) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

function emptyPage(): Buffer {
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
  ];
  let text = "%PDF-1.4\n";
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const start = text.length;
  text += `xref\n0 4\n0000000000 65535 f \n${table}trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, "latin1");
}
