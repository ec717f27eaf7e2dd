import { ExpectedError } from "./errors.ts";
import { isLoopback } from "./names.ts";

/** The environment in which git sees only our settings, and what of it must not be shown. */
export function gitEnvironment(
  dir: string,
  auth?: { url: string; token?: string },
): { env: Record<string, string>; redact: string[] } {
  const protocol = auth ? protocolOf(auth.url) : "none";
  const secret = auth?.token ? basicCredentials(auth.url, auth.token) : undefined;
  const settings: [string, string][] = [
    ["core.hooksPath", "/dev/null"],
    ["core.fsmonitor", "false"],
    ["core.quotePath", "false"],
    ["protocol.ext.allow", "never"],
    ["safe.directory", dir],
    ["gc.auto", "0"],
    ["credential.helper", ""],
    ["http.followRedirects", "initial"],
    // A server that sends nothing for a minute is gone.
    ["http.lowSpeedLimit", "1"],
    ["http.lowSpeedTime", "60"],
  ];
  if (auth && secret)
    settings.push([`http.${new URL(auth.url).origin}/.extraheader`, `AUTHORIZATION: basic ${secret}`]);
  const env: Record<string, string> = {
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_CONFIG_COUNT: String(settings.length),
  };
  settings.forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return { env, redact: [auth?.token, secret].filter((text) => text !== undefined && text !== "") as string[] };
}

function protocolOf(url: string): string {
  const match = /^(https?|ssh|file):\/\//.exec(url);
  if (match?.[1]) return match[1];
  const remedy = "use an address that begins with https:// (or http://, ssh://, file://)";
  throw new ExpectedError({ code: "git-url", message: `"${url}" is no address of a git repository.`, remedy });
}

function basicCredentials(url: string, token: string): string | undefined {
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:" && !isLoopback(hostname)) {
    const message = `The token is not sent to ${url}: the connection is not encrypted.`;
    throw new ExpectedError({ code: "git-token-in-clear", message, remedy: "use the https:// address of the server" });
  }
  if (protocol !== "https:" && protocol !== "http:") return undefined;
  return Buffer.from(`x-access-token:${token}`).toString("base64");
}
