import { existsSync } from "node:fs";

/** Whether this machine can boot hosts, and if not, what would make it able to. */
export function canRunLab(): { possible: boolean; cure: string } {
  if (process.getuid?.() !== 0) return { possible: false, cure: "needs root: run it as root" };
  const missing = [
    ["/usr/bin/systemd-nspawn", "systemd-container"],
    ["/usr/sbin/debootstrap", "debootstrap"],
  ].filter(([program]) => !existsSync(program ?? ""));
  if (missing.length > 0)
    return { possible: false, cure: `needs apt-get install ${missing.map(([, name]) => name).join(" ")}` };
  return { possible: true, cure: "root" };
}
