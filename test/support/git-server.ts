// A git server over HTTP with tokens: what the git tests need of GitHub, without its API.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseGitUrl, requestToken, serveGit } from "./git-http.ts";

export interface GitServer extends AsyncDisposable {
  /** Base of all repositories: `<url>/<owner>/<name>.git`. */
  url: string;
  /** Every request with the Authorization header it carried, verbatim. */
  requests: { method: string; path: string; authorization: string | undefined; status: number }[];
  close(): Promise<void>;
}

/**
 * Serves the bare repositories `<root>/<owner>/<name>.git` on a free port of 127.0.0.1. With `tokens` every request
 * needs one of them; without, everybody may read and write.
 */
export async function startGitServer(
  root: string,
  options: { tokens?: Record<string, { contents: "read" | "write" }> } = {},
): Promise<GitServer> {
  const requests: GitServer["requests"] = [];
  const server = createServer((request, response) => {
    const { method = "", url: path = "" } = request;
    response.on("finish", () => {
      requests.push({ method, path, authorization: request.headers.authorization, status: response.statusCode });
    });
    answer(root, options.tokens, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, close, [Symbol.asyncDispose]: close };
}

async function answer(
  root: string,
  tokens: Record<string, { contents: "read" | "write" }> | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = parseGitUrl(request.url ?? "");
  if (!url) return void response.writeHead(404).end("Not Found");
  if (tokens) {
    const grant = tokens[requestToken(request) ?? ""];
    if (!grant) return refuseAnonymous(response);
    if (url.write && grant.contents !== "write") return void response.writeHead(403).end("Write access not granted.");
  }
  await serveGit(url, request, response, { root, user: "tester" });
}

/** Answers as GitHub does when a private repository is asked for without a valid token. */
export function refuseAnonymous(response: ServerResponse): void {
  response.writeHead(401, { "www-authenticate": 'Basic realm="GitHub"' }).end("Invalid username or token.");
}
