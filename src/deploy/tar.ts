/** One entry of an archive; `mtime` in seconds. */
export interface TarEntry {
  path: string;
  mode: number;
  mtime: number;
  content: Buffer | { linkTo: string };
}

const block = 512;

/** The bytes of one entry: a pax header when a name is long or not ASCII, the header, the padded content. */
export function tarEntry(entry: TarEntry): Buffer {
  const link = Buffer.isBuffer(entry.content) ? "" : entry.content.linkTo;
  const content = Buffer.isBuffer(entry.content) ? entry.content : Buffer.alloc(0);
  const extended = [
    ...(fits(entry.path) ? [] : [paxRecord("path", entry.path)]),
    ...(fits(link) ? [] : [paxRecord("linkpath", link)]),
  ].join("");
  const parts: Buffer[] = [];
  if (extended) {
    const body = Buffer.from(extended);
    parts.push(header({ name: "pax", mode: 0o644, size: body.length, mtime: entry.mtime, type: "x" }), padded(body));
  }
  const type = link ? "2" : "0";
  const { path, mode, mtime } = entry;
  parts.push(header({ name: path, mode, size: content.length, mtime, type, link }), padded(content));
  return Buffer.concat(parts);
}

/** What ends an archive. */
export const tarEnd: Buffer = Buffer.alloc(2 * block);

function fits(name: string): boolean {
  return Buffer.byteLength(name) <= 100 && /^[\x20-\x7e]*$/.test(name);
}

/** "<length> <key>=<value>\n", where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

interface Header {
  name: string;
  mode: number;
  size: number;
  mtime: number;
  type: string;
  link?: string;
}

function header({ name, mode, size, mtime, type, link = "" }: Header): Buffer {
  const bytes = Buffer.alloc(block);
  const octal = (value: number, width: number) => value.toString(8).padStart(width - 1, "0");
  bytes.write(fits(name) ? name : "pax", 0, 100);
  bytes.write(octal(mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(mtime, 12), 136);
  bytes.write(" ".repeat(8), 148);
  bytes.write(type, 156);
  bytes.write(fits(link) ? link : "pax", 157, 100);
  bytes.write("ustar\x0000", 257);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${octal(sum, 7)}\0 `, 148);
  return bytes;
}

function padded(content: Buffer): Buffer {
  return Buffer.concat([content, Buffer.alloc((block - (content.length % block)) % block)]);
}
