import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostAccess } from "../../../src/environment/host-channel.ts";
import { type SshServer, startSshServer } from "../environment/sshd.ts";

/** Two nodes, one sshd each, and what it takes to run the host program of the sources on them. */
export interface Nodes {
  production: SshServer;
  staging: SshServer;
  access: Omit<HostAccess, "log">;
  remove(): Promise<void>;
}

/** Starts both; one key opens them. */
export async function startNodes(): Promise<Nodes> {
  const production = await startSshServer();
  const staging = await startSshServer(undefined, production.privateKey);
  const bundleDir = await mkdtemp(join(tmpdir(), "refresh-nodes-"));
  const program = join(import.meta.dirname, "../../../src/host.ts");
  await writeFile(join(bundleDir, "package.json"), '{"type":"module"}');
  await writeFile(
    join(bundleDir, "host.js"),
    `import { host } from ${JSON.stringify(program)};\nawait host(process.argv.slice(2));\n`,
  );
  return {
    ...{ production, staging },
    access: {
      ...{ bundleDir, privateKey: staging.privateKey },
      knownHosts: `${production.knownHosts}\n${staging.knownHosts}`,
    },
    remove: async () => {
      await Promise.all([production.stop(), staging.stop()]);
      await rm(bundleDir, { recursive: true, force: true });
    },
  };
}

/** A node as the pipeline file describes it. */
export const nodeAt = ({ host, port, user }: SshServer) => ({ host, port, user });
