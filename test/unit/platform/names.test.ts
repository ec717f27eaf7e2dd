import { expect, test } from "vitest";
import {
  isAbsolutePath,
  isBranchName,
  isDatabaseName,
  isHostName,
  isLoopback,
  isSha,
  isUserName,
} from "../../../src/platform/names.ts";

const tables: [(text: string) => boolean, { good: string[]; bad: string[] }][] = [
  [
    isBranchName,
    {
      good: ["dev", "feature/a-b", "18.0", "a;b", "$(id)", "`x`", "ü", "a@b", "HEADs", "x'y\"z"],
      bad: ["", "-x", "--upload-pack=id", "a..b", "a b", "a\nb", "a\0b", "a~1", "a^", "a:b", "a?", "a*", "a[", "a\\b"]
        .concat(["/a", "a/", "a//b", ".a", "a/.b", "a.lock", "a.lock/b", "a.", "@", "HEAD", "a@{1}", "x".repeat(300)])
        .concat(["a\u0085b", "ü".repeat(123)]),
    },
  ],
  [
    isSha,
    {
      good: ["a".repeat(40), "0123456789abcdef".repeat(4)],
      bad: ["", "a".repeat(39), "a".repeat(41), "A".repeat(40), "g".repeat(40), `${"a".repeat(40)}\n`, "HEAD"],
    },
  ],
  [
    isHostName,
    {
      good: ["localhost", "odoo.example.com", "10.0.0.1", "::1", "2001:db8::1", "xn--bcher-kva.example"],
      bad: [
        "",
        "-oProxyCommand=id",
        "a b",
        "a;b",
        "a\nb",
        "a..b",
        "a.",
        "fe80::1%eth0",
        "user@host",
        "host:22",
        "$(id)",
      ].concat(["x".repeat(64), "x.".repeat(130)]),
    },
  ],
  [
    isLoopback,
    {
      good: ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"],
      bad: ["10.0.0.1", "127.example.com", "example.com"],
    },
  ],
  [
    isUserName,
    { good: ["odoo", "_x", "a-b_1"], bad: ["", "-odoo", "Odoo", "1a", "a b", "$(id)", "a".repeat(33), "a\n"] },
  ],
  [
    isDatabaseName,
    {
      good: ["odoo", "...", "a.b", "my db", "a'b\"c", "x".repeat(63), "dbname=x host=y"],
      bad: ["", "x".repeat(64), "ü".repeat(32), "a\nb", "a\0b", ".", "..", "a/b", "../filestore/other"],
    },
  ],
  [
    isAbsolutePath,
    { good: ["/", "/srv/odoo", "/a b/ü"], bad: ["", "srv", "/a/../b", "/a/./b", "/a\nb", "~/x", "/a\0"] },
  ],
];

for (const [check, { good, bad }] of tables) {
  test.each(good)(`${check.name} takes %j`, (text) => expect(check(text)).toBe(true));
  test.each(bad)(`${check.name} refuses %j`, (text) => expect(check(text)).toBe(false));
}
