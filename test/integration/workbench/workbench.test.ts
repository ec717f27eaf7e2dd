import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parsePipelineFile } from "../../../src/environment/pipeline-file.ts";
import { probe } from "../../../src/platform/http.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { run } from "../../../src/platform/process.ts";
import { findCanaries } from "../../workbench/canaries.ts";
import { inflate } from "../../workbench/inflate.ts";
import { addUnclassifiedColumn } from "../../workbench/instances.ts";
import { secretMark } from "../../workbench/secrets.ts";
import { processesOf } from "../../workbench/services.ts";
import { temporaryDirectory } from "../../workbench/temporary.ts";
import { startWorkbench, type Workbench } from "../../workbench/workbench.ts";

const coldStart = 15 * 60_000;
let dir: string;
let workbench: Workbench;

beforeAll(async () => {
  dir = await temporaryDirectory("workbench");
  workbench = await startWorkbench({ dir });
}, coldStart);

afterAll(async () => {
  await workbench?.stop();
  const left = await processesOf([dir]);
  await rm(dir, { recursive: true, force: true });
  expect(left).toEqual([]);
});

const service = (name: "production" | "staging" | "development", verb: string) => {
  const [command = "", ...args] = workbench.instances[name].service.command;
  return run(command, [...args, verb], { allowedExitCodes: "any" });
};

test("three instances answer, each on its own database", async () => {
  for (const instance of Object.values(workbench.instances)) {
    expect(await probe(`${instance.url}/web/login`, { timeoutMs: 60_000 })).toMatchObject({ status: 200 });
    const [row] = await withSession(instance.connection, (session) =>
      session.query("SELECT value FROM ir_config_parameter WHERE key = 'web.base.url'"),
    );
    expect(row).toEqual({ value: instance.url });
  }
});

test("production has at least 60 modules, the consumer's among them, and what production databases hold", async () => {
  await withSession(workbench.instances.production.connection, async (session) => {
    const installed = await session.query<{ name: string }>(
      "SELECT name FROM ir_module_module WHERE state = 'installed'",
    );
    expect(installed.length).toBeGreaterThanOrEqual(60);
    expect(installed).toContainEqual({ name: "library_loans" });
    expect((await findCanaries(session)).length).toBeGreaterThan(100);
    const [server] = await session.query<{ marked: boolean }>(
      "SELECT bool_or(position($1 in smtp_pass) > 0) AS marked FROM ir_mail_server",
      [secretMark],
    );
    expect(server).toEqual({ marked: true });
  });
});

test.each(["staging", "development"] as const)("%s holds nothing of production", async (name) => {
  expect(await withSession(workbench.instances[name].connection, findCanaries)).toEqual([]);
});

test("the service command stops, reports and starts an instance, and repeating a verb changes nothing", async () => {
  expect(await service("development", "status")).toMatchObject({ code: 0 });
  for (const _ of [1, 2]) expect(await service("development", "stop")).toMatchObject({ code: 0 });
  expect(await service("development", "status")).toMatchObject({ code: 3 });
  for (const _ of [1, 2]) expect(await service("development", "start")).toMatchObject({ code: 0 });
  expect(await service("development", "status")).toMatchObject({ code: 0 });
});

test("the pipeline file is one that the pipeline accepts", () => {
  const file = parsePipelineFile(workbench.pipelineFile, ".github/odoo-pipeline.yml");
  expect(Object.keys(file.environments).sort()).toEqual(["development", "production", "staging"]);
});

test("production runs the base commit", async () => {
  const { base } = workbench.instances.production;
  expect(await readdir(join(base, "current/addons"))).toEqual(["library_loans"]);
  const [release] = await readdir(join(base, "releases"));
  expect(release).toContain(workbench.consumer.baseCommit.slice(0, 12));
});

test("an inflated database has the rows asked for, and Odoo shows them", async () => {
  await withSession(workbench.instances.development.connection, async (session) => {
    await inflate(session, { rows: 500 });
    const [counts] = await session.query(
      `SELECT (SELECT count(*)::int FROM res_partner WHERE ref LIKE 'inflated-%') AS partners,
              (SELECT count(*)::int FROM mail_message WHERE message_id LIKE '<inflated-%') AS messages,
              (SELECT count(*)::int FROM library_loan) AS loans`,
    );
    expect(counts).toEqual({ partners: 500, messages: 1500, loans: 500 });
  });
});

test("an administrator's new column is there with data", async () => {
  expect(await addUnclassifiedColumn(workbench.instances.production)).toBe("res_partner.x_passport");
});
