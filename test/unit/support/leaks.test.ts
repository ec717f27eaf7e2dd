import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { findLeaks } from "../../support/leaks.ts";

const password = "pa'ss\"wörd$42";
const key = "-----BEGIN KEY-----\nAbCdEfGhIjKlMnOpQrStUvWxYz0123456789\n-----END KEY-----";
const secrets = [
  { name: "password", value: password },
  { name: "key", value: key },
];

const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("findLeaks finds a secret", () => {
  test.each([
    ["as it is", `login ${password}!`, "password", "raw"],
    ["in base64", base64(password), "password", "base64+0"],
    ["in base64 behind one byte", base64(`u${password}`), "password", "base64+1"],
    ["in base64 behind a user name", base64(`us${password}x`), "password", "base64+2"],
    ["in a longer base64 text", base64(`x-access-token:${key}`), "key", "base64+0"],
    ["in hex", Buffer.from(password).toString("hex"), "password", "hex"],
    ["in a URL", `?p=${encodeURIComponent(password)}`, "password", "url"],
    ["in JSON", JSON.stringify({ key }), "key", "json"],
    ["in a shell's quotes", `echo 'pa'\\''ss"wörd$42'`, "password", "shell"],
    ["one line of it", "key: AbCdEfGhIjKlMnOpQrStUvWxYz0123456789.", "key", "line"],
    ["a piece of it", "key: ...StUvWxYz012...", "key", "piece"],
  ])("%s", (_, content, secret, form) => {
    expect(findLeaks(secrets, [{ name: "log", content }])).toMatchObject([{ secret, place: "log", form }]);
  });
});

test("clean places give nothing, and each place is named", () => {
  const places = [
    { name: "clean", content: "nothing to see ***" },
    { name: "packed", content: gzipSync(password) },
    { name: "dirty", content: Buffer.from(`\0\xff${password}`, "utf8") },
  ];
  expect(findLeaks(secrets, places).map(({ place }) => place)).toEqual(["dirty"]);
});

test("pieces can be left out, and the armour of a key is no secret", () => {
  const place = { name: "log", content: "StUvWxYz012 -----BEGIN KEY-----" };
  expect(findLeaks(secrets, [place], { pieces: false })).toEqual([]);
  expect(findLeaks(secrets, [{ name: "log", content: "-----BEGIN KEY-----" }])).toEqual([]);
});

test("a secret that is too short cannot be judged", () => {
  expect(() => findLeaks([{ name: "pin", value: "123" }], [])).toThrow(/pin is too short/);
});
