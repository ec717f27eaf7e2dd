import { glob, open } from "node:fs/promises";
import { join } from "node:path";
import { containsCanary } from "../../workbench/canaries.ts";
import { secretMark } from "../../workbench/secrets.ts";

const CHUNK = 1 << 24;
const OVERLAP = 256;

const secretForms = [
  ...[0, 1, 2].map((offset) => {
    const encoded = Buffer.from(" ".repeat(offset) + secretMark).toString("base64");
    return encoded.slice(Math.ceil((offset * 4) / 3), -4);
  }),
  secretMark,
  Buffer.from(secretMark).toString("hex"),
  Buffer.from(secretMark, "utf16le").toString("latin1").slice(0, -1),
];

// "kanarienvogel" or "kanari" and a digit, in either case.
const CANARY_HEX = /[46]b[46]1[46]e[46]1[57]2[46]9(?:[46]5[46]e[57]6[46]f[46]7[46]5[46]c|3[0-9])/i;
// In either byte order.
const CANARY_UTF16 = /k\0a\0n\0a\0r\0i\0(?:e\0n\0v\0o\0g\0e\0l|\d)/i;

/** What was planted in production and must not leave it, as far as it is in this: a canary or a secret, in any form. */
export function plantedIn(content: Buffer | string): string[] {
  const text = typeof content === "string" ? content : content.toString("latin1");
  const forms: [string, boolean][] = [
    ["canary", containsCanary(text)],
    ["canary in hex", CANARY_HEX.test(text)],
    ["canary in UTF-16", CANARY_UTF16.test(text)],
    ["secret", secretForms.some((form) => text.includes(form))],
  ];
  return forms.flatMap(([form, found]) => (found ? [form] : []));
}

/** The files below a folder in which something planted is; and how many bytes were looked at. */
export async function searchFolder(folder: string): Promise<{ found: string[]; bytes: number }> {
  const found: string[] = [];
  let bytes = 0;
  for await (const entry of glob("**/*", { cwd: folder, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const file = await searchFile(path);
    bytes += file.bytes;
    if (file.forms.size > 0) found.push(`${path.slice(folder.length + 1)}: ${[...file.forms].join(", ")}`);
  }
  return { found, bytes };
}

async function searchFile(path: string): Promise<{ forms: Set<string>; bytes: number }> {
  await using file = await open(path);
  const forms = new Set<string>();
  const chunk = Buffer.alloc(CHUNK + OVERLAP);
  let bytes = 0;
  for (let kept = 0; ; ) {
    const { bytesRead } = await file.read(chunk, kept, CHUNK, bytes);
    if (bytesRead === 0) return { forms, bytes };
    const filled = chunk.subarray(0, kept + bytesRead);
    for (const form of plantedIn(filled)) forms.add(form);
    bytes += bytesRead;
    kept = Math.min(OVERLAP, filled.length);
    chunk.copyWithin(0, filled.length - kept, filled.length);
  }
}
