import { isAbsolutePath, isBranchName, isDatabaseName, isHostName, isSha } from "../platform/names.ts";
import type { Input } from "./inputs.ts";

/** Turns text (trimmed, not empty) into a value, or undefined when it is not what is `expected`. */
export interface Parser<T> {
  /** To be read after "give": "a whole number from 1 to 5". */
  expected: string;
  parse(text: string): T | undefined;
}

/** An input that must be there, has a default, or (without options) may be missing. */
interface Declare<T> {
  (options: { required: true } | { default: string }): Input<T>;
  (): Input<T | undefined>;
}

function declare<T>(parser: Parser<T>, secret = false): Declare<T> {
  return ((options: { required?: true; default?: string } = {}) => ({
    parser: parser,
    required: options.required ?? false,
    default: options.default,
    secret,
  })) as Declare<T>;
}

function matching(expected: string, isValid: (text: string) => boolean): Declare<string> {
  return declare({ expected, parse: (text) => (isValid(text) ? text : undefined) });
}

/** Text without control characters but line breaks and tabs. */
export const text = matching("text without control characters", (value) => !/[^\P{Cc}\n\r\t]/u.test(value));

/** `true` or `false`. */
export const boolean = declare<boolean>({
  expected: "true or false",
  parse: (value) => ({ true: true, false: false })[value.toLowerCase()],
});

/** A whole number from `min` to `max`. */
export function integer(min: number, max: number): Declare<number> {
  return declare({
    expected: `a whole number from ${min} to ${max}`,
    parse: (value) => {
      const number = /^-?\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    },
  });
}

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration such as `90s`, `1h30m` or `7d`, in milliseconds. */
export const duration = declare<number>({
  expected: "a duration such as 90s, 1h30m or 7d",
  parse: (value) => {
    const match = /^(?:(\d{1,4})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/.exec(value.replaceAll(" ", ""));
    const [, d, h, m, s] = match ?? [];
    const total =
      Number(d ?? 0) * UNITS.d + Number(h ?? 0) * UNITS.h + Number(m ?? 0) * UNITS.m + Number(s ?? 0) * UNITS.s;
    return total > 0 ? total : undefined;
  },
});

/** One of a few words. */
export function oneOf<const Word extends string>(...words: Word[]): Declare<Word> {
  return declare({ expected: `one of ${words.join(", ")}`, parse: (value) => words.find((word) => word === value) });
}

/** The lines of a text, trimmed, without empty ones. */
export const lines = declare<string[]>({
  expected: "one entry a line",
  parse: (value) =>
    value
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== ""),
});

/** The name of a branch, without `refs/heads/`. */
export const branch = matching(
  "the name of a branch, without refs/heads/",
  (value) => isBranchName(value) && !value.startsWith("refs/"),
);

/** The full id of a commit. */
export const sha = matching("the full id of a commit, 40 hexadecimal digits", isSha);

/** A host name or IP address. */
export const host = matching("a host name or an IP address", isHostName);

/** An absolute Unix path. */
export const path = matching("an absolute path without . and .. steps", isAbsolutePath);

/** The name of a PostgreSQL database. */
export const databaseName = matching("the name of a database, at most 63 bytes", isDatabaseName);

/** A secret, of one or several lines; registered for masking and removed from the environment. */
export const secret = declare<string>({ expected: "the secret", parse: (value) => value }, true);
