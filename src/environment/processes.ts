import { readdir, readFile, readlink } from "node:fs/promises";

/** A process of this host, as /proc shows it. */
export interface HostProcess {
  pid: number;
  argv: string[];
  /** Id of its Unix session: a service and its workers have one. */
  session: number;
  /** Its systemd unit, if it has one. */
  unit?: string;
  /** TCP ports that it listens on; empty also where it is another user's and we may not look. */
  listens: number[];
}

/** Every process whose arguments can be read. */
export async function hostProcesses(): Promise<HostProcess[]> {
  const listening = await listeningSockets();
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map((pid) => readProcess(pid, listening).catch(() => undefined)));
  return all.filter((one) => one !== undefined);
}

async function readProcess(pid: number, listening: ReadonlyMap<string, number>): Promise<HostProcess | undefined> {
  const argv = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0").filter((word) => word !== "");
  if (argv.length === 0) return undefined; // of the kernel, or ended
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // Behind the name, which may hold anything: state, parent, group, session.
  const session = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[3]);
  const unit = unitOf(await readFile(`/proc/${pid}/cgroup`, "utf8").catch(() => ""));
  const listens = await portsOf(pid, listening);
  return { pid, argv, session, listens, ...(unit === undefined ? {} : { unit }) };
}

function unitOf(cgroup: string): string | undefined {
  return /([^/\n]+\.service)(?:\/|$)/m.exec(cgroup)?.[1];
}

async function portsOf(pid: number, listening: ReadonlyMap<string, number>): Promise<number[]> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => "")));
  const ports = links.map((link) => listening.get(link)).filter((port) => port !== undefined);
  return [...new Set(ports)].sort((a, b) => a - b);
}

const LISTEN = "0A";

/** Ports by the name that /proc/<pid>/fd gives their sockets. */
async function listeningSockets(): Promise<Map<string, number>> {
  const ports = new Map<string, number>();
  for (const table of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    const lines = (await readFile(table, "utf8").catch(() => "")).split("\n").slice(1);
    for (const line of lines) {
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === LISTEN) ports.set(`socket:[${inode}]`, Number.parseInt(local.split(":").at(-1) ?? "", 16));
    }
  }
  return ports;
}
