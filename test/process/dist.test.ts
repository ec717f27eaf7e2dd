import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findLeaks } from "../support/leaks.ts";
import { runAction } from "./runner.ts";

const root = join(import.meta.dirname, "../..");
const actions = readdirSync(join(root, "actions"));

describe.each(actions)("dist/%s.js", (action) => {
  it("refuses a run without inputs by one error that names them", async () => {
    const { exitCode, output, summary } = await runAction({ action });
    expect(exitCode).toBe(1);
    const errors = output.split("\n").filter((line) => line.startsWith("::error"));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain("token");
    expect(summary).toContain("token");
    expect(output).not.toContain("UnhandledPromiseRejection");
  });

  it("refuses to run for events that carry foreign code", async () => {
    const event = { name: "pull_request_target", payload: {} };
    const { exitCode, output } = await runAction({ action, event, inputs: { token: "ghs_x" } });
    expect(exitCode).toBe(1);
    expect(output).toMatch(/::error/);
  });
});

describe("secrets of a run", () => {
  const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${"b3BlbnNzaC1rZXktdjEAAAAABG5vbmU".repeat(4)}\n-----END OPENSSH PRIVATE KEY-----\n`;
  const password = `a"b'c\\$%&/ü pass-word of staging`;
  const token = "ghs_0123456789abcdefghijklmnopqrstuvwxyz";

  it("appear in no output, summary or file, also in debug mode and in failures", async () => {
    const inputs = {
      environment: "staging",
      token,
      "ssh-private-key": key,
      "ssh-known-hosts": "127.0.0.1 ssh-ed25519 AAAA",
      "staging-password": password,
    };
    for (const action of ["deploy-odoo", "refresh-staging-db", "rebase-dev-on-staging", "verify-release"]) {
      const { exitCode, output, summary, files } = await runAction({ action, inputs });
      expect(exitCode).toBe(1);
      const takesKey = ["deploy-odoo", "refresh-staging-db"].includes(action);
      expect(output.includes(`::add-mask::${key.split("\n")[1]}`)).toBe(takesKey); // it was read at all
      const said = output
        .split("\n")
        .filter((line) => !line.startsWith("::add-mask::"))
        .join("\n");
      const places = [
        { name: "output", content: said },
        { name: "summary", content: summary },
        ...Object.entries(files).map(([name, content]) => ({ name, content })),
      ];
      const secrets = Object.entries({ key, password, token }).map(([name, value]) => ({ name, value }));
      expect(findLeaks(secrets, places)).toEqual([]);
    }
  });
});

describe("dist/host.js", () => {
  const host = (command: string, request: string) => {
    try {
      return execFileSync(process.execPath, [join(root, "dist/host.js"), command], {
        input: request,
        encoding: "utf8",
      });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };

  it("answers an unknown command and a wrong request by one error event", () => {
    for (const answer of [host("explode", "{}"), host("inspect", "not json"), host("follow", '{"base":1}')]) {
      const lines = answer.trim().split("\n");
      expect(lines).toHaveLength(1);
      expect(JSON.parse(lines[0] ?? "")).toMatchObject({ type: "error", message: expect.any(String) });
    }
  });
});
