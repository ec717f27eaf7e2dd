import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { storeName } from "../../../src/odoo/filestore.ts";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { spawnChild } from "../../../src/platform/process.ts";
import type { RefreshRequest } from "../../../src/refresh/request.ts";
import { findLeaks } from "../../support/leaks.ts";
import { freePort } from "../../workbench/ports.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { type Ground, makeGround } from "../refresh-faults/ground.ts";
import { type Nodes, nodeAt, startNodes } from "./ground.ts";
import { type RunnerJob, refreshHere, tellingLog } from "./runner.ts";

// `refresh.run_on: runner`: rows pass through this process; what only staging's machine can do is asked of it by SSH.

const password = "kenn-0815-wort-der-datenbanken";

let servers: [PostgresServer, PostgresServer];
let nodes: Nodes;
let ground: Ground;
let runs = 0;
let lines: { at: number; line: string }[];

beforeAll(async () => {
  servers = [await startPostgres(), await startPostgres()];
  nodes = await startNodes();
  const [from, to] = await Promise.all(servers.map(withOwnPassword));
  ground = await makeGround(from as PostgresServer, to as PostgresServer);
  await recordService();
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await nodes?.remove();
  await ground?.remove();
});

beforeEach(async () => {
  lines = [];
  await writeFile(events(), "");
});

/** A password that no other program on this machine has in its arguments. */
async function withOwnPassword(server: PostgresServer): Promise<PostgresServer> {
  await withSession(server.admin, (session) => session.query(`ALTER ROLE odoo PASSWORD '${password}'`));
  return { ...server, odoo: { ...server.odoo, password } };
}

const base = () => ground.instances.target.base;
const events = () => join(base(), "events");

/** Staging's service notes when it is stopped and started, in ms. */
async function recordService(): Promise<void> {
  const path = join(base(), "service");
  const script = await readFile(path, "utf8");
  const note = `[ "$1" = status ] || echo "$1 $(date +%s%3N)" >> ${events()}`;
  await writeFile(path, script.replace("#!/bin/sh\n", `#!/bin/sh\n${note}\n`));
}

const serviceEvents = async () =>
  (await readFile(events(), "utf8"))
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ({ verb: line.split(" ")[0], at: Number(line.split(" ")[1]) }));

function jobOf(more: Partial<RefreshRequest>, way: { apart?: boolean; through?: RunnerJob["through"] }): RunnerJob {
  const request = ground.request(`${++runs}-1`, {}, more);
  const source = { ...request.source, nodeName: way.apart ? "production" : request.target.nodeName };
  return {
    request: { ...request, source },
    nodes: { production: nodeAt(nodes.production), staging: nodeAt(nodes.staging) },
    access: nodes.access,
    ...(way.through ? { through: way.through } : {}),
  };
}

const near = { through: "staging" } as const;
const log = tellingLog((line) => lines.push({ at: Date.now(), line }));

function refresh(
  more: Partial<RefreshRequest> = {},
  way: Parameters<typeof jobOf>[1] = near,
  signal = new AbortController().signal,
) {
  return refreshHere(jobOf(more, way), log, signal);
}

const said = (beginning: string) => lines.find(({ line }) => line.startsWith(beginning));
const databases = () =>
  withSession(ground.admin.target, (session) => session.query("SELECT datname FROM pg_database ORDER BY 1"));

/** Gives production a public picture; returns its name below the filestore. */
async function addPicture(content: string): Promise<string> {
  const name = storeName(Buffer.from(content));
  const place = join(ground.instances.source.base, "data/filestore/production", name);
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, content);
  await withSession(ground.source, (session) =>
    session.query(
      "INSERT INTO ir_attachment (name, res_model, type, public, mimetype, store_fname) VALUES ('picture', 'ir.ui.view', 'binary', true, 'image/png', $1)",
      [name],
    ),
  );
  return name;
}

/** Collects the arguments of every process of this machine until told to stop. */
function watchArguments() {
  const seen = new Set<string>();
  let on = true;
  const watching = (async () => {
    for (; on; await sleep(15)) {
      const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
      for (const pid of pids) seen.add(await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => ""));
    }
  })();
  return async () => {
    on = false;
    await watching;
    return [...seen].join("\n");
  };
}

async function textsBelow(folder: string): Promise<{ name: string; content: Buffer }[]> {
  const names = await readdir(folder, { recursive: true });
  const files = [];
  for (const name of names) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) files.push({ name, content: await readFile(path) });
  }
  return files;
}

const reader = (): Connection => ({ ...ground.source });

test.each([
  ["beside staging, by its odoo.conf", near, () => ({}), { linked: 1 }],
  ["on another node, direct", { apart: true }, () => ({ connection: reader() }), { copied: 1, linked: 0 }],
  [
    "on another node, through it",
    { apart: true, through: "production" },
    () => ({ connection: reader() }),
    { copied: 1, linked: 0 },
  ],
] as const)("staging is refreshed from production %s", async (name, way, more, files) => {
  const picture = await addPicture(`picture ${name}`);
  const stopWatching = watchArguments();
  const result = await refresh(more(), way).finally(async () => lines.push({ at: 0, line: await stopWatching() }));
  const processes = lines.pop()?.line ?? "";

  expect(result).toMatchObject({ activated: true, database: "staging", files });
  expect(result.previous).toMatch(/^staging__prev_/);
  expect(await ground.staged()).toBe(result.id);
  const [row] = await withSession(ground.staging, (session) =>
    session.query(
      `SELECT (SELECT json_agg(p ORDER BY id) FROM (SELECT id, name, email, comment FROM res_partner WHERE id = 3) p) AS partners,
              (SELECT json_agg(id ORDER BY id) FROM ir_cron WHERE active) AS crons,
              (SELECT count(*)::int FROM library_loan WHERE remark ~* 'geheim') AS raw`,
    ),
  );
  expect(row).toMatchObject({ partners: [{ id: 3 }], crons: [1], raw: 0 });
  expect(JSON.stringify(row)).not.toMatch(/geheim/i);
  expect(await readFile(join(base(), "data/filestore/staging", picture), "utf8")).toBe(`picture ${name}`);
  expect(await readFile(join(base(), ".deploy/copy-manifest.json"), "utf8")).toContain(result.id);

  const [stopped, started, ...others] = await serviceEvents();
  expect([stopped?.verb, started?.verb, others]).toEqual(["stop", "start", []]);
  expect(stopped?.at).toBeGreaterThanOrEqual(said("activate done")?.at ?? Number.POSITIVE_INFINITY);
  expect((started?.at ?? 0) - (stopped?.at ?? 0)).toBeLessThan(3000);
  expect(await ground.serving()).toBe(true);
  expect(await ground.leftovers()).toEqual([]);

  expect(processes).toContain("assist-refresh");
  const secrets = [
    { name: "database password", value: password },
    { name: "staging password", value: "staging-password" },
  ];
  const log = { name: "log", content: lines.map(({ line }) => line).join("\n") };
  const places = [{ name: "processes", content: processes }, log, ...(await textsBelow(nodes.staging.home))];
  expect(findLeaks(secrets, places, { pieces: false })).toEqual([]);
});

test("a deployment to follow finds the copy ready; the service is not touched", async () => {
  const before = await ground.staged();
  const result = await refresh({ activate: "with-deployment" });
  expect(result).toMatchObject({ activated: false, database: expect.stringMatching(/^staging__ready_/) });
  expect([await ground.staged(), await serviceEvents()]).toEqual([before, []]);
});

test("a dry run changes nothing", async () => {
  const before = [await databases(), await ground.staged()];
  const result = await refresh({ dryRun: true });
  expect(result).toMatchObject({ activated: false, plan: expect.anything(), planSha256: expect.any(String) });
  expect(result).not.toHaveProperty("database");
  expect([await databases(), await ground.staged()]).toEqual(before);
  expect(await serviceEvents()).toEqual([]);
});

test("a module that staging's disk does not have stops the refresh; nothing stays behind", async () => {
  const before = await ground.staged();
  const production = (sql: string) => withSession(ground.source, (session) => session.query(sql));
  await production("INSERT INTO ir_module_module (name, state) VALUES ('ghost', 'installed')");
  await expect(refresh()).rejects.toMatchObject({ code: "missing-modules", message: expect.stringContaining("ghost") });
  await production("DELETE FROM ir_module_module WHERE name = 'ghost'");
  expect([await ground.staged(), await serviceEvents(), await ground.leftovers()]).toEqual([before, [], []]);
});

test("a cancelled job leaves nothing behind", async () => {
  const before = await ground.staged();
  const job = new AbortController();
  const cancelled = refresh({}, near, job.signal);
  const asked = (async () => {
    while (!said("schema done")) await sleep(5);
    job.abort();
  })();
  await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
  await asked;
  expect([await ground.staged(), await serviceEvents(), await ground.leftovers()]).toEqual([before, [], []]);
});

test("a tunnel that is cut is named; the next run finishes", async () => {
  const before = await ground.staged();
  const cut = refresh({ connection: reader() }, { apart: true, through: "production" });
  const asked = (async () => {
    while (!said("schema done")) await sleep(5);
    nodes.production.wire.cut();
  })();
  await expect(cut).rejects.toMatchObject({ code: "tunnel-cut" });
  await asked;
  expect([await ground.staged(), await ground.leftovers()]).toEqual([before, []]);
  const next = await refresh();
  expect(await ground.staged()).toBe(next.id);
});

test("after a runner that was killed, and a swap that was, the next run cleans up and starts the service", async () => {
  const before = await ground.staged();
  const job = jobOf({}, near);
  const child = spawnChild(process.execPath, [fileURLToPath(new URL("killed.fixture.ts", import.meta.url))]);
  child.stderr.resume();
  child.stdin.end(JSON.stringify({ job, last: "schema done" }));
  expect(await text(child.stdout)).toContain("schema done");
  expect(await child.exited).toMatchObject({ signal: "SIGKILL" });
  expect(await ground.staged()).toBe(before);
  await rm(join(base(), "running"));
  await appendFile(join(base(), ".deploy/stopped-by-refresh"), "");
  const next = await refresh();
  expect(said(`dropped staging__new_${job.request.id}`)).toBeDefined();
  expect(said("started the service again")).toBeDefined();
  expect(await ground.staged()).toBe(next.id);
  expect([await ground.serving(), await ground.leftovers()]).toEqual([true, []]);
});

test.each(["production", "staging"])(
  "a server of %s that the runner does not reach is named, with the cure",
  async (name) => {
    const port = await freePort();
    const side = name === "production" ? "source" : "target";
    const instance = ground.instances[side];
    const config = join(instance.base, "elsewhere.conf");
    const written = await readFile(instance.config, "utf8");
    await writeFile(config, written.replace(/^db_port = .*$/m, `db_port = ${port}`));
    const failure = await refresh({ [side]: { ...instance, config } }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: "server-out-of-reach",
      message: expect.stringContaining(`${name} (127.0.0.1:${port})`),
      remedy: expect.stringContaining("refresh.run_on"),
    });
    expect(await ground.serving()).toBe(true);
  },
);
