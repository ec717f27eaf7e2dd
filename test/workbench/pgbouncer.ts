import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Connection, withSession } from "../../src/platform/postgres.ts";
import { spawnChild } from "../../src/platform/process.ts";
import { asDependentServer } from "./ordinary-user.ts";
import { freePort } from "./ports.ts";

const program = "/usr/sbin/pgbouncer";

/** With CI=true it has to be there. */
export const hasPgbouncer = existsSync(program) || process.env.CI === "true";

/** A running PgBouncer of Debian; it ends with this process at the latest. */
export interface Pgbouncer {
  /** In front of every database of the server, for the role of the given connection. */
  port: number;
  stop(): Promise<void>;
}

/** Starts one in front of a server; its files are in `dir`. */
export async function startPgbouncer(server: Connection, mode: "transaction" | "session", dir: string) {
  await mkdir(dir, { recursive: true });
  const port = await freePort();
  const settings = { listen_addr: "127.0.0.1", listen_port: port, unix_socket_dir: "", pool_mode: mode };
  const access = { auth_type: "scram-sha-256", auth_file: join(dir, "users.txt") };
  const lines = Object.entries({ ...settings, ...access }).map(([name, value]) => `${name} = ${value}`);
  const databases = ["[databases]", `* = host=${server.host} port=${server.port}`];
  await writeFile(join(dir, "users.txt"), `"${server.user}" "${server.password}"\n`, { mode: 0o600 });
  await writeFile(join(dir, "pgbouncer.ini"), [...databases, "[pgbouncer]", ...lines, ""].join("\n"));
  const child = spawnChild(...asDependentServer(program, ["--quiet", join(dir, "pgbouncer.ini")]), { cwd: dir });
  child.stdout.resume();
  child.stderr.resume();
  await untilReady({ ...server, port });
  return { port, stop: () => child.stop() } satisfies Pgbouncer;
}

async function untilReady(connection: Connection): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const failure = await withSession(connection, async () => undefined).catch((error: unknown) => error);
    if (failure === undefined) return;
    if (attempt === 250) throw failure;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
