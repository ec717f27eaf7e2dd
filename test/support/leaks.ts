// Looks for secrets and canaries in whatever a run left behind, in every dress they may wear.

/** Something that must not appear, and what to call it in a report without repeating it. */
export interface Secret {
  name: string;
  value: string;
}

/** A place that was searched: a log, a file, a request, a table. */
export interface Place {
  name: string;
  content: Buffer | string;
}

export interface Leak {
  secret: string;
  place: string;
  /** How the secret was written there. */
  form: string;
  offset: number;
}

/** Shorter pieces are in every text by chance. */
const shortest = 4;
const pieceLength = 8;

/**
 * Every form of a secret that is searched for, with its name; the plainest comes first. `pieces` are its substrings of
 * eight characters: right for random secrets, too much for invented people.
 */
export function formsOf(value: string, pieces = true): Map<string, string> {
  const bytes = Buffer.from(value, "utf8");
  // The armour of a PEM file is no secret.
  const lines = value.split(/\r?\n/).filter((line) => !line.startsWith("-----"));
  const forms: [string, string][] = [
    ["raw", value],
    ...[0, 1, 2].map((shift): [string, string] => [`base64+${shift}`, base64At(bytes, shift)]),
    ...[0, 1, 2].map((shift): [string, string] => [`base64url+${shift}`, toUrlSafe(base64At(bytes, shift))]),
    ["hex", bytes.toString("hex")],
    ["HEX", bytes.toString("hex").toUpperCase()],
    ["url", encodeURIComponent(value)],
    ["form", new URLSearchParams([["", value]]).toString().slice(1)],
    ["json", JSON.stringify(value).slice(1, -1)],
    ["shell", value.replaceAll("'", `'\\''`)],
    ["sql", value.replaceAll("'", "''")],
    ...lines.map((line): [string, string] => ["line", line.trim()]),
    ...(pieces ? lines.flatMap(piecesOf).map((piece): [string, string] => ["piece", piece]) : []),
  ];
  const found = new Map<string, string>();
  for (const [form, text] of forms) if (text.length >= shortest && !found.has(text)) found.set(text, form);
  return found;
}

/** The part of a base64 text that is the same wherever the secret stands in what was encoded. */
function base64At(bytes: Buffer, shift: number): string {
  const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString("base64")
    .replace(/=+$/, "");
  const tail = (shift + bytes.length) % 3 === 0 ? encoded.length : encoded.length - 1;
  return encoded.slice(Math.ceil((shift * 4) / 3), tail);
}

function toUrlSafe(text: string): string {
  return text.replaceAll("+", "-").replaceAll("/", "_");
}

/** What survives a mask or a line break: substrings, without those that any text may hold. */
function piecesOf(line: string): string[] {
  const count = Math.max(0, line.length - pieceLength + 1);
  const pieces = Array.from({ length: count }, (_, at) => line.slice(at, at + pieceLength));
  return pieces.filter((piece) => !/\s|(.)\1{3}/.test(piece));
}

/** All leaks, one for each secret and place: the plainest form that was found there. */
export function findLeaks(
  secrets: readonly Secret[],
  places: readonly Place[],
  options: { pieces?: boolean } = {},
): Leak[] {
  const wanted = secrets.map(({ name, value }) => {
    if (value.length < shortest) throw new Error(`the secret ${name} is too short to be searched for`);
    return {
      name,
      forms: [...formsOf(value, options.pieces)].map(([text, form]) => ({ form, bytes: Buffer.from(text, "utf8") })),
    };
  });
  return places.flatMap(({ name: place, content }) => {
    const buffer = typeof content === "string" ? Buffer.from(content, "utf8") : content;
    return wanted.flatMap(({ name: secret, forms }) => {
      for (const { form, bytes } of forms) {
        const offset = buffer.indexOf(bytes);
        if (offset >= 0) return [{ secret, place, form, offset }];
      }
      return [];
    });
  });
}
