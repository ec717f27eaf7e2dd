import { readdirSync } from "node:fs";
import { join } from "node:path";

/** One file of dist that something starts: an action of `actions/`, or the host program. */
export interface Entry {
  /** File name in dist without extension, the action's folder name. */
  name: string;
  /** Name of the function that src/index.ts exports for it. */
  exported: string;
  /** Argument list of the call, as source text. */
  call: string;
}

/** The entries of the bundle: every folder of `actions/` and the host program. */
export function entries(root: string): Entry[] {
  const actions = readdirSync(join(root, "actions"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [
    ...actions.map(({ name }) => ({ name, exported: camelCase(name), call: "" })),
    { name: "host", exported: "host", call: "process.argv.slice(2)" },
  ];
}

/** Source of the stub that starts one entry of the shared bundle. */
export function bundleStub({ exported, call }: Entry): string {
  return `import { ${exported} } from "./index.js";\n\nawait ${exported}(${call});\n`;
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
