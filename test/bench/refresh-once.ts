// One refresh as a process of its own: reads the request from standard input, prints the result and its peak memory.
import { text } from "node:stream/consumers";
import { systemClock } from "../../src/platform/clock.ts";
import { silentLog } from "../../src/platform/log.ts";
import { refreshDatabase } from "../../src/refresh/refresh.ts";

const result = await refreshDatabase(JSON.parse(await text(process.stdin)), {
  log: silentLog,
  clock: systemClock,
  signal: new AbortController().signal,
  onPhase: () => {},
});
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
console.log(JSON.stringify({ result, peakBytes: maxRSS * 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }));
