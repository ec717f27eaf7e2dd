import { access, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A backend that serves a session of ours. */
export interface Backend {
  pid: number;
  user: string;
  database: string;
}

/**
 * Data directory of the PostgreSQL on this machine that runs the backend, as its command line tells everybody; undefined when
 * that does not tell, or when there is no such backend here, as with a server in a container.
 */
export async function serverFolder(backend: Backend): Promise<string | undefined> {
  const title = await words(backend.pid);
  if (!isTitleOf(backend, title.join(" "))) return undefined;
  // "pid (name) state parent ...", and the name may hold anything.
  const stat = await readFile(`/proc/${backend.pid}/stat`, "utf8").catch(() => "");
  const [, parent = ""] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const folder = folderOf(await words(Number(parent)));
  return folder !== undefined && (await holdsData(folder)) ? folder : undefined;
}

/** Is this what PostgreSQL calls the process? `postgres: [cluster: ]user database client state`. */
export function isTitleOf({ user, database }: Backend, title: string): boolean {
  return title.startsWith("postgres: ") && title.includes(` ${user} ${database} `);
}

/** The absolute data directory in the command line of a server. */
export function folderOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word.startsWith("-D"));
  const folder = words[at] === "-D" ? words[at + 1] : words[at]?.slice(2);
  return folder?.startsWith("/") ? folder : undefined;
}

async function words(pid: number): Promise<string[]> {
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return line.split("\0");
}

// A folder with nothing but the configuration can be looked into; that with the data belongs to the server alone.
async function holdsData(folder: string): Promise<boolean> {
  return access(join(folder, "PG_VERSION")).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === "EACCES",
  );
}
