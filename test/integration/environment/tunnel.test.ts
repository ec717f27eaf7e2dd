import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type TunnelMouth, withTunnel } from "../../../src/environment/tunnel.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { untilAsleep } from "../../support/backends.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { type SshServer, startSshServer } from "./sshd.ts";

let postgres: PostgresServer;
let through: SshServer;
let target: SshServer;
let scratch: string;

beforeAll(async () => {
  [postgres, through] = await Promise.all([startPostgres(), startSshServer()]);
  target = await startSshServer(undefined, through.privateKey);
});

afterAll(() => Promise.all([postgres?.stop(), through?.stop(), target?.stop()]));

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "tunnel-test-"));
  process.env.TMPDIR = scratch; // so that what is left here can be seen
});

afterEach(async () => {
  delete process.env.TMPDIR;
  await rm(scratch, { recursive: true, force: true });
});

const node = ({ host, port, user }: SshServer) => ({ host, port, user });
const folders = () =>
  existsSync(join(target.home, ".odoo-pipeline"))
    ? readdirSync(join(target.home, ".odoo-pipeline")).filter((name) => name.startsWith("tunnel-"))
    : [];

const access = () => ({
  log: silentLog,
  privateKey: target.privateKey,
  knownHosts: `${through.knownHosts}\n${target.knownHosts}`,
});

function tunnel<T>(work: (mouth: TunnelMouth) => Promise<T>, ends: { through?: "local"; target?: "local" } = {}) {
  const server = { host: postgres.odoo.host, port: postgres.port };
  const at = (end: "local" | undefined, host: SshServer) => (end ? { host: end } : node(host));
  return withTunnel({ through: at(ends.through, through), server, target: at(ends.target, target) }, access(), work);
}

const ask = ({ host, port }: TunnelMouth) =>
  withSession({ ...postgres.odoo, host, port }, (session) => session.query("SELECT current_user::text AS me"));

it.each([
  ["between two hosts", {}],
  ["from a host to this machine", { target: "local" }],
  ["from this machine to a host", { through: "local" }],
] as const)("leads to the server %s, through private sockets, and is gone afterwards", async (_, ends) => {
  let seen: TunnelMouth | undefined;
  const answer = await tunnel(async (mouth) => {
    seen = mouth;
    return Promise.all([ask(mouth), ask(mouth), ask(mouth)]);
  }, ends);
  expect(answer).toEqual(Array(3).fill([{ me: "odoo" }]));
  expect(seen?.host).toMatch(/^\//);
  expect(existsSync(seen?.host ?? "")).toBe(false);
  expect([folders(), readdirSync(scratch)]).toEqual([[], []]);
});

it("leads to a server that listens on a Unix socket of the host only", async () => {
  const server = { host: postgres.socketDirectory, port: postgres.port };
  const ends = { through: node(through), server, target: { host: "local" } };
  const { answer, host } = await withTunnel(ends, access(), async (mouth) => ({
    answer: await withSession({ ...postgres.odoo, host: mouth.host, port: mouth.port }, (session) =>
      session.query("SELECT inet_server_addr() IS NULL AS socket"),
    ),
    host: mouth.host,
  }));
  expect(answer).toEqual([{ socket: true }]);
  expect(host).not.toBe(postgres.socketDirectory);
  expect(readdirSync(scratch)).toEqual([]);
});

it("says that it was cut, whatever the work made of it", async () => {
  const cut = tunnel(async (mouth) => {
    await withSession({ ...postgres.odoo, ...{ host: mouth.host, port: mouth.port } }, async (session) => {
      const sleeping = session.query("SELECT pg_sleep(30)");
      await untilAsleep(postgres.admin, session.backendPid);
      through.wire.cut();
      await sleeping;
    });
  });
  await expect(cut).rejects.toMatchObject({ code: "tunnel-cut", message: expect.stringContaining("127.0.0.1") });
  expect([folders(), readdirSync(scratch)]).toEqual([[], []]);
});

it("removes what a killed run left on the host, and nothing that is in use", async () => {
  await tunnel(async (mouth) => {
    const stale = join(target.home, ".odoo-pipeline/tunnel-killed");
    mkdirSync(stale);
    writeFileSync(join(stale, ".s.PGSQL.5432"), "");
    const old = new Date(Date.now() - 3_600_000);
    for (const path of [stale, mouth.host]) utimesSync(path, old, old);
    await tunnel(ask);
    expect(existsSync(stale)).toBe(false);
    expect(await ask(mouth)).toEqual([{ me: "odoo" }]);
  });
});
