// One refresh as a process of its own: reads the request from standard input, prints the result and its peak memory.
import { json } from "node:stream/consumers";
import { refreshCommand } from "../../src/refresh/host-command.ts";

const result = await refreshCommand(await json(process.stdin), () => {});
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
console.log(JSON.stringify({ result, peakBytes: maxRSS * 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }));
