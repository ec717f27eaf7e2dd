import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { withTemporaryDirectory } from "../../../src/platform/files.ts";
import { CommandError, run, spawnChild, startDetached } from "../../../src/platform/process.ts";

const sh = (script: string, options = {}) => run("/bin/sh", ["-c", script], options);
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => expect.fail("it did not fail"),
    (error: unknown) => error as CommandError,
  );
const isAlive = async (pid: number) => {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return /^\d+ \(.*\) [^ZX]/.test(stat); // a zombie is dead, only not yet buried
};

describe("run", () => {
  test("returns code and output", async () => {
    const result = await sh("echo out; echo err >&2; exit 3", { allowedExitCodes: [3] });
    expect(result).toEqual({ code: 3, stdout: "out\n", stderr: "err\n" });
  });

  test("words are never interpreted", async () => {
    const hostile = ["$(id)", "`id`", "; id", "a b", "", "*", "\\", "\n"];
    const { stdout } = await run("printf", ["%s\\0", ...hostile]);
    expect(stdout.split("\0").slice(0, -1)).toEqual(hostile);
  });

  afterEach(() => {
    delete process.env.INPUT_TOKEN;
  });
  test("children see only the allowed environment", async () => {
    process.env.INPUT_TOKEN = "s3cret";
    const { stdout } = await run("/usr/bin/env", [], { env: { EXTRA: "x" } });
    const names = stdout
      .trim()
      .split("\n")
      .map((line) => line.split("=")[0]);
    const allowed = ["EXTRA", "HOME", "LANG", "LC_ALL", "PATH", "TMPDIR", "TZ"];
    expect(names.filter((name) => !allowed.includes(name ?? ""))).toEqual([]);
    expect(stdout).toContain("EXTRA=x\n");
    expect(stdout).toContain("LC_ALL=C.UTF-8\n");
  });

  test("stdin comes from text and from streams", async () => {
    expect((await run("cat", [], { stdin: "text" })).stdout).toBe("text");
    expect((await run("cat", [], { stdin: Readable.from(["a", "b"]) })).stdout).toBe("ab");
    expect((await run("cat", [])).stdout).toBe("");
  });

  test("a command that does not read its input is no failure", async () => {
    expect((await run("true", [], { stdin: randomBytes(1 << 20) })).code).toBe(0);
    expect((await run("true", [], { stdin: new PassThrough() })).code).toBe(0);
  });

  test("raw output goes to a stream whole", async () => {
    const data = randomBytes(3 << 20);
    const sink = new PassThrough();
    const [chunks] = await Promise.all([sink.toArray(), run("cat", [], { stdin: data, stdoutTo: sink })]);
    expect(Buffer.concat(chunks as Buffer[]).equals(data)).toBe(true);
  });

  test("a taker that fails ends the command", async () => {
    const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error("disk full")) });
    const error = await failureOf(sh("while :; do echo x; done", { stdoutTo: broken }));
    expect(error.message).toContain("lost the taker of its output");
    expect((error.cause as Error).message).toBe("disk full");
  });

  test("lines arrive as they come, and failing callbacks end the command", async () => {
    const lines: string[] = [];
    await sh("echo one; echo two >&2", {
      onStdout: (line: string) => lines.push(line),
      onStderr: (l: string) => lines.push(l),
    });
    expect(lines.sort()).toEqual(["one", "two"]);
    const onStdout = () => {
      throw new Error("no JSON");
    };
    expect((await failureOf(sh("echo one; exec sleep 60", { onStdout }))).cause).toEqual(new Error("no JSON"));
  });

  test("a wrong exit code is an error with the last lines, redacted and plain", async () => {
    const error = await failureOf(sh("printf '\\033[31mbad s3cret\\n' >&2; exit 2", { redact: ["s3cret"] }));
    expect(error).toBeInstanceOf(CommandError);
    expect([error.code, error.signal, error.timedOut, error.stderrTail]).toEqual([2, null, false, "bad ***"]);
    expect(error.message).toContain("ended with exit code 2:\nbad ***");
    expect(JSON.stringify([error.message, error.argv])).not.toContain("s3cret");
  });

  test.each([
    ["program", "no-such-program", {}],
    ["folder", "true", { cwd: "/no/such/folder" }],
  ])("a missing %s is one clear error", async (_what, command, options) => {
    expect((await failureOf(run(command, [], options))).message).toContain(`${command} could not be started`);
  });

  test("a timeout kills the whole group", async () => {
    const pids: string[] = [];
    const started = Date.now();
    const error = await failureOf(
      sh("sleep 60 & echo $!; wait", { timeoutMs: 300, onStdout: (line: string) => pids.push(line) }),
    );
    expect(error.timedOut).toBe(true);
    expect(error.message).toContain("took longer than 0.3 s");
    expect(Date.now() - started).toBeLessThan(3_000);
    await expect.poll(() => isAlive(Number(pids[0]))).toBe(false);
  });

  test("the ladder climbs: SIGINT, SIGTERM, SIGKILL", async () => {
    const seen: string[] = [];
    const script = "trap 'echo INT' INT; trap 'echo TERM' TERM; echo ready; while :; do sleep 0.1; done";
    const abort = new AbortController();
    const onStdout = (line: string) => {
      seen.push(line);
      if (line === "ready") abort.abort(new Error("job cancelled"));
    };
    const started = Date.now();
    const error = await failureOf(sh(script, { signal: abort.signal, onStdout }));
    const seconds = (Date.now() - started) / 1000;
    expect(seen).toEqual(["ready", "INT", "TERM"]);
    expect(error.signal).toBe("SIGKILL");
    expect(error.message).toContain("was cancelled");
    expect(seconds).toBeGreaterThan(5.9);
    expect(seconds).toBeLessThan(7.5);
  });

  test("a signal aborted before starts nothing", async () => {
    await expect(sh("exit 0", { signal: AbortSignal.abort(new Error("too late")) })).rejects.toThrow("too late");
  });

  test("too much output is an error, unless the lines are taken", async () => {
    const error = await failureOf(sh("yes", { maxOutputBytes: 10_000 }));
    expect(error.message).toContain("printed more than 9.8 KiB");
    let count = 0;
    const onStdout = () => {
      count += 1;
    };
    const { stdout } = await sh("seq 100000", { maxOutputBytes: 10_000, onStdout });
    expect(count).toBe(100_000);
    expect(stdout.endsWith("99999\n100000\n")).toBe(true);
    expect(stdout.length).toBeLessThan(100_000);
  });

  test("a daemon that keeps the output open does not hold us", async () => {
    const { stdout } = await sh("sleep 30 & echo $!");
    expect(await isAlive(Number(stdout))).toBe(true);
    process.kill(Number(stdout));
  });
});

describe("children", () => {
  test("a child talks while it runs and is stopped", async () => {
    const child = spawnChild("cat", []);
    child.stdin.write("hello\n");
    const [chunk] = await Promise.race([child.stdout.take(1).toArray()]);
    expect(String(chunk)).toBe("hello\n");
    await child.stop();
    expect(await child.exited).toEqual({ code: null, signal: "SIGINT" });
  });

  test("a detached process has its own session and writes to its log", async () => {
    await withTemporaryDirectory("detached", async (dir) => {
      const logFile = join(dir, "log");
      const script = "echo begin; ps -o sid= -p $$; sleep 60";
      const { pid } = startDetached("/bin/sh", ["-c", script], { logFile });
      await expect.poll(() => readFile(logFile, "utf8")).toMatch(/begin\n *\d+/);
      expect(await readFile(logFile, "utf8")).toMatch(new RegExp(`begin\\n *${pid}\\n`));
      process.kill(-pid, "SIGKILL");
    });
    expect(() => startDetached("no-such-program", [], { logFile: "/dev/null" })).toThrow(CommandError);
  });
});
