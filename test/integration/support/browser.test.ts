import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { openBrowser } from "../../support/browser.ts";

const body = "<h1>hello</h1><script>console.error('oops'); throw new Error('thrown')</script>";

test("a page is seen, pictured, and heard when it complains", async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(`<link rel=icon href="data:,">${body}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await using browser = await openBrowser();
  await browser.page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  expect(await browser.page.textContent("h1")).toBe("hello");
  expect((await browser.page.screenshot()).subarray(1, 4).toString()).toBe("PNG");
  expect(browser.problems).toEqual([expect.stringContaining("oops"), expect.stringContaining("thrown")]);
  server.closeAllConnections();
  server.close();
});
