import { writeSync } from "node:fs";
import { text } from "node:stream/consumers";
import { systemClock } from "../../../src/platform/clock.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { copyGolden } from "../../../src/refresh/golden/copy-golden.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import { atMoment } from "./moments.ts";

// A refresh that kills itself as the kernel's OOM killer would, at a moment of a phase.
const { request, moment } = JSON.parse(await text(process.stdin));
const die = () => process.kill(process.pid, "SIGKILL");
const make = request.from === "golden" ? copyGolden : refreshDatabase;
const { onPhase } = atMoment(moment, die, (phase, status) => void writeSync(1, `${phase} ${status}\n`));
await make(request, { log: silentLog, clock: systemClock, signal: new AbortController().signal, onPhase });
await new Promise(() => {}); // was faster than its killer
