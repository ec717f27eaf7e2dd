import { plainText } from "../platform/log.ts";
import type { Commit } from "./facts.ts";

/** A commit object byte for byte: header lines and message in latin1, so that nothing is lost in any encoding. */
export interface RawCommit {
  sha: string;
  /** Header fields in their order; continuation lines are joined by newlines, without the leading space. */
  headers: [name: string, value: string][];
  /** Message in latin1. */
  message: string;
}

/** Splits the output of `git cat-file --batch` for commits, in the order of the output. */
export function parseBatch(output: Buffer): RawCommit[] {
  const commits: RawCommit[] = [];
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(10, at);
    const [sha = "", type, size] = output.toString("latin1", at, end).split(" ");
    if (type !== "commit") throw new Error(`git cat-file: ${sha} is ${type ?? "unknown"}, not a commit`);
    const next = end + 1 + Number(size);
    commits.push(parseCommit(sha, output.toString("latin1", end + 1, next)));
    at = next + 1;
  }
  return commits;
}

/** Parses the content of a commit object given in latin1. */
export function parseCommit(sha: string, text: string): RawCommit {
  const split = text.indexOf("\n\n");
  const headers: RawCommit["headers"] = [];
  for (const line of text.slice(0, split < 0 ? text.length : split).split("\n")) {
    const last = headers.at(-1);
    const space = line.indexOf(" ");
    if (space === 0 && last) last[1] += `\n${line.slice(1)}`;
    else headers.push([line.slice(0, space), line.slice(space + 1)]);
  }
  return { sha, headers, message: split < 0 ? "" : text.slice(split + 2) };
}

/** What people and rules want to know of a commit. */
export function describe(raw: RawCommit): Commit {
  const decode = decoderOf(headerOf(raw, "encoding"));
  return {
    sha: raw.sha,
    parents: parentsOf(raw),
    author: oneLine(decode(nameOf(headerOf(raw, "author") ?? "")), 80),
    subject: oneLine(decode(raw.message.trimStart().split("\n", 1)[0] ?? ""), 120),
    signed: raw.headers.some(([name]) => name === "gpgsig" || name === "gpgsig-sha256"),
  };
}

/** The first value of a header field. */
export function headerOf(raw: RawCommit, name: string): string | undefined {
  return raw.headers.find(([key]) => key === name)?.[1];
}

/** The parents that the object names, whether or not a shallow clone has them. */
export function parentsOf(raw: RawCommit): string[] {
  return raw.headers.filter(([name]) => name === "parent").map(([, value]) => value);
}

/** The same commit on another parent and tree, by another committer; the date of its first committer is kept, so that
 * the same replay gives the same object. A signature would not fit any more and is left out. Returns latin1. */
export function rewrite(raw: RawCommit, change: { tree: string; parent: string; committer: string }): string {
  const date = /\d+ [+-]\d{4}$/.exec(headerOf(raw, "committer") ?? "")?.[0] ?? "0 +0000";
  const encoding = headerOf(raw, "encoding");
  return [
    `tree ${change.tree}`,
    `parent ${change.parent}`,
    `author ${headerOf(raw, "author") ?? ""}`,
    `committer ${Buffer.from(change.committer).toString("latin1")} ${date}`,
    ...(encoding === undefined ? [] : [`encoding ${encoding}`]),
    "",
    raw.message,
  ].join("\n");
}

function nameOf(person: string): string {
  return person.slice(0, person.indexOf("<")).trim();
}

function decoderOf(encoding: string | undefined): (latin1: string) => string {
  const decoder = textDecoder(encoding) ?? new TextDecoder();
  return (latin1) => decoder.decode(Buffer.from(latin1, "latin1"));
}

function textDecoder(encoding: string | undefined): InstanceType<typeof TextDecoder> | undefined {
  try {
    return new TextDecoder(encoding);
  } catch {
    return undefined; // an encoding that nobody knows is read as UTF-8
  }
}

function oneLine(text: string, length: number): string {
  return plainText(text, length).replace(/\s+/g, " ").trim();
}
