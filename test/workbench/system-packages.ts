import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** A Debian package that parts of the suite need. */
interface SystemPackage {
  name: string;
  neededBy: string;
  isThere(): boolean;
}

const file = (...paths: string[]) => paths.some((path) => existsSync(path));

const wanted: SystemPackage[] = [
  {
    name: "python3-venv",
    neededBy: "Odoo",
    isThere: () => succeeds("/usr/bin/python3", "-c", "import ensurepip, venv"),
  },
  { name: "openssl", neededBy: "TLS tests", isThere: () => file("/usr/bin/openssl") },
  { name: "openssh-client", neededBy: "deployment over SSH", isThere: () => file("/usr/bin/ssh-keygen") },
  { name: "openssh-server", neededBy: "deployment over SSH", isThere: () => file("/usr/sbin/sshd") },
  { name: "postgresql-client", neededBy: "dumps and guards", isThere: () => file("/usr/bin/pg_dump") },
  { name: "pgbouncer", neededBy: "refresh through a pooler", isThere: () => file("/usr/sbin/pgbouncer") },
  { name: "chromium", neededBy: "staging seen by a browser", isThere: () => file("/usr/bin/chromium") },
  { name: "iproute2", neededBy: "the lab", isThere: () => file("/usr/sbin/ip", "/sbin/ip", "/bin/ip") },
  { name: "systemd-container", neededBy: "the lab", isThere: () => file("/usr/bin/systemd-nspawn") },
  { name: "debootstrap", neededBy: "the lab", isThere: () => file("/usr/sbin/debootstrap") },
];

/** Installs what is missing when we may; returns a line with the cure for each package that stays missing. */
export function ensureSystemPackages(): string[] {
  const absent = () => wanted.filter((entry) => !entry.isThere());
  const missing = absent();
  if (missing.length === 0) return [];
  const sudo = privilege();
  if (sudo !== undefined && existsSync("/usr/bin/apt-get")) {
    const names = missing.map(({ name }) => name);
    console.log(`Installing system packages: ${names.join(" ")}`);
    aptInstall(sudo, names);
  }
  return absent().map(({ name, neededBy }) => `${neededBy}: install the package ${name} (apt-get install ${name})`);
}

/** The words before a command that needs root, or undefined when we cannot become root without a password. */
function privilege(): string[] | undefined {
  if (process.getuid?.() === 0) return [];
  return succeeds("sudo", "-n", "true") ? ["sudo", "-n"] : undefined;
}

function aptInstall(sudo: string[], names: string[]): void {
  const apt = (...args: string[]) => {
    const words = [...sudo, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", ...args];
    spawnSync(words[0] ?? "", words.slice(1), { stdio: ["ignore", "ignore", "inherit"] });
  };
  apt("update");
  apt("install", "--yes", "--no-install-recommends", ...names);
}

function succeeds(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}
