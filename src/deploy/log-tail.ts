import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { LogReader, type LogRecord } from "../odoo/log.ts";

const pollMs = 250;

/** Reads Odoo's log file while it grows, and gives out its records. */
export class LogTail {
  readonly #path: string;
  readonly #reader: LogReader;
  readonly #timer: NodeJS.Timeout;
  #offset = 0;
  #rest = "";
  #reading: Promise<void> = Promise.resolve();

  constructor(path: string, onRecord: (record: LogRecord) => void) {
    this.#path = path;
    this.#reader = new LogReader(onRecord);
    this.#timer = setInterval(() => void this.#read(), pollMs);
  }

  /** Reads what is left and stops. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#read();
    if (this.#rest) this.#reader.line(this.#rest);
    this.#reader.end();
  }

  #read(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#readMore());
    return this.#reading;
  }

  async #readMore(): Promise<void> {
    const size = (await stat(this.#path).catch(() => undefined))?.size ?? 0;
    if (size <= this.#offset) return;
    const stream = createReadStream(this.#path, { start: this.#offset, end: size - 1, encoding: "utf8" });
    for await (const chunk of stream) this.#rest += chunk;
    this.#offset = size;
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#reader.line(line);
  }
}

/** The last lines of a log file, at most 8 KiB; empty when there is no such file. */
export async function endOfLog(path: string, lines = 40): Promise<string> {
  const file = await open(path).catch(() => undefined);
  if (!file) return "";
  try {
    const { size } = await file.stat();
    const length = Math.min(size, 8192);
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8").trimEnd().split("\n").slice(-lines).join("\n");
  } finally {
    await file.close();
  }
}
