import type { Location } from "./errors.ts";

/** Where the program tells people what happens; every implementation redacts secrets. */
export interface Log {
  info(message: string): void;
  warning(message: string, location?: Location): void;
  debug(message: string): void;
  /** Runs `work` with its lines folded under `title`. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>;
  /** Prints output of git, PostgreSQL, Odoo or a remote host: never interpreted as commands. */
  foreign(source: string, text: string): void;
}

/** A log that says nothing. */
export const silentLog: Log = {
  info: () => {},
  warning: () => {},
  debug: () => {},
  group: (_title, work) => work(),
  foreign: () => {},
};

const ESC = "\\u001b";
const ANSI = new RegExp(
  `${ESC}\\[[0-?]*[ -/]*[@-~]|${ESC}[\\]PX^_][^\\u0007\\u001b]*(?:\\u0007|${ESC}\\\\)?|${ESC}[ -/]*[0-~]?`,
  "g",
);
// C0 (but tab and newline), DEL, C1, and what turns or hides text: bidirectional marks, zero-width signs, line separators.
const CONTROL = /[^\P{Cc}\t\n]|[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** Text without ANSI sequences, control and direction-changing characters, cut to `maxLength` characters (default 10000). */
export function plainText(text: string, maxLength = 10_000): string {
  const plain = text
    .slice(0, maxLength * 4)
    .replace(ANSI, "")
    .replace(/\r\n?/g, "\n")
    .replace(CONTROL, "");
  if (plain.length > maxLength) return `${plain.slice(0, maxLength)} [...]`;
  return plain;
}
