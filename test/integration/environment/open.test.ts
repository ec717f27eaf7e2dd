import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openEnvironment } from "../../../src/environment/open.ts";
import { remoteUrl } from "../../../src/platform/git.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { commit, createBare } from "../../support/git.ts";
import { type GitServer, startGitServer } from "../../support/git-server.ts";

const FILE = ".github/odoo-pipeline.yml";
const PIPELINE = `version: 1
odoo: { series: "19.0", command: /opt/odoo/odoo-bin }
nodes: { server: { host: local } }
environments: { production: { role: production, branch: production, url: "http://localhost:8069" }, staging: { role: staging, branch: staging, url: "http://localhost:8070" } }
`;

const root = mkdtempSync(join(tmpdir(), "open-environment-"));
let server: GitServer;
let bare: string;

beforeAll(async () => {
  bare = await createBare(root, "acme/addons");
  server = await startGitServer(root, { tokens: { "ghs-reader": { contents: "read" } } });
});

afterAll(async () => {
  await server.close();
  rmSync(root, { recursive: true, force: true });
});

const open = (sha: string, environment = "staging", token = "ghs-reader") =>
  openEnvironment({
    log: silentLog,
    git: { url: remoteUrl(server.url, "acme/addons"), token },
    commit: sha,
    file: FILE,
    environment,
  });

it("reads the pipeline file of the very commit, and opens the way to the host", async () => {
  const old = await commit(bare, "staging", { [FILE]: PIPELINE, "addons/a/x.py": "1\n" });
  await commit(bare, "staging", { [FILE]: PIPELINE.replace("8070", "9999") });
  await using opened = await open(old);
  expect(opened.instance).toMatchObject({ name: "staging", url: "http://localhost:8070", nodeName: "server" });
  expect(opened.pipeline.odoo.addons).toEqual(["."]);
  await expect(opened.host.call("echo", {})).rejects.toMatchObject({ code: "unknown-host-command" }); // it answers
});

it("says what is missing", async () => {
  const without = await commit(bare, "plain", { "README.md": "x\n" });
  await expect(open(without)).rejects.toMatchObject({ code: "no-pipeline-file" });
  const broken = await commit(bare, "broken", { [FILE]: "version: 1\nodo: {}\n" });
  await expect(open(broken)).rejects.toMatchObject({
    code: "invalid-pipeline-file",
    location: { file: FILE, line: 1 },
  });
  const fine = await commit(bare, "staging", { [FILE]: PIPELINE });
  await expect(open(fine, "stagin")).rejects.toMatchObject({ code: "unknown-environment" });
  await expect(open(fine, "staging", "ghs-stranger")).rejects.toMatchObject({ code: "git-access-denied" });
});
