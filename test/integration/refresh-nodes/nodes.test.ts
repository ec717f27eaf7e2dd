import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { databasesWithPrefix } from "../../../src/environment/databases.ts";
import { type HostChannel, openHost } from "../../../src/environment/host-channel.ts";
import { withTunnel } from "../../../src/environment/tunnel.ts";
import { storeName } from "../../../src/odoo/filestore.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import { refreshAcrossNodes } from "../../../src/refresh/across-nodes.ts";
import type { RefreshRequest, RefreshResult } from "../../../src/refresh/request.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import type { SshServer } from "../environment/sshd.ts";
import { type Ground, makeGround } from "../refresh-faults/ground.ts";
import { type Nodes, nodeAt, startNodes } from "./ground.ts";

let source: PostgresServer;
let target: PostgresServer;
let production: SshServer;
let staging: SshServer;
let nodes: Nodes;
let ground: Ground;
let channel: HostChannel;
let runs = 0;

beforeAll(async () => {
  [source, target, nodes] = await Promise.all([startPostgres(), startPostgres(), startNodes()]);
  ({ production, staging } = nodes);
  ground = await makeGround(source, target);
});

afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop(), nodes?.remove()]);
  await ground?.remove();
});

beforeEach(async () => {
  channel = await openHost(nodeAt(staging), access());
});

afterEach(() => channel.close());

const access = () => ({ ...nodes.access, log: silentLog });

/** Bytes of a file that is larger than all that otherwise goes over a connection to a node. */
const PICTURE = 60_000_000;

const stores = () => ({
  production: join(ground.instances.source.base, "data/filestore/production"),
  staging: join(ground.instances.target.base, "data/filestore/staging"),
});

/** Gives production a public picture with this content; returns its name below the filestore. */
async function addPicture(content: Buffer, options: { file?: Buffer | "gone" } = {}): Promise<string> {
  const name = storeName(content);
  const place = join(stores().production, name);
  await mkdir(dirname(place), { recursive: true });
  if (options.file !== "gone") await writeFile(place, options.file ?? content);
  await withSession(ground.source, (session) =>
    session.query(
      "INSERT INTO ir_attachment (name, res_model, type, public, mimetype, store_fname) VALUES ('picture', 'ir.ui.view', 'binary', true, 'image/png', $1)",
      [name],
    ),
  );
  return name;
}

/** As the action does it; what staging's node is told of production's odoo.conf leads nowhere. */
function refresh(
  more: Partial<RefreshRequest> = {},
  way: { through?: boolean; signal?: AbortSignal; manifestPublicKey?: string } = {},
): Promise<RefreshResult> {
  const connection: Connection = { ...ground.source };
  const request = ground.request(`${++runs}-1`, {}, { connection, ...more });
  const server = nodeAt(production);
  const means = {
    host: channel,
    log: silentLog,
    manifestPublicKey: way.manifestPublicKey,
    signal: way.signal ?? new AbortController().signal,
    tunnel: way.through
      ? <T>(at: { host: string; port: number }, work: Parameters<typeof withTunnel<T>>[2]) =>
          withTunnel({ through: server, server: at, target: nodeAt(staging) }, access(), work)
      : undefined,
    openSource: () => openHost(server, access()),
  };
  return refreshAcrossNodes({ ...request, source: { ...request.source, nodeName: "production" } }, means);
}

const ready = () => withSession(target.admin, (session) => databasesWithPrefix(session, "staging__ready_"));
const sha1 = (content: Buffer) => createHash("sha1").update(content).digest("hex");
const filesOf = async (folder: string) => (await readdir(folder)).filter((name) => name.startsWith("."));

test.each([
  ["direct", false],
  ["through the source's node", true],
])("a copy comes from another node, %s, with the files that it still names", async (_, through) => {
  const content = Buffer.alloc(3_000_000, `picture ${through}`);
  const name = await addPicture(content);
  const lost = await addPicture(Buffer.from("lost"), { file: "gone" });
  const result = await refresh({}, { through });
  expect(result).toMatchObject({ activated: true, database: "staging", files: { copied: 1, vanished: 1, linked: 0 } });
  expect(await ground.staged()).toBe(result.id);
  expect(await ground.serving()).toBe(true);
  expect(sha1(await readFile(join(stores().staging, name)))).toBe(name.slice(3));
  expect(await readFile(join(stores().staging, lost), "utf8")).toBe("");
  expect(await filesOf(stores().staging)).toEqual([]);
  const rows = await withSession(ground.staging, (session) =>
    session.query("SELECT name, email FROM res_partner WHERE id = 3"),
  );
  expect(JSON.stringify(rows)).not.toMatch(/geheim/i);
  expect(await ground.leftovers()).toEqual([]);

  const again = await refresh({}, { through });
  expect(again.files).toMatchObject({ copied: 0, vanished: 1 }); // looked for once more
  expect(again.previous).toMatch(/^staging__prev_/);
});

test("with a deployment to follow, the copy is left ready, its files there already", async () => {
  const before = await ground.staged();
  const name = await addPicture(Buffer.from("for the deployment"));
  const result = await refresh({ activate: "with-deployment" });
  expect(result).toMatchObject({ activated: false, database: expect.stringMatching(/^staging__ready_/) });
  expect(await readFile(join(stores().staging, name), "utf8")).toBe("for the deployment");
  expect(await ground.staged()).toBe(before);
});

test("a copy that the team's key did not sign does not become staging, one that it signed does", async () => {
  const before = await ground.staged();
  const pem = {
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  };
  const [ours, another] = [generateKeyPairSync("ed25519", pem as never), generateKeyPairSync("ed25519", pem as never)];
  const way = { manifestPublicKey: String(ours.publicKey) };
  await expect(refresh({ signingKey: String(another.privateKey) }, way)).rejects.toMatchObject({
    code: "unclean-copy",
  });
  expect(await ground.staged()).toBe(before);
  expect(await ready()).toEqual([]);
  const result = await refresh({ signingKey: String(ours.privateKey) }, way);
  expect(await ground.staged()).toBe(result.id);
});

test("a file with another content than its name says stops the refresh before the swap", async () => {
  const before = await ground.staged();
  const name = await addPicture(Buffer.from("right"), { file: Buffer.from("damaged") });
  await expect(refresh()).rejects.toMatchObject({
    code: "file-damaged",
    message: expect.not.stringContaining("staging__ready_"),
  });
  expect(await ground.staged()).toBe(before);
  expect(await ready()).toEqual([]);
  expect(await filesOf(stores().staging)).toEqual([]);
  await writeFile(join(stores().production, name), "right");
  const next = await refresh();
  expect(await ground.staged()).toBe(next.id);
  expect(await readFile(join(stores().staging, name), "utf8")).toBe("right");
});

test.each([
  ["the source's node", () => production],
  ["the target's node", () => staging],
] as const)("the connection to %s breaks while files travel: staging serves, the next run finishes", async (_, cut) => {
  const before = await ground.staged();
  const name = await addPicture(Buffer.alloc(PICTURE, `${runs}`));
  const { wire } = cut();
  const half = wire.holdAfter(PICTURE / 2);
  const broken = refresh().catch((error: unknown) => error);
  await half;
  wire.cut();
  wire.release();
  const failure = await broken;
  expect(failure).toMatchObject({ code: "host-connection-lost" });
  // What no way leads to any more is named, what could be dropped is gone.
  for (const left of await ready()) expect((failure as Error).message).toContain(`copy ${left} could not be dropped`);
  expect((failure as Error).message.includes("staging__ready_")).toBe((await ready()).length > 0);
  expect(await ground.staged()).toBe(before);
  expect(await ground.serving()).toBe(true);
  await channel.close();
  channel = await openHost(nodeAt(staging), access());
  const next = await refresh();
  expect(await ground.staged()).toBe(next.id);
  expect(sha1(await readFile(join(stores().staging, name)))).toBe(name.slice(3));
  expect(await ground.leftovers()).toEqual([]);
  expect(await filesOf(stores().staging)).toEqual([]);
  expect(await ready()).toEqual([]);
});

test("a cancelled job stops the files, and the copy does not become staging", async () => {
  const before = await ground.staged();
  await addPicture(Buffer.alloc(PICTURE, "cancelled"));
  const job = new AbortController();
  const half = production.wire.holdAfter(PICTURE / 2);
  const refused = expect(refresh({}, { signal: job.signal })).rejects.toThrow("the job was cancelled");
  await half;
  job.abort(new Error("the job was cancelled"));
  production.wire.release();
  await refused;
  expect(await ready()).toEqual([]);
  expect(await ground.staged()).toBe(before);
  expect(await ground.serving()).toBe(true);
});

test("a wrong password of the source is told without it", async () => {
  const connection = { ...ground.source, password: "wrong-password-of-the-reader" };
  const failure = await refresh({ connection }).catch((error: Error) => error);
  expect(failure).toBeInstanceOf(Error);
  expect((failure as Error).message).toContain("password");
  expect((failure as Error).message).not.toContain("wrong-password-of-the-reader");
});
