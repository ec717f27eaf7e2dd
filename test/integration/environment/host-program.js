// A host program for the tests of the channel: every way in which a real one can answer.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";

const [command, ...args] = process.argv.slice(2);
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const chunks = [];
if (command !== "wait") for await (const chunk of process.stdin) chunks.push(chunk);
const input = Buffer.concat(chunks);

const commands = {
  echo: () =>
    say({ type: "result", value: { ...JSON.parse(input.toString()), node: process.version, pid: process.pid } }),
  talk: () => {
    console.log("Welcome to this host!");
    console.log('{"type":"nonsense"}');
    console.log("{broken");
    say({ type: "log", level: "info", message: "reading the configuration" });
    say({ type: "foreign", source: "odoo", text: "::set-output name=x::1" });
    say({ type: "phase", phase: "UPDATE", status: "begin", at: "2026-11-25T10:00:00Z" });
    say({ type: "progress", rows: 7 });
    console.error("a warning of the system");
    say({ type: "result", value: null });
  },
  refuse: () => {
    say({ type: "error", code: "disk-full", message: "No space.", remedy: "Make room." });
    process.exitCode = 1;
  },
  die: () => process.exit(3),
  wait: () => {
    say({ type: "phase", phase: "WAIT", status: "begin", at: "2026-11-25T10:00:00Z" });
    // Writing on is how it notices that nobody listens any more.
    setInterval(() => say({ type: "progress" }), 100);
  },
  upload: () => {
    const [name, sha256] = args;
    if (createHash("sha256").update(input).digest("hex") !== sha256) return commands.refuse();
    const path = `${process.env.HOME}/${name}`;
    writeFileSync(path, input);
    say({ type: "result", value: path });
  },
};
commands[command]();
