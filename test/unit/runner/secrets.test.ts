import fc from "fast-check";
import { expect, test } from "vitest";
import { redactText } from "../../../src/platform/output.ts";
import { derivedForms } from "../../../src/runner/secrets.ts";

const password = "p'\"\\$%&/ü #1";
const redact = (text: string, secret = password) => redactText(text, derivedForms(secret));

test.each([
  ["whole", password],
  ["base64", Buffer.from(password).toString("base64")],
  ["base64url", Buffer.from(password).toString("base64url")],
  ["hexadecimal", Buffer.from(password).toString("hex")],
  ["URL", encodeURIComponent(password)],
  ["URL in lower case", encodeURIComponent(password).replace(/%../g, (code) => code.toLowerCase())],
  ["JSON", JSON.stringify(password).slice(1, -1)],
  ["shell", `'${password.replaceAll("'", "'\\''")}'`],
  ["SQL", password.replaceAll("'", "''")],
])("a secret is hidden in its %s form", (_form, text) => {
  expect(redact(`before ${text} after`)).toBe("before *** after");
});

test("basic credentials hide the password within", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8, unit: "grapheme" }), fc.string({ maxLength: 5 }), (secret, prefix) => {
      const inner = Buffer.from(`${prefix}${secret}`).toString("base64");
      expect(redact(inner, secret)).toContain("***");
    }),
  );
});

test("each line of a key is hidden, but not its short ones", () => {
  const key = "-----BEGIN KEY-----\r\nQUJDREVGR0g=\nab\n-----END KEY-----\n";
  expect(redact("say QUJDREVGR0g= and ab", key)).toBe("say *** and ab");
});

test("a password of four characters is hidden", () => expect(redact("it is a1b2.", "a1b2")).toBe("it is ***."));
