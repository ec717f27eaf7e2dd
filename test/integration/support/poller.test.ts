import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startPoller } from "../../support/poller.ts";

test("a client sees the good answers, the maintenance and the closed door", async () => {
  let status = 200;
  const server = createServer((_, response) => void response.writeHead(status).end("x"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const poller = startPoller(`http://127.0.0.1:${port}/web/health`, { interval: 20 });
  await sleep(200);
  status = 503;
  await sleep(200);
  await new Promise((resolve) => server.close(resolve));
  await sleep(200);
  const downtime = await poller.stop();
  expect(downtime.spans.map((span) => span.status)).toEqual([200, 503, "refused"]);
  expect(downtime.longest).toBeGreaterThan(250);
  expect(downtime.requests).toBe(downtime.ok + downtime.unavailable + downtime.broken);
});
