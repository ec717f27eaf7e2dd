import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { ExpectedError } from "../platform/errors.ts";

/** Answers 503 in the service's place until it is closed. */
export interface MaintenanceAnswer {
  close(): Promise<void>;
}

const retryAfterSeconds = 30;

const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="10"><title>Update in progress</title>
<style>body{font:18px/1.5 system-ui,sans-serif;margin:15vh auto;max-width:32em;padding:0 1em;color:#333}</style></head>
<body><h1>Update in progress</h1><p>The system is being updated and will be back in a few minutes.
This page reloads by itself.</p></body></html>
`;

/** Starts to answer on the service's own port; throws ExpectedError "port-in-use" when somebody else still does. */
export async function answerMaintenance(host: string, port: number): Promise<MaintenanceAnswer> {
  const server = createServer(answer);
  await listen(server, host, port);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const json = /json/.test(`${request.headers["content-type"] ?? ""} ${request.headers.accept ?? ""}`);
  const problem = { code: 503, message: "Update in progress", data: { retry_after: retryAfterSeconds } };
  const body = json ? JSON.stringify({ jsonrpc: "2.0", id: null, error: problem }) : page;
  request.resume();
  response.writeHead(503, {
    "content-type": json ? "application/json" : "text/html; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "retry-after": String(retryAfterSeconds),
    "cache-control": "no-store",
    connection: "close",
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const problem = {
        code: "port-in-use",
        message: `Cannot answer on ${host}:${port} while the service is stopped: ${cause.code}.`,
        remedy: "Something else uses the port. Look which process it is (ss -ltnp) and whether the service stopped.",
      };
      reject(new ExpectedError(problem, { cause }));
    });
    server.listen(port, host, () => resolve());
  });
}
