import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { blobId, contentTime } from "../../../src/deploy/release-files.ts";
import { tarEnd, tarEntry } from "../../../src/deploy/tar.ts";

const list = (archive: Buffer) =>
  execFileSync("tar", ["-tvf", "-", "--numeric-owner", "--full-time", "--utc"], {
    input: archive,
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C.UTF-8" },
  });

describe("an archive that GNU tar reads", () => {
  const long = `${"folder/".repeat(20)}é.py`;
  const archive = Buffer.concat([
    tarEntry({ path: "a.py", mode: 0o644, mtime: 946_684_800, content: Buffer.from("x") }),
    tarEntry({ path: "run.sh", mode: 0o755, mtime: 946_684_801, content: Buffer.alloc(513, 1) }),
    tarEntry({ path: long, mode: 0o644, mtime: 946_684_802, content: Buffer.from("long") }),
    tarEntry({ path: "link", mode: 0o777, mtime: 946_684_803, content: { linkTo: long } }),
    tarEnd,
  ]);

  test("names, modes, sizes, times", () => {
    const lines = list(archive)
      .trim()
      .split("\n")
      .map((line) => line.replace(/ +/g, " "));
    expect(lines[0]).toBe("-rw-r--r-- 0/0 1 2000-01-01 00:00:00 a.py");
    expect(lines[1]).toBe("-rwxr-xr-x 0/0 513 2000-01-01 00:00:01 run.sh");
    expect(lines[2]).toContain("folder/folder/");
    expect(lines[3]).toContain("link -> folder/");
  });

  test("contents", () => {
    const read = (name: string) => execFileSync("tar", ["-xOf", "-", name], { input: archive });
    expect(read("run.sh")).toHaveLength(513);
    expect(read(long).toString()).toBe("long");
  });
});

test("a file's time comes from its content and is never in the future", () => {
  expect(contentTime("0".repeat(40))).toBe(946_684_800);
  expect(contentTime("f".repeat(40))).toBeLessThan(Date.UTC(2009, 0) / 1000);
});

test("blob ids are git's", () => {
  expect(blobId(Buffer.from("hello\n"), 40)).toBe("ce013625030ba8dba906f756967f9e9ca394464a");
  const expected = createHash("sha256").update("blob 6\0hello\n").digest("hex");
  expect(blobId(Buffer.from("hello\n"), 64)).toBe(expected);
});
