import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ChildHandle, spawnChild } from "../../../src/platform/process.ts";

const fixture = fileURLToPath(new URL("./run-action.fixture.ts", import.meta.url));
const password = "p'w/ü $4";
let dir: string;
let files: Record<string, string>;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "run-action-"));
  files = {
    GITHUB_OUTPUT: join(dir, "output"),
    GITHUB_STEP_SUMMARY: join(dir, "summary"),
    GITHUB_EVENT_PATH: join(dir, "event"),
  };
  for (const path of Object.values(files)) await writeFile(path, "");
  await writeFile(join(dir, "event"), JSON.stringify({ ref: "refs/heads/dev" }));
});
afterEach(() => rm(dir, { recursive: true }));

interface Job {
  child: ChildHandle;
  stdout: () => string;
  ended: Promise<{ code: number | null; log: string; summary: string; output: string }>;
}

function start(env: Record<string, string>): Job {
  const runner = {
    GITHUB_EVENT_NAME: "workflow_dispatch",
    GITHUB_REPOSITORY: "team/addons",
    GITHUB_RUN_ID: "77",
    RUNNER_DEBUG: "1",
  };
  const child = spawnChild(process.execPath, [fixture], {
    env: { ...runner, ...files, INPUT_PASSWORD: password, ...env },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += String(chunk)));
  const ended = child.exited.then(async ({ code }) => {
    const read = (name: string) => readFile(files[name] ?? "", "utf8");
    return { code, log: said, summary: await read("GITHUB_STEP_SUMMARY"), output: await read("GITHUB_OUTPUT") };
  });
  return { child, stdout: () => said, ended };
}

const runDeed = (deed: string, env = {}) => start({ INPUT_DEED: deed, ...env }).ended;

/** The log without the commands that name what to mask. */
const visible = (log: string) =>
  log
    .split("\n")
    .filter((line) => !line.startsWith("::add-mask::"))
    .join("\n");
const forms = [password, Buffer.from(password).toString("base64"), encodeURIComponent(password)];

test("log, outputs and summary, without secrets and injected commands", async () => {
  const { code, log, summary, output } = await runDeed("speak");
  expect(code).toBe(0);
  const token = /::stop-commands::(\S+)/.exec(log)?.[1];
  expect(visible(log).split("\n")).toEqual(
    expect.arrayContaining([": :error::the password is ***", "::group::outer", "inner", "::endgroup::"]),
  );
  expect(visible(log)).toContain("::warning file=a.py,line=3::beware");
  expect(visible(log)).toContain(`${token}\ngit | ::add-path::/evil\ngit | ##[error]x ***\n::${token}::`);
  expect(log.match(/::group::/g)).toHaveLength(1);
  for (const form of forms) {
    expect(log).toContain(`::add-mask::${form.replaceAll("%", "%25")}`);
    expect(visible(log) + summary).not.toContain(form);
  }
  expect(summary).toBe("# Done ***\n");
  expect(output).toMatch(/^verdict<<(\S+)\nok\n\1\nretries<<(\S+)\n3\n\2\n/);
  expect(output).toContain('{"name":"workflow_dispatch","ref":"refs/heads/dev"}');
  expect(output).toMatch(/left<<(\S+)\n\[\]\n\1/);
});

describe("failures", () => {
  test("of inputs are listed together", async () => {
    const { code, log, summary } = await start({ INPUT_RETRIES: "9", INPUT_PASSWORD: "" }).ended;
    expect(code).toBe(1);
    expect(log).toContain(
      "::error title=fixture%3A inputs::3 inputs cannot be used:%0A- deed: found nothing; give text",
    );
    expect(summary).toContain('| retries | "9" | give a whole number from 1 to 5 |');
  });

  test("that are expected become annotation and summary, with the causes folded away", async () => {
    const { code, log, summary } = await runDeed("expected");
    expect(code).toBe(1);
    expect(log).toContain(
      "::error title=fixture%3A bad-rule,file=odoo-pipeline.yml,line=7::The rule is bad | <b>.%0AWhat to do: mend it",
    );
    expect(log).toContain("::group::Details of the failure");
    expect(visible(log)).not.toContain(password);
    expect(summary).toContain("The rule is bad \\| &lt;b&gt;.");
    expect(summary).toContain("**What to do:** mend it");
  });

  test("that are not expected show message, causes and stack", async () => {
    const { code, log } = await runDeed("unexpected");
    expect(code).toBe(1);
    expect(log).toContain("::error title=fixture%3A failure::fixture failed: boom ***");
    expect(log).toContain("fixture | caused by: deep cause");
    expect(log).toMatch(/fixture \| {5}at .*run-action\.fixture\.ts/);
    expect(visible(log)).not.toContain(password);
  });

  test("outside of the action's own promise too", async () => {
    const { code, log } = await runDeed("stray");
    expect(code).toBe(1);
    expect(log).toContain("fixture failed: stray ***");
  });

  test.each([
    [{ GITHUB_EVENT_NAME: "pull_request_target" }, "dangerous-event"],
    [{ GITHUB_EVENT_PATH: "/no/such/event" }, "event-payload"],
  ])("of the event: %j", async (env, problem) => {
    const { code, log } = await runDeed("speak", env);
    expect([code, log.includes(`fixture%3A ${problem}`)]).toEqual([1, true]);
  });
});

describe("cancel", () => {
  test("an action that listens ends at once and says what state it left", async () => {
    const job = start({ INPUT_DEED: "wait" });
    await expect.poll(job.stdout, { timeout: 10_000 }).toContain("waiting");
    const started = Date.now();
    process.kill(job.child.pid, "SIGINT");
    const { code, log } = await job.ended;
    expect(code).toBe(1);
    expect(log).toContain(
      "Cancelled; nothing was changed.%0AWhat to do: see https://github.com/team/addons/actions/runs/77",
    );
    expect(Date.now() - started).toBeLessThan(1_500);
  });

  test("an action that does not is ended before the runner kills it", async () => {
    const job = start({ INPUT_DEED: "deaf" });
    await expect.poll(job.stdout, { timeout: 10_000 }).toContain("waiting");
    const started = Date.now();
    process.kill(job.child.pid, "SIGINT");
    setTimeout(() => process.kill(job.child.pid, "SIGTERM"), 7_500);
    const { code, log } = await job.ended;
    expect([code, log.includes("did not end in time")]).toEqual([130, true]);
    expect(Date.now() - started).toBeLessThan(10_000);
  });
});

describe("an output that nobody reads any more", () => {
  test.each([
    ["goes on to its end", "talk", undefined, 0],
    ["is ended by the runner's signals as ever", "wait", "SIGTERM", 1],
  ] as const)("an action %s", async (_, deed, signal, code) => {
    const job = start({ INPUT_DEED: deed });
    await expect.poll(job.stdout, { timeout: 10_000 }).toContain("waiting");
    job.child.stdout.destroy();
    job.child.stderr.destroy();
    if (signal) process.kill(job.child.pid, signal);
    expect((await job.child.exited).code).toBe(code);
  });
});

test("a summary is cut at the limit of GitHub", async () => {
  await writeFile(files.GITHUB_STEP_SUMMARY ?? "", "ü".repeat((1 << 19) - 55));
  const { code, summary } = await runDeed("expected");
  expect(code).toBe(1);
  expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1 << 20);
  expect(summary).toMatch(/### ❌ fixture\n\n.*\n\n_The summary was cut here: [^\n]*_\n$/);
});
