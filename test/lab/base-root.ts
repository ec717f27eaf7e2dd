import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../src/platform/process.ts";

/** Debian release of the lab's hosts. */
const suite = "bookworm";
const inBase = ["systemd", "systemd-sysv", "dbus", "iproute2", "openssh-server", "sudo", "curl", "ca-certificates"];
/** User id of `odoo` on every host. */
const odooUid = 1500;
const added = ["python3", "python3-ldap", "postgresql", "postgresql-contrib", "nginx", "rsync", "zstd"];

/**
 * The root file system that every lab host starts from, made once (about 3 minutes) and cached below `cacheDir`.
 * It holds Debian with systemd, sshd, PostgreSQL and nginx, all stopped; hosts lay their own files over it.
 */
export async function ensureBaseRoot(cacheDir: string, say: (line: string) => void): Promise<string> {
  const key = createHash("sha256")
    .update(JSON.stringify([suite, inBase, added, odooUid]))
    .digest("hex")
    .slice(0, 12);
  const root = join(cacheDir, `root-${key}`);
  if (existsSync(root)) return root;
  const building = `${root}.building-${process.pid}`;
  mkdirSync(cacheDir, { recursive: true });
  try {
    say(`lab: Debian ${suite} for the hosts (once)`);
    await bootstrap(building);
    await installPackages(building);
    await settle(building);
    renameSync(building, root);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return root;
}

async function bootstrap(target: string): Promise<void> {
  const include = `--include=${inBase.join(",")}`;
  await run("debootstrap", ["--variant=minbase", include, suite, target, await mirror()], { timeoutMs: 900_000 });
}

/** The archive that the machine's own apt uses for this suite. */
async function mirror(): Promise<string> {
  const format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
  const { stdout } = await run("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]);
  const line = stdout.split("\n").find((entry) => entry.endsWith(` ${suite} main`));
  if (line === undefined) throw new Error(`lab: apt has no source for Debian ${suite} main; add one to its sources`);
  return line.split(" ")[0] ?? "";
}

async function installPackages(root: string): Promise<void> {
  const policy = join(root, "usr/sbin/policy-rc.d");
  writeFileSync(policy, "#!/bin/sh\nexit 101\n");
  chmodSync(policy, 0o755);
  const env = { DEBIAN_FRONTEND: "noninteractive", HOME: "/root" };
  await run("chroot", [root, "apt-get", "-qq", "install", "--yes", "--no-install-recommends", ...added], {
    env,
    timeoutMs: 900_000,
  });
  await run("chroot", [root, "apt-get", "clean"], { env });
}

/** What every host shares: the user that runs Odoo and receives the pipeline, and no site of nginx's own. */
async function settle(root: string): Promise<void> {
  const user = ["--create-home", "--home-dir", "/srv/odoo", "--shell", "/bin/bash", "--uid", String(odooUid), "odoo"];
  await run("chroot", [root, "useradd", ...user]);
  rmSync(join(root, "etc/nginx/sites-enabled/default"), { force: true });
  writeFileSync(join(root, "etc/machine-id"), "");
}
