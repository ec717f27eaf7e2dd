import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainText } from "../../../src/platform/log.ts";
import { LineSplitter, redactText, TailBuffer, tailLines } from "../../../src/platform/output.ts";
import { quoteArgv } from "../../../src/platform/shell.ts";
import { bytes, duration, escapeMarkdown, table } from "../../../src/platform/text.ts";

test.each([
  ["plain ü ✓", "plain ü ✓"],
  ["\u001b[31mred\u001b[0m", "red"],
  ["\u001b]0;title\u0007after", "after"],
  ["\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link"],
  ["a\rb\r\nc\td", "a\nb\nc\td"],
  ["bell\u0007 nul\0 del\u007f c1\u009b31m", "bell nul del c131m"],
  ["bidi\u202e\u2066 zero\u200bwidth\ufeff", "bidi zerowidth"],
  ["end\u001b", "end"],
])("plainText(%j)", (text, plain) => expect(plainText(text)).toBe(plain));

test("plainText cuts at its limit", () => expect(plainText("x".repeat(20), 5)).toBe("xxxxx [...]"));

test("plainText leaves no control character of any text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !/[^\P{Cc}\t\n]/u.test(plainText(text))));
});

test.each([
  ["a|b *c* <b>", "a\\|b \\*c\\* &lt;b&gt;"],
  ["[x](http://y)", "\\[x\\]\\(http:<!---->//y\\)"],
  ["@team see www.evil.example", "@<!---->team see www.<!---->evil.example"],
  ["line\nbreak\n# head", "line break \\# head"],
  ["&lt; `code`", "&amp;lt; \\`code\\`"],
])("escapeMarkdown(%j)", (text, markdown) => expect(escapeMarkdown(text)).toBe(markdown));

test("table keeps bars and newlines within their cells", () => {
  expect(table(["a"], [["x|y\nz"], ["p\\|q"]])).toBe("| a |\n| --- |\n| x\\|y<br>z |\n| p\\|q |");
});

test.each([
  [0, "0.0 s"],
  [420, "0.4 s"],
  [9_960, "10 s"],
  [59_600, "1 m 00 s"],
  [62_000, "1 m 02 s"],
  [7_500_000, "2 h 05 m"],
])("duration(%d) is %s", (ms, words) => expect(duration(ms)).toBe(words));

test.each([
  [812, "812 B"],
  [4096, "4.0 KiB"],
  [1024 ** 2 - 1, "1.0 MiB"],
  [1.2 * 1024 ** 3, "1.2 GiB"],
])("bytes(%d) is %s", (count, words) => expect(bytes(count)).toBe(words));

describe("quoteArgv", () => {
  const hostile = [
    "",
    "a b",
    "'",
    "''",
    '"$HOME"',
    "`id`",
    "$(id)",
    "a;b",
    "-n",
    "*",
    "~",
    "x=1",
    "\\",
    "a\nb",
    "ü",
    "!",
    "#",
    "\t",
  ];
  const shellSees = (argv: string[]) => {
    const script = quoteArgv(["printf", "%s\\0", ...argv]);
    return execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
  };

  test("hostile words reach the command unchanged", () => expect(shellSees(hostile)).toEqual(hostile));

  test("any words reach the command unchanged", () => {
    const word = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), (argv) => {
        expect(shellSees(argv)).toEqual(argv);
      }),
      { numRuns: 50 },
    );
  });

  test("a command that looks like an assignment is no assignment", () =>
    expect(quoteArgv(["a=b", "c"])).toBe("'a=b' c"));
  test("NUL and nothing are refused", () => {
    expect(() => quoteArgv(["a\0b"])).toThrow(TypeError);
    expect(() => quoteArgv([])).toThrow(TypeError);
  });
});

describe("output", () => {
  test("lines are put together across chunks, inside of characters too", () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    for (const byte of Buffer.from("ün\r\nb\n\nlast")) splitter.write(Buffer.from([byte]));
    splitter.end();
    expect(lines).toEqual(["ün", "b", "", "last"]);
  });

  test("the tail keeps the end", () => {
    const tail = new TailBuffer(4);
    for (const chunk of ["aa", "bb", "cc"]) tail.write(Buffer.from(chunk));
    expect(tail.text()).toBe("bbcc");
    expect(tail.overflowed).toBe(true);
  });

  test("the longest secret is replaced first", () =>
    expect(redactText("abcd abc", ["abc", "abcd", ""])).toBe("*** ***"));
  test("the last lines are plain and redacted", () => {
    expect(tailLines("one\n\u001b[1mpw=s3cret\u001b[0m\nthree\n", ["s3cret"], 2)).toBe("pw=***\nthree");
  });
});
