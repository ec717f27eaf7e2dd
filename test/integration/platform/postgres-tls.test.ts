import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TlsSettings, withSession } from "../../../src/platform/postgres.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";

let dir: string;
let server: PostgresServer;
const authorities: Record<string, string> = {};

const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: dir, stdio: "pipe" });

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "tls-"));
  const key = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
  for (const name of ["ours", "other"]) {
    openssl("req", "-x509", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.crt`);
    authorities[name] = await readFile(join(dir, `${name}.crt`), "utf8");
  }
  openssl("req", ...key, "-subj", "/CN=localhost", "-keyout", "server.key", "-out", "server.csr");
  await writeFile(join(dir, "extensions"), "subjectAltName=DNS:localhost\n");
  const signing = ["-CA", "ours.crt", "-CAkey", "ours.key", "-CAcreateserial", "-days", "2", "-extfile", "extensions"];
  openssl("x509", "-req", "-in", "server.csr", ...signing, "-out", "server.crt");
  const files = { ssl_cert_file: join(dir, "server.crt"), ssl_key_file: join(dir, "server.key") };
  server = await startPostgres({ settings: { ssl: "on", ...files } });
});
afterAll(async () => {
  await server?.stop();
  await rm(dir, { recursive: true });
});

/** Whether the session is encrypted, or why there is none. */
const attempt = (host: string, mode: TlsSettings["mode"], authority?: string): Promise<unknown> => {
  const ca = authority === undefined ? {} : { ca: authorities[authority] ?? "" };
  return withSession({ ...server.odoo, host, tls: { mode, ...ca } }, async (session) => {
    const [row] = await session.query<{ ssl: boolean }>("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    return row?.ssl;
  }).catch((error: Error) => error.message);
};

test.each<[string, TlsSettings["mode"], string | undefined, unknown]>([
  ["127.0.0.1", "disable", undefined, false],
  ["127.0.0.1", "require", undefined, true],
  ["127.0.0.1", "require", "other", true],
  ["127.0.0.1", "verify-ca", "ours", true],
  ["localhost", "verify-full", "ours", true],
])("%s with %s and authority %s", async (host, mode, authority, encrypted) => {
  expect(await attempt(host, mode, authority)).toBe(encrypted);
});

test.each<[string, TlsSettings["mode"], string | undefined, RegExp]>([
  ["127.0.0.1", "verify-ca", "other", /certificate/],
  ["127.0.0.1", "verify-ca", undefined, /certificate/],
  ["localhost", "verify-full", "other", /certificate/],
  // Not in the certificate; Node alone would compare with "localhost" and be content.
  ["127.0.0.1", "verify-full", "ours", /IP: 127\.0\.0\.1 is not in the cert's list/],
])("%s with %s and authority %s is refused", async (host, mode, authority, reason) => {
  expect(await attempt(host, mode, authority)).toMatch(reason);
});
