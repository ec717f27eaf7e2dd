// The HTTP server of the fake: who asks, what for, may they, is it correct, and only then the answer.
import { createHash, randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { type GitUrl, parseGitUrl, requestToken, serveGit } from "../git-http.ts";
import { refuseAnonymous } from "../git-server.ts";
import { type Answer, failure, type Handler, notFound } from "./answers.ts";
import { codeHandlers } from "./code.ts";
import { deploymentHandlers } from "./deployments.ts";
import { answerFault, type Fault, sendSpoiled, takeFault } from "./faults.ts";
import { checkAnswer, checkRequest, findOperation, type Operation } from "./openapi.ts";
import { hookEnvironment, readPushLog } from "./push-rules.ts";
import { runAndPullHandlers } from "./runs-and-pulls.ts";
import type { Exchange, State } from "./state.ts";
import { grants, missingPermission } from "./tokens.ts";

const handlers: Record<string, Handler> = { ...codeHandlers, ...deploymentHandlers, ...runAndPullHandlers };

export interface Served {
  state: State;
  faults: Fault[];
  /** Folder that holds `<owner>/<name>.git`. */
  root: string;
  hooks: string;
  /** Folder for the logs of single pushes. */
  scratch: string;
}

/** Answers one request, of git or of the API. */
export async function serve(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const fault = takeFault(served.faults, request);
  if (fault && answerFault(fault, response)) return;
  const gitUrl = parseGitUrl(request.url ?? "");
  if (gitUrl) return serveRepository(served, gitUrl, request, response);
  const exchange = await readExchange(served, request);
  const answer = await answerApi(served.state, request, exchange).catch((error: Error) => {
    served.state.violations.push(`${exchange.method} ${exchange.path}: the fake failed: ${error.stack}`);
    return failure(500, "Server Error");
  });
  exchange.status = answer.status;
  served.state.exchanges.push(exchange);
  await send(response, request, answer, fault);
}

async function readExchange(served: Served, request: IncomingMessage): Promise<Exchange> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  const url = new URL(request.url ?? "/", served.state.origin);
  return {
    method: request.method ?? "GET",
    path: url.pathname.replace(/^\/api\/v3(?=\/)/, ""),
    query: Object.fromEntries(url.searchParams),
    body: text === "" ? undefined : JSON.parse(text),
    operation: undefined,
    login: served.state.tokens.get(requestToken(request) ?? "")?.login,
    status: 0,
  };
}

async function answerApi(state: State, request: IncomingMessage, exchange: Exchange): Promise<Answer> {
  const found = findOperation(exchange.method, exchange.path);
  if (!found) return refuse(state, exchange, ["no such operation in the committed description"]);
  const { operation, params } = found;
  exchange.operation = operation.id;
  const token = state.tokens.get(requestToken(request) ?? "");
  if (!token) return failure(401, request.headers.authorization ? "Bad credentials" : "Requires authentication");
  const typed: Record<string, unknown> = { ...params };
  const query = { ...exchange.query };
  const problems = checkRequest(operation, { params: typed, query, body: exchange.body });
  if (problems.length > 0) return refuse(state, exchange, problems);
  const repository = state.repositories.get(`${params.owner}/${params.repo}`);
  if (!repository || !token.repositories.includes(repository.fullName)) return notFound();
  const missing = missingPermission(token, operation.id);
  if (missing) {
    const answer = failure(403, "Resource not accessible by integration");
    return { ...answer, headers: { "x-accepted-github-permissions": missing } };
  }
  const handler = handlers[operation.id];
  if (!handler) return refuse(state, exchange, ["the fake has no handler for it"]);
  const body = (exchange.body ?? {}) as Record<string, unknown>;
  const unmodelled = unmodelledUse(operation, body);
  if (unmodelled) return refuse(state, exchange, [unmodelled]);
  const url = `${state.origin}${exchange.path}`;
  const answer = await handler({ state, repository, token, params: typed, query, body, url });
  const wrong = checkAnswer(operation, answer.status, answer.body);
  return wrong.length > 0 ? refuse(state, exchange, wrong) : answer;
}

/** What GitHub allows and the fake does not imitate must fail loudly. */
function unmodelledUse(operation: Operation, body: Record<string, unknown>): string | undefined {
  if (operation.id !== "repos/create-deployment") return undefined;
  if (body.auto_merge !== false) return "auto_merge is not false: the fake merges nothing";
  return body.required_contexts === undefined ? "required_contexts is missing: the fake keeps no statuses" : undefined;
}

function refuse(state: State, exchange: Exchange, problems: string[]): Answer {
  state.violations.push(`${exchange.method} ${exchange.path}: ${problems.join("; ")}`);
  return failure(501, `Refused by the fake GitHub: ${problems.join("; ")}`);
}

async function send(response: ServerResponse, request: IncomingMessage, answer: Answer, fault: Fault | undefined) {
  const text = JSON.stringify(answer.body);
  const etag = `W/"${createHash("sha256").update(text).digest("hex")}"`;
  response.setHeader("content-type", "application/json; charset=utf-8");
  response.setHeader("etag", etag);
  response.setHeader("x-github-request-id", randomUUID());
  const limits = {
    limit: 5000,
    remaining: 4999,
    used: 1,
    reset: Math.floor(Date.now() / 1000) + 3600,
    resource: "core",
  };
  for (const [name, value] of Object.entries(limits)) response.setHeader(`x-ratelimit-${name}`, value);
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  if (answer.status === 200 && request.headers["if-none-match"] === etag) return void response.writeHead(304).end();
  response.statusCode = answer.status;
  if (fault) return sendSpoiled(fault, response, text);
  response.end(text);
}

async function serveRepository(served: Served, url: GitUrl, request: IncomingMessage, response: ServerResponse) {
  const { state } = served;
  const token = state.tokens.get(requestToken(request) ?? "");
  if (!token) return refuseAnonymous(response);
  const repository = state.repositories.get(url.repository);
  const visible = repository && token.repositories.includes(repository.fullName);
  if (!visible || !grants(token.permissions, "contents", "read")) {
    return void response.writeHead(404).end("Repository not found.");
  }
  if (url.write && !grants(token.permissions, "contents", "write")) {
    return void response.writeHead(403).end(`Permission to ${repository.fullName}.git denied to ${token.login}.`);
  }
  const pushLog = join(served.scratch, randomUUID());
  await serveGit(url, request, response, {
    root: served.root,
    user: token.login,
    config: { "core.hooksPath": served.hooks },
    env: hookEnvironment(repository, token, pushLog),
    done: async () => void state.pushes.push(...(await readPushLog(pushLog, repository, token))),
  });
  await rm(pushLog, { force: true });
}
