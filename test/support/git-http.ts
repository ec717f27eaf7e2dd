// git's own HTTP server program behind node:http: the protocol is the real one.
import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isolatedGit } from "./git.ts";

/** What a request to a git URL asks for. */
export interface GitUrl {
  repository: string;
  /** Path below the repository: `/info/refs`, `/git-upload-pack` or `/git-receive-pack`. */
  service: string;
  query: string;
  write: boolean;
}

/** Parses `/<owner>/<name>[.git]/<service>`; undefined when the path is none of smart HTTP. */
export function parseGitUrl(target: string): GitUrl | undefined {
  const url = new URL(target, "http://localhost");
  const match = /^\/([\w.-]+\/[\w.-]+?)(?:\.git)?(\/info\/refs|\/git-upload-pack|\/git-receive-pack)$/.exec(
    url.pathname,
  );
  if (!match?.[1] || !match[2]) return undefined;
  const asked = url.searchParams.get("service") ?? match[2].slice(1);
  return { repository: match[1], service: match[2], query: url.search.slice(1), write: asked === "git-receive-pack" };
}

/** Reads user and password or a bearer token from the Authorization header; undefined without one. */
export function requestToken(request: IncomingMessage): string | undefined {
  const [scheme, value] = (request.headers.authorization ?? "").split(" ", 2);
  if (!scheme || !value) return undefined;
  if (scheme.toLowerCase() !== "basic") return value;
  return Buffer.from(value, "base64").toString("utf8").split(":").slice(1).join(":");
}

const serverConfig: Record<string, string> = {
  "uploadpack.allowFilter": "true",
  "uploadpack.allowAnySHA1InWant": "true",
  "http.receivepack": "true",
  "receive.advertisePushOptions": "true",
  "safe.directory": "*",
};

/** git configuration as environment variables, so that no repository has to carry it. */
function configEnvironment(config: Record<string, string>): Record<string, string> {
  const env: Record<string, string> = { GIT_CONFIG_COUNT: String(Object.keys(config).length) };
  Object.entries(config).forEach(([key, value], index) => {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  });
  return env;
}

export interface GitService {
  /** Folder that holds `<owner>/<name>.git`. */
  root: string;
  user: string;
  /** Further git configuration, such as core.hooksPath. */
  config?: Record<string, string>;
  /** Variables that hooks read. */
  env?: Record<string, string>;
  /** Called when git has done its work, before the client learns of it. */
  done?: () => Promise<void>;
}

/** Lets `git http-backend` answer the request; resolves when it has ended. */
export async function serveGit(
  url: GitUrl,
  request: IncomingMessage,
  response: ServerResponse,
  service: GitService,
): Promise<void> {
  const header = (name: string) => String(request.headers[name] ?? "");
  const backend = spawn("git", ["http-backend"], {
    env: {
      ...isolatedGit,
      ...configEnvironment({ ...serverConfig, ...service.config }),
      ...service.env,
      GIT_PROJECT_ROOT: service.root,
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: request.method ?? "GET",
      PATH_INFO: `/${url.repository}.git${url.service}`,
      QUERY_STRING: url.query,
      CONTENT_TYPE: header("content-type"),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      GIT_PROTOCOL: header("git-protocol"),
      REMOTE_USER: service.user,
      REMOTE_ADDR: "127.0.0.1",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(backend.stdin);
  backend.stdin.on("error", () => undefined);
  response.on("close", () => backend.kill());
  forwardCgi(backend.stdout, response);
  await new Promise<void>((resolve, reject) => {
    backend.on("error", reject);
    backend.on("close", () => resolve());
  });
  await service.done?.();
  response.end();
}

/** A CGI answer is a head with an optional Status line, an empty line, and the body. */
function forwardCgi(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head: Buffer | undefined = Buffer.alloc(0);
  output.on("data", (chunk: Buffer) => {
    if (!head) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    for (const line of head.subarray(0, end).toString("latin1").split("\r\n")) {
      const [name, value] = line.split(/: (.*)/s, 2) as [string, string];
      if (name === "Status") response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    head = undefined;
  });
}
