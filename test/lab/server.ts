import { cpSync, mkdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withTemporaryDirectory } from "../../src/platform/files.ts";
import { run } from "../../src/platform/process.ts";
import type { Machine } from "./machine.ts";
import { applicationFiles, databaseFiles, type LabInstance } from "./server-files.ts";

/** What a host needs to run Odoo. */
export interface ServerContent {
  instances: LabInstance[];
  odoo: { command: string; addonsPath: string[] };
  /** Folders to copy below /srv/odoo/<instance>, such as `data` and `releases`, by instance. */
  content: Record<string, string>;
}

/** What an SSH client needs to log in as `odoo`. */
export interface Access {
  privateKey: string;
  knownHosts: string;
}

/** Both halves of a key, as text. */
export interface KeyPair {
  privateKey: string;
  publicKey: string;
}

/** Lays the disk of a host of PostgreSQL out: its data is a copy of a stopped server's of version 15. */
export async function prepareDatabase(machine: Machine, cluster: string, access?: string): Promise<void> {
  for (const file of databaseFiles(access)) machine.write(file.path, file.content, file.mode);
  await layCluster(cluster, machine.description.root, join(machine.description.dir, "upper"));
}

/** Lays the disk of a host of Odoo out that is not booted yet; `user` logs in as `odoo`. */
export async function prepareServer(machine: Machine, server: ServerContent, user: KeyPair): Promise<Access> {
  const host = await keyPair();
  machine.write("/etc/ssh/ssh_host_ed25519_key", host.privateKey, 0o600);
  machine.write("/etc/ssh/ssh_host_ed25519_key.pub", host.publicKey);
  const { instances, odoo, content } = server;
  for (const file of applicationFiles(instances, { command: odoo.command, addons: odoo.addonsPath }, user.publicKey)) {
    machine.write(file.path, file.content, file.mode);
  }
  const { dir, root } = machine.description;
  const upper = join(dir, "upper");
  for (const { name } of instances) copyContent(content[name], join(upper, "srv/odoo", name));
  await chownTree(root, "odoo", join(upper, "srv/odoo"));
  return { privateKey: user.privateKey, knownHosts: `${machine.address} ${host.publicKey}` };
}

function copyContent(from: string | undefined, to: string): void {
  mkdirSync(to, { recursive: true });
  if (from !== undefined) cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

async function layCluster(cluster: string, root: string, upper: string): Promise<void> {
  const target = join(upper, "var/lib/postgresql/15/lab");
  mkdirSync(join(upper, "var/lib/postgresql/15"), { recursive: true });
  await run("cp", ["--archive", "--reflink=auto", "--no-target-directory", cluster, target]);
  await chownTree(root, "postgres", join(upper, "var/lib/postgresql"));
}

/** Gives files to a user whom only the host knows. */
async function chownTree(root: string, user: string, path: string): Promise<void> {
  const id = async (option: string) => (await run("chroot", [root, "id", option, user])).stdout.trim();
  const owner = `${await id("-u")}:${await id("-g")}`;
  await run("chown", ["--recursive", "--no-dereference", owner, path]);
}

/** A new key for SSH, as OpenSSH writes it. */
export async function keyPair(): Promise<KeyPair> {
  return withTemporaryDirectory("lab-key", async (dir) => {
    const file = join(dir, "key");
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", file]);
    return { privateKey: await readFile(file, "utf8"), publicKey: await readFile(`${file}.pub`, "utf8") };
  });
}
