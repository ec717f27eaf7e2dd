import { text } from "node:stream/consumers";
import { openHost } from "../../../src/environment/host-channel.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { askedNode } from "../../../src/refresh/node/asked-node.ts";

// A runner that asks staging's node for files, and is killed from outside meanwhile.
const { node, access, instances, name, times } = JSON.parse(await text(process.stdin));
const host = await openHost(node, { ...access, log: silentLog });
await askedNode(host, instances).copyFiles(new Array(times).fill(name), new AbortController().signal);
