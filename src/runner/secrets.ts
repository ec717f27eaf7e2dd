import { setSecret } from "@actions/core";
import { redactText } from "../platform/output.ts";
import { quoteForShell } from "../platform/shell.ts";

// A shorter line of a secret, such as "--" of a key, would blacken the whole log.
const SHORTEST_LINE = 4;

const registered = new Set<string>();

/** The variable in which the runner hands over an input. */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`;
}

/** Has the runner and our own log mask a secret in every form it may take on the way. */
export function registerSecret(secret: string): void {
  for (const form of derivedForms(secret)) {
    if (registered.has(form)) continue;
    registered.add(form);
    setSecret(form);
  }
}

/** Text with every registered secret, in all its forms, replaced by `***`. */
export function redact(text: string): string {
  return redactText(text, [...registered]);
}

/** A secret whole, by line, and both in base64 (at all three offsets), hexadecimal, URL, JSON, SQL and shell form. */
export function derivedForms(secret: string): string[] {
  const lines = secret.split(/\r?\n/).map((line) => line.trim());
  const parts = [secret, secret.trim(), ...lines.filter((line) => line.length >= SHORTEST_LINE)];
  const forms = parts.flatMap((part) => (part === "" ? [] : [part, ...encodings(part)]));
  return [...new Set(forms)];
}

function encodings(text: string): string[] {
  const url = encodeURIComponent(text);
  const lowerUrl = url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const quoted = [
    quoteForShell(text.replaceAll("\0", "")),
    JSON.stringify(text).slice(1, -1),
    text.replaceAll("'", "''"),
  ];
  return [...base64Forms(text), Buffer.from(text).toString("hex"), url, lowerUrl, ...quoted];
}

// What comes before a text in base64 shifts its digits; the first and last of them depend on the neighbours.
function base64Forms(text: string): string[] {
  const whole = [Buffer.from(text).toString("base64"), Buffer.from(text).toString("base64url")];
  const shifted = [0, 1, 2].map((offset) => {
    const digits = Buffer.from("\0".repeat(offset) + text)
      .toString("base64")
      .replace(/=+$/, "");
    const whole = Math.floor(((offset + Buffer.byteLength(text)) * 8) / 6);
    return digits.slice(offset === 0 ? 0 : offset + 1, whole);
  });
  return [...whole, ...shifted.filter((form) => form.length >= 2 * SHORTEST_LINE)];
}
