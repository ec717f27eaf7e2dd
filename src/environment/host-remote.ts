import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError } from "../platform/errors.ts";
import { withTemporaryDirectory } from "../platform/files.ts";
import { run } from "../platform/process.ts";
import { SshConnection } from "../platform/ssh.ts";
import type { HostAccess, HostProgram } from "./host-channel.ts";
import { CALL_TIMEOUT_MS, NODE_FLAGS } from "./host-local.ts";
import type { NodeDefinition } from "./pipeline-schema.ts";

const OLDEST_NODE = 20;

/** Runs the host program over SSH; sends the bundle, and Node where the host has none, unless they are there already. */
export async function openRemoteProgram(node: NodeDefinition, access: HostAccess): Promise<HostProgram> {
  const connection = await connectNode(node, access);
  try {
    const host = await inspectHost(connection, node.host);
    const executable = await provideNode(connection, host, access);
    const program = await provideBundle(connection, host, access);
    return {
      start: (args, options) =>
        connection.run([executable, ...NODE_FLAGS, program, ...args], {
          ...options,
          timeoutMs: CALL_TIMEOUT_MS,
          allowedExitCodes: "any",
        }),
      close: () => connection.close(),
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Opens an SSH connection to a node; ExpectedError names the inputs that are missing. */
export function connectNode(
  node: NodeDefinition,
  { log, privateKey, knownHosts }: Omit<HostAccess, "bundleDir">,
): Promise<SshConnection> {
  const missing = [privateKey ? undefined : "ssh-private-key", knownHosts ? undefined : "ssh-known-hosts"].filter(
    Boolean,
  );
  if (missing.length > 0 || !privateKey || !knownHosts || !node.user) {
    throw new ExpectedError({
      code: "missing-ssh-access",
      message: `The node ${node.host} is reached by SSH, but the input ${missing.join(" and ")} is empty.`,
      remedy: `Pass the private key and the line(s) of \`ssh-keyscan ${node.host}\` that you have verified; see the template's README.`,
    });
  }
  const port = node.port === undefined ? {} : { port: node.port };
  return SshConnection.open(log, { host: node.host, user: node.user, privateKey, knownHosts, ...port });
}

interface RemoteHost {
  name: string;
  home: string;
  machine: string;
  nodeMajor: number;
}

const INSPECT = 'printf "%s\\n" "$HOME" "$(uname -m)" "$(node --version 2>/dev/null)"';

async function inspectHost(connection: SshConnection, name: string): Promise<RemoteHost> {
  const { stdout } = await connection.run(["sh", "-c", INSPECT]);
  // A login shell's banner may come first: the answer is the last three lines.
  const [home = "", machine = "", version = ""] = stdout.replace(/\n$/, "").split("\n").slice(-3);
  return { name, home, machine, nodeMajor: Number(/^v(\d+)\./.exec(version)?.[1] ?? 0) };
}

async function provideNode(connection: SshConnection, host: RemoteHost, { log }: HostAccess): Promise<string> {
  if (host.nodeMajor >= OLDEST_NODE) return "node";
  const { stdout } = await run("uname", ["-m"]);
  const machine = stdout.trim();
  if (machine !== host.machine) {
    throw new ExpectedError({
      code: "no-node-on-host",
      message: `${host.name} has no Node >= ${OLDEST_NODE}, and the runner's own (${machine}) does not run on ${host.machine}.`,
      remedy: `Install Node ${OLDEST_NODE} or newer on ${host.name}.`,
    });
  }
  const path = `${host.home}/.odoo-pipeline/runtime/node-${process.version}-${machine}`;
  if (!(await remoteHas(connection, path))) {
    log.info(`Sending Node ${process.version} to ${host.name}, which has none of version ${OLDEST_NODE} or newer`);
    await sendFile(connection, path, process.execPath);
  }
  return path;
}

/** Sends the folder of the bundle as one archive, named by its hash, so that equal versions are sent once. */
async function provideBundle(connection: SshConnection, host: RemoteHost, access: HostAccess): Promise<string> {
  return await withTemporaryDirectory("odoo-pipeline-bundle-", async (scratch) => {
    const archive = join(scratch, "bundle.tar");
    const stable = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "--mode=u=rwX,go=rX"];
    await run("tar", [...stable, "--exclude=licenses.txt", "-cf", archive, "-C", access.bundleDir, "."]);
    const sha256 = createHash("sha256")
      .update(await readFile(archive))
      .digest("hex");
    const folder = `${host.home}/.odoo-pipeline/runtime/${sha256}`;
    if (!(await remoteHas(connection, folder))) {
      access.log.info(`Sending the host program to ${host.name}`);
      await connection.run(["sh", "-c", UNPACK, "sh", folder], { stdin: createReadStream(archive) });
    }
    return `${folder}/host.js`;
  });
}

// Written beside and renamed, so that a cut connection never leaves half a program under the final name.
const UNPACK = `set -eu; umask 077; mkdir -p "$(dirname "$1")"; rm -rf "$1.$$"; mkdir "$1.$$"
tar -x -C "$1.$$"; mv -T "$1.$$" "$1" 2>/dev/null || { rm -rf "$1.$$"; test -d "$1"; }`;
const RECEIVE = `set -eu; umask 077; mkdir -p "$(dirname "$1")"; cat > "$1.$$"; chmod 700 "$1.$$"; mv "$1.$$" "$1"`;

async function remoteHas(connection: SshConnection, path: string): Promise<boolean> {
  return (await connection.run(["test", "-e", path], { allowedExitCodes: [0, 1] })).code === 0;
}

async function sendFile(connection: SshConnection, path: string, local: string): Promise<void> {
  await connection.run(["sh", "-c", RECEIVE, "sh", path], { stdin: createReadStream(local) });
}
