/** One commit between production and the candidate. */
export interface Change {
  sha: string;
  author: string;
  subject: string;
  /** Odoo modules whose files it touches, sorted; empty when it touches none. */
  modules: string[];
}

const RECORD = "\u001e";
const FIELD = "\u001f";

/** Arguments of `git log` whose output `parseChanges` reads; renames would need blobs, which the clone does not have. */
export const CHANGES_FORMAT = [`--format=${RECORD}%H${FIELD}%an${FIELD}%s`, "--name-only", "--no-renames"];

/** Reads `git log` with CHANGES_FORMAT, newest first; `addons` are the folders of the repository that hold modules. */
export function parseChanges(output: string, addons: readonly string[]): Change[] {
  return output
    .split(RECORD)
    .slice(1)
    .map((record) => {
      const [head = "", ...paths] = record.split("\n");
      const [sha = "", author = "", subject = ""] = head.split(FIELD);
      const modules = paths.map((path) => moduleOf(path, addons)).filter((name) => name !== undefined);
      return { sha, author, subject, modules: [...new Set(modules)].sort() };
    });
}

/** The module that a file belongs to: the folder just below one of the addons folders. */
export function moduleOf(path: string, addons: readonly string[]): string | undefined {
  for (const folder of addons.toSorted((a, b) => b.length - a.length)) {
    const prefix = folder === "." ? "" : `${folder.replace(/^\.\/|\/+$/g, "")}/`;
    const [module, ...rest] = path.startsWith(prefix) ? path.slice(prefix.length).split("/") : [];
    if (module && rest.length > 0 && /^[A-Za-z_]\w*$/.test(module)) return module;
  }
  return undefined;
}

/** Changes by module, most changed first; what belongs to no module comes last under the empty name. */
export function byModule(changes: readonly Change[]): [module: string, changes: Change[]][] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    for (const module of change.modules.length > 0 ? change.modules : [""]) {
      groups.set(module, [...(groups.get(module) ?? []), change]);
    }
  }
  const rank = ([module, list]: [string, Change[]]) => (module === "" ? 0 : list.length);
  return [...groups].sort((a, b) => rank(b) - rank(a) || a[0].localeCompare(b[0]));
}
