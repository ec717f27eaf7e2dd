import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ExpectedError } from "../platform/errors.ts";
import { withTemporaryDirectory } from "../platform/files.ts";
import type { SshConnection } from "../platform/ssh.ts";
import type { HostAccess } from "./host-channel.ts";
import { connectNode } from "./host-remote.ts";
import type { NodeDefinition } from "./pipeline-schema.ts";

/** A PostgreSQL server that only the node `through` reaches, and the node `target` that is to reach it. */
export interface TunnelEnds {
  through: NodeDefinition;
  /** As `through` reaches it; `host` may be the folder of a Unix socket. */
  server: { host: string; port: number };
  target: NodeDefinition;
}

/** Lets a node, or this machine, reach a server that it does not reach by itself, as long as `work` runs. */
export type Tunnel = <T>(server: TunnelEnds["server"], work: (mouth: TunnelMouth) => Promise<T>) => Promise<T>;

/** Where the server is for programs on the machine that is to reach it; `host` may be the folder of a Unix socket. */
export interface TunnelMouth {
  host: string;
  port: number;
  /** Aborted, with the error to report, when an SSH connection of the tunnel is gone. */
  signal: AbortSignal;
}

/**
 * Runs `work` while the target's node reaches the server over this machine. The ways in are Unix sockets in private
 * folders, which nobody else on either machine can use; both are gone afterwards.
 */
export async function withTunnel<T>(
  ends: TunnelEnds,
  access: Omit<HostAccess, "bundleDir">,
  work: (mouth: TunnelMouth) => Promise<T>,
): Promise<T> {
  return await withTemporaryDirectory("tunnel", async (dir) => {
    const cut = new AbortController();
    const open: SshConnection[] = [];
    const connectTo = async (node: NodeDefinition) => {
      const connection = await connectNode(node, access);
      open.push(connection);
      void connection.ended.then(() => cut.abort(tunnelCut(node)));
      return connection;
    };
    try {
      const { host, address } = await reachHere(ends, dir, connectTo);
      if (ends.target.host === "local")
        return await orCut(work({ ...ends.server, host, signal: cut.signal }), cut.signal);
      const target = await connectTo(ends.target);
      const folder = await makeFolder(target);
      try {
        await target.offer(`${folder}/${socketName(ends.server.port)}`, address);
        return await orCut(work({ ...ends.server, host: folder, signal: cut.signal }), cut.signal);
      } finally {
        await target.run(["rm", "-rf", folder], { timeoutMs: 10_000 }).catch(() => undefined); // else by the next one
      }
    } finally {
      await Promise.all(open.map((connection) => connection.close()));
    }
  });
}

/** The server as this machine reaches it: by itself when it is the node, else through a socket in `dir`. */
async function reachHere(
  { through, server }: TunnelEnds,
  dir: string,
  connectTo: (node: NodeDefinition) => Promise<SshConnection>,
): Promise<{ host: string; address: string }> {
  const address = addressOf(server);
  if (through.host === "local") return { host: server.host, address };
  const socket = join(dir, socketName(server.port));
  await (await connectTo(through)).reach(socket, address);
  return { host: dir, address: socket };
}

function addressOf({ host, port }: TunnelEnds["server"]): string {
  if (host.startsWith("/")) return `${host}/${socketName(port)}`;
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

// PostgreSQL's clients look for this name in the folder that they are given as host.
const socketName = (port: number) => `.s.PGSQL.${port}`;

// What a killed run left behind has no listener any more.
const MAKE_FOLDER = `set -eu; umask 077; base="$HOME/.odoo-pipeline"; mkdir -p "$base"
find "$base" -maxdepth 1 -name "tunnel-*" -mmin +1 | while read -r old; do grep -qF "$old/" /proc/net/unix || rm -rf "$old"; done
mktemp -d "$base/tunnel-XXXXXX"`;

async function makeFolder(connection: SshConnection): Promise<string> {
  const { stdout } = await connection.run(["sh", "-c", MAKE_FOLDER]);
  return stdout.trimEnd().split("\n").at(-1) ?? ""; // a login shell's banner may come first
}

/** The work's result; when it fails because the tunnel was cut, that is the error. */
async function orCut<T>(work: Promise<T>, cut: AbortSignal): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!cut.aborted) await delay(500, undefined, { signal: cut }).catch(() => undefined);
    throw cut.aborted ? cut.reason : error;
  }
}

function tunnelCut({ host }: NodeDefinition): ExpectedError {
  return new ExpectedError({
    code: "tunnel-cut",
    message: `The tunnel to a database server was cut: the SSH connection to ${host} is gone.`,
    remedy: "Check the network between the runner and that host, then run again.",
  });
}
