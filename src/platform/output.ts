import { StringDecoder } from "node:string_decoder";
import { plainText } from "./log.ts";

const MAX_LINE = 64 * 1024;

/** Cuts a stream of bytes into lines of UTF-8 text; a line longer than 64 KiB comes in pieces. */
export class LineSplitter {
  readonly #emit: (line: string) => void;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  write(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#emit(line.replace(/\r$/, ""));
    if (this.#rest.length > MAX_LINE) this.end();
  }

  end(): void {
    if (this.#rest !== "") this.#emit(this.#rest);
    this.#rest = "";
  }
}

/** Keeps the last `limit` bytes (roughly, never fewer) of a stream, and knows whether more came. */
export class TailBuffer {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;
  overflowed = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  write(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    if (this.#size > this.#limit) this.overflowed = true;
    for (let first = this.#chunks[0]; first && this.#size - first.length >= this.#limit; first = this.#chunks[0]) {
      this.#chunks.shift();
      this.#size -= first.length;
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}

/** Text with each of `secrets` replaced by `***`. */
export function redactText(text: string, secrets: readonly string[]): string {
  const longestFirst = secrets.filter((secret) => secret !== "").sort((a, b) => b.length - a.length);
  return longestFirst.reduce((result, secret) => result.replaceAll(secret, "***"), text);
}

/** The last lines of foreign output, plain and redacted, for an error message. */
export function tailLines(text: string, secrets: readonly string[], count = 20): string {
  const lines = plainText(redactText(text.slice(-16_384), secrets))
    .trimEnd()
    .split("\n");
  return lines.slice(-count).join("\n");
}
