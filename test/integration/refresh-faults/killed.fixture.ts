import { writeSync } from "node:fs";
import { text } from "node:stream/consumers";
import { systemClock } from "../../../src/platform/clock.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { copyGolden } from "../../../src/refresh/golden/copy-golden.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";

// A refresh that kills itself as the kernel's OOM killer would: so many ms after the beginning of a phase, 0 is at once.
const { request, phase: fatal, afterMs } = JSON.parse(await text(process.stdin));
const die = () => process.kill(process.pid, "SIGKILL");
const make = request.from === "golden" ? copyGolden : refreshDatabase;
await make(request, {
  log: silentLog,
  clock: systemClock,
  signal: new AbortController().signal,
  onPhase: (phase, status) => {
    writeSync(1, `${phase} ${status}\n`);
    if (phase !== fatal || status !== "begin") return;
    if (afterMs === 0) die();
    else setTimeout(die, afterMs);
  },
});
await new Promise(() => {}); // was faster than its killer
