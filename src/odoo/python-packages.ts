import { run } from "../platform/process.ts";

const findMissing = `
import importlib.metadata, importlib.util, json, sys

def present(name):
    try:
        importlib.metadata.version(name)
        return True
    except importlib.metadata.PackageNotFoundError:
        pass
    try:
        return importlib.util.find_spec(name.replace("-", "_")) is not None
    except (ImportError, ValueError):
        return False

print(json.dumps([name for name in json.load(sys.stdin) if not present(name)]))
`;

/** Which of these distributions or importable packages Odoo's Python (an argv) lacks. */
export async function missingPackages(python: readonly string[], names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const [command = "", ...options] = python;
  const args = [...options, "-c", findMissing];
  const { stdout } = await run(command, args, { stdin: JSON.stringify(names), timeoutMs: 60_000 });
  return JSON.parse(stdout) as string[];
}

/** The names in a requirements.txt that hold on every machine: without options, addresses and conditions. */
export function requiredPackages(requirements: string): string[] {
  const lines = requirements.replaceAll(/\\\r?\n/g, " ").split(/\r?\n/);
  return lines.flatMap((line) => {
    const plain = line.replace(/(?:^|\s)#.*/, "").trim();
    const name = /^[A-Za-z0-9][\w.-]*/.exec(plain)?.[0];
    return name === undefined || /[;@/]/.test(plain) ? [] : [name];
  });
}
