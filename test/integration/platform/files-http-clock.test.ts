import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/platform/clock.ts";
import { exists, freeBytes, readJson, withTemporaryDirectory, writeFileAtomic } from "../../../src/platform/files.ts";
import { probe, waitUntilHealthy } from "../../../src/platform/http.ts";

describe("files", () => {
  test("a file is replaced whole, private by default", async () => {
    await withTemporaryDirectory("files", async (dir) => {
      const path = join(dir, "state");
      await writeFileAtomic(path, "old");
      await writeFileAtomic(path, "new", 0o644);
      expect([await readFile(path, "utf8"), (await stat(path)).mode & 0o777]).toEqual(["new", 0o644]);
      expect(await readdir(dir)).toEqual(["state"]);
    });
  });

  test("a failed replacement leaves the target and no rest", async () => {
    await withTemporaryDirectory("files", async (dir) => {
      await mkdir(join(dir, "state", "child"), { recursive: true });
      await expect(writeFileAtomic(join(dir, "state"), "x")).rejects.toThrow();
      expect(await readdir(dir)).toEqual(["state"]);
      await expect(writeFileAtomic(join(dir, "none", "x"), "x")).rejects.toThrow("ENOENT");
    });
  });

  test("a temporary folder is private and goes, even after a failure", async () => {
    let seen = "";
    const failing = withTemporaryDirectory("files", async (dir) => {
      seen = dir;
      expect((await stat(dir)).mode & 0o777).toBe(0o700);
      await writeFile(join(dir, "x"), "x");
      throw new Error("boom");
    });
    await expect(failing).rejects.toThrow("boom");
    expect(await exists(seen)).toBe(false);
  });

  test("JSON is checked, and a wrong file is named", async () => {
    await withTemporaryDirectory("files", async (dir) => {
      const path = join(dir, "x.json");
      await writeFile(path, '{"n": 1}');
      expect(await readJson(path, (value) => (value as { n: number }).n)).toBe(1);
      await writeFile(path, "{");
      await expect(readJson(path, (value) => value)).rejects.toThrow(`${path} does not hold the JSON`);
    });
  });

  test("free space is told in bytes", async () => expect(await freeBytes("/")).toBeGreaterThan(1 << 20));
});

describe("http", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });
  const serve = async (listener: RequestListener) => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  };

  test("an answer, with what was asked; redirects are not followed", async () => {
    const url = await serve((request, response) =>
      response.writeHead(302, { location: "/x" }).end(request.headers["x-a"]),
    );
    expect(await probe(url, { headers: { "x-a": "b" } })).toMatchObject({
      status: 302,
      body: "b",
      headers: { location: "/x" },
    });
  });

  test("a huge body is cut", async () => {
    const url = await serve((_request, response) => response.end("x".repeat(3 << 20)));
    expect(await probe(url)).toMatchObject({ status: 200, body: "x".repeat(1 << 20) });
  });

  test("failures are told, not thrown", async () => {
    const cutting = await serve((request) => request.socket.destroy());
    const silent = await serve(() => {});
    expect(await probe(cutting)).toMatchObject({ error: expect.stringMatching(/closed|socket|reset/i) });
    expect(await probe(silent, { timeoutMs: 100 })).toMatchObject({ error: expect.stringMatching(/timeout/i) });
    expect(await probe("http://127.0.0.1:1/")).toMatchObject({ error: expect.any(String) });
    expect(await probe("no address")).toMatchObject({ error: expect.any(String) });
  });

  test("health is waited for, but not for ever", async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.writeHead(asked < 4 ? 503 : 200).end();
    });
    expect(await waitUntilHealthy(url, { timeoutMs: 5_000, intervalMs: 10 })).toMatchObject({ healthy: true });
    expect(asked).toBe(4);
    asked = -1_000_000;
    const sick = await waitUntilHealthy(url, { timeoutMs: 200, intervalMs: 10 });
    expect(sick).toEqual({ healthy: false, last: "HTTP 503" });
  });
});

describe("clock", () => {
  test("sleeps, and wakes up when it is told", async () => {
    const started = systemClock.now().getTime();
    await systemClock.sleep(30);
    expect(systemClock.now().getTime() - started).toBeGreaterThanOrEqual(29);
    const reason = new Error("cancelled");
    await expect(systemClock.sleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
