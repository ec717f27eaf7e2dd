import { createServer } from "node:net";
import { privateServerArguments } from "../odoo/command-line.ts";
import { ExpectedError } from "../platform/errors.ts";
import { spawnChild } from "../platform/process.ts";

/** An Odoo that only this machine reaches, to look at a new version before anybody else does. */
export interface PrivateServer {
  /** Such as http://127.0.0.1:41234. */
  url: string;
  pid: number;
  /** Aborted when the server ends by itself. */
  ended: AbortSignal;
  stop(): Promise<void>;
}

/** Starts Odoo without crons on a free port of the loopback. */
export async function startPrivateServer(options: {
  command: string;
  config: string;
  database: string;
  addonsPath: readonly string[];
  /** The configuration file has a filter of databases, which this one would not pass. */
  filtered: boolean;
  logFile: string;
}): Promise<PrivateServer> {
  const port = await freePort();
  const child = spawnChild(options.command, privateServerArguments({ ...options, port }));
  const ended = new AbortController();
  let printed = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      printed = (printed + chunk.toString("utf8")).slice(-2000);
    });
  void child.exited.then(({ code, signal }) => ended.abort(endedEarly(code ?? signal, printed)));
  return { url: `http://127.0.0.1:${port}`, pid: child.pid, ended: ended.signal, stop: () => child.stop() };
}

function endedEarly(how: unknown, printed: string): ExpectedError {
  return new ExpectedError({
    code: "server-ended",
    message: `The new version's server ended by itself (${how}). ${printed.trim().split("\n").at(-1) ?? ""}`.trim(),
    remedy: "Look at the end of Odoo's log below: often a module that cannot be imported.",
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
