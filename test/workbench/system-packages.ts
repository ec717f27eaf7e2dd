import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Debian packages that parts of the suite need, and the program by which each is recognised. */
const wanted: Array<{ name: string; program: string; neededBy: string }> = [
  { name: "python3-venv", program: "/usr/lib/python3/dist-packages", neededBy: "Odoo" },
  { name: "openssh-server", program: "/usr/sbin/sshd", neededBy: "deployment over SSH" },
  { name: "chromium", program: "/usr/bin/chromium", neededBy: "staging seen by a browser" },
  { name: "systemd-container", program: "/usr/bin/systemd-nspawn", neededBy: "the lab" },
  { name: "debootstrap", program: "/usr/sbin/debootstrap", neededBy: "the lab" },
];

/** Installs what is missing when we may; returns a line with the cure for each package that stays missing. */
export function ensureSystemPackages(): string[] {
  const absent = () => wanted.filter(({ program }) => !existsSync(program));
  if (absent().length === 0) return [];
  const sudo = privilege();
  if (sudo !== undefined && existsSync("/usr/bin/apt-get"))
    aptInstall(
      sudo,
      absent().map(({ name }) => name),
    );
  return absent().map(({ name, neededBy }) => `${neededBy}: install the package ${name} (apt-get install ${name})`);
}

/** The words before a command that needs root, or undefined when we cannot become root without a password. */
function privilege(): string[] | undefined {
  if (process.getuid?.() === 0) return [];
  return spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0 ? ["sudo", "-n"] : undefined;
}

function aptInstall(sudo: string[], names: string[]): void {
  console.log(`Installing system packages: ${names.join(" ")}`);
  const apt = (...args: string[]) => {
    const [command = "apt-get", ...rest] = [
      ...sudo,
      "env",
      "DEBIAN_FRONTEND=noninteractive",
      "apt-get",
      "-qq",
      ...args,
    ];
    return spawnSync(command, rest, { stdio: ["ignore", "ignore", "inherit"] }).status === 0;
  };
  apt("update");
  apt("install", "--yes", "--no-install-recommends", ...names);
}
