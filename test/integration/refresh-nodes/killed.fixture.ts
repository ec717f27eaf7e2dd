import { writeSync } from "node:fs";
import { text } from "node:stream/consumers";
import { refreshHere, tellingLog } from "./runner.ts";

// A runner that dies as a machine does, as soon as its refresh says this.
const { job, last } = JSON.parse(await text(process.stdin));
const log = tellingLog((line) => {
  writeSync(1, `${line}\n`);
  if (line.startsWith(last)) process.kill(process.pid, "SIGKILL");
});
await refreshHere(job, log, new AbortController().signal);
