/** One record of Odoo's log; what follows it without a head of its own (a traceback) is part of the message. */
export interface LogRecord {
  time: string;
  level: string;
  database: string;
  logger: string;
  message: string;
}

/** How far an update is, as its log tells. */
export interface UpdateProgress {
  module: string;
  position: number;
  total: number;
}

const head = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) \d+ (\w+) (\S+) ([^\s:]+(?::[^\s:]+)*): (.*)$/;
const ESC = "\u001b";
const colours = new RegExp(`${ESC}\\[[0-9;]*[A-Za-z]`, "g");

/** Turns lines into records; a record is given out when the next one begins, the last one by `end`. */
export class LogReader {
  readonly #onRecord: (record: LogRecord) => void;
  #current: LogRecord | undefined;

  constructor(onRecord: (record: LogRecord) => void) {
    this.#onRecord = onRecord;
  }

  line(line: string): void {
    const plain = line.replace(colours, "").replace(/\r$/, "");
    const start = head.exec(plain);
    if (!start) {
      if (this.#current) this.#current.message += `\n${plain}`;
      return;
    }
    this.end();
    const [, time, level, database, logger, message] = start as unknown as string[];
    this.#current = { time, level, database, logger, message } as LogRecord;
  }

  end(): void {
    if (this.#current) this.#onRecord(this.#current);
    this.#current = undefined;
  }
}

/** All records of a log. */
export function parseLog(text: string): LogRecord[] {
  const records: LogRecord[] = [];
  const reader = new LogReader((record) => records.push(record));
  for (const line of text.split("\n")) reader.line(line);
  reader.end();
  return records;
}

/** The progress that a record tells, if any: "Loading module x (12/345)". */
export function progressOf(record: LogRecord): UpdateProgress | undefined {
  const found = /^Loading module (\S+) \((\d+)\/(\d+)\)/.exec(record.message);
  if (!found) return undefined;
  return { module: found[1] as string, position: Number(found[2]), total: Number(found[3]) };
}

/** The module that a record says was loaded by the update: "Module x loaded in 1.23s, ...". */
export function loadedModule(record: LogRecord): string | undefined {
  return /^Module (\S+) loaded in /.exec(record.message)?.[1];
}

/** Whether a record is of level ERROR or CRITICAL. */
export function isFailure(record: LogRecord): boolean {
  return record.level === "ERROR" || record.level === "CRITICAL";
}

/** The first traceback of the records, from "Traceback" to its last line; undefined when there is none. */
export function firstTraceback(records: readonly LogRecord[]): string | undefined {
  for (const { message } of records) {
    const start = message.indexOf("Traceback (most recent call last):");
    if (start >= 0) return message.slice(start).trimEnd();
  }
  return undefined;
}
