import { isIP } from "node:net";

/** Whether text is a name git accepts for a branch and that no command can take for an option. */
export function isBranchName(text: string): boolean {
  if (text === "" || Buffer.byteLength(text) > 244 || text === "@" || text === "HEAD") return false;
  if (/^-|^\/|\/$|\/\/|\.\.|@\{|\.$|[ ~^:?*[\\]|[^\P{Cc}]/u.test(text)) return false;
  return text.split("/").every((part) => !part.startsWith(".") && !part.endsWith(".lock"));
}

/** Whether text is a full object id of git, SHA-1 or SHA-256, in lower case. */
export function isSha(text: string): boolean {
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);
}

/** Whether text is a host name of RFC 1123 or a literal IP address (without brackets or zone). */
export function isHostName(text: string): boolean {
  if (isIP(text) !== 0) return !text.includes("%");
  const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
  return text.length <= 253 && new RegExp(`^${label}(?:\\.${label})*$`).test(text);
}

/** Whether a host name means this machine itself, as `localhost` and 127.0.0.0/8 do. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  return bare === "localhost" || bare === "::1" || (isIP(bare) === 4 && bare.startsWith("127."));
}

/** Whether text is a portable Unix user name. */
export function isUserName(text: string): boolean {
  return /^[a-z_][a-z0-9_-]{0,31}$/.test(text);
}

/**
 * Whether text can name a database of Odoo or its role: 1 to 63 bytes, no control characters. Odoo keeps the files of a
 * database in a folder of its name, so that no other folder can be named.
 */
export function isDatabaseName(text: string): boolean {
  return Buffer.byteLength(text) <= 63 && !/^\.{0,2}$|\/|\p{Cc}/u.test(text);
}

/** Whether text is an absolute Unix path without `.`/`..` steps and control characters. */
export function isAbsolutePath(text: string): boolean {
  if (!text.startsWith("/") || text.length > 4096 || /\p{Cc}/u.test(text)) return false;
  return text.split("/").every((part) => part !== ".." && part !== ".");
}
