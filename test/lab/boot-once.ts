// Boots one host and stays, to be killed by a test: `boot-once.ts ROOT DIR`; prints the host's first process.
import { Machine } from "./machine.ts";
import { reserveNetwork } from "./network.ts";

const [root = "", dir = ""] = process.argv.slice(2);
const host = new Machine({ name: "orphan", root, dir, network: reserveNetwork(), number: 2, readOnly: [] });
await host.boot();
console.log(host.leader);
setInterval(() => {}, 60_000);
