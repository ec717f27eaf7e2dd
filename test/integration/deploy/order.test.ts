import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { commit } from "../../support/git.ts";
import { consumerModule, startInstance, type TestInstance } from "./instance.ts";

// Which commit may take the place of which: a run that is run again never brings an older one back.

let odoo: TestInstance;
let older: string;
let newer: string;

beforeAll(async () => {
  odoo = await startInstance();
  older = await odoo.commit(await consumerModule());
  newer = await odoo.commit({ "README.md": "newer\n" });
  expect(await odoo.deploy(newer)).toMatchObject({ outcome: "deployed" });
});

afterAll(() => odoo?.[Symbol.asyncDispose]());

const serving = () => odoo.host.call("serving", { base: odoo.instance.base });

test.each(["production", "staging", "development"] as const)("%s: an older commit is refused", async (role) => {
  await expect(odoo.deploy(older, { role })).rejects.toMatchObject({
    code: "not-newer",
    message: `${older.slice(0, 12)} is older than ${newer.slice(0, 12)}, which serves now.`,
  });
  expect(await serving()).toEqual({ commit: newer });
});

test("production: a commit that lacks what serves is refused, also when the branch was rewritten", async () => {
  const apart = await odoo.commit({ "README.md": "apart\n" });
  await odoo.deploy(apart);
  const beside = await commit(odoo.repository, "beside", { "README.md": "beside\n" }, { from: older });
  await expect(odoo.deploy(beside)).rejects.toMatchObject({ code: "not-newer" });
  expect(await serving()).toEqual({ commit: apart });
});

test("what another deployment has put there meanwhile is not replaced", async () => {
  const { commit: before } = (await serving()) as { commit: string };
  const [first, second] = [
    await odoo.commit({ "README.md": "first\n" }),
    await odoo.commit({ "README.md": "second\n" }),
  ];
  // Both are judged while `before` serves; one of them gets the lock first.
  const results = await Promise.all([first, second].map((sha) => odoo.deploy(sha, { lockTimeoutMs: 120_000 })));
  const [winner, loser] = results.toSorted((one) => (one.outcome === "deployed" ? -1 : 1));
  expect(loser).toMatchObject({
    outcome: "failed",
    failure: { code: "superseded", message: expect.stringContaining(before.slice(0, 12)) },
  });
  expect(await serving()).toEqual({ commit: winner?.commit });
});

test("going back is possible when it is asked for", async () => {
  expect(await odoo.deploy(older, { rollback: true })).toMatchObject({ outcome: "deployed", commit: older });
  expect(await serving()).toEqual({ commit: older });
});

test.each([
  ["database", "http_port = 1"],
  ["port", "db_name = another"],
])("two instances with one %s are refused before anything is closed", async (what, change) => {
  const config = join(odoo.home, "neighbour.conf");
  const [key = ""] = change.split(" ");
  const own = await readFile(odoo.instance.config, "utf8");
  // The same server by another name of it.
  const elsewhere = own.replace("db_host = 127.0.0.1", "db_host = localhost");
  expect(elsewhere).not.toBe(own);
  await writeFile(config, elsewhere.replace(new RegExp(`^${key} = .*$`, "m"), change));
  const neighbours = [{ ...odoo.instance, name: "neighbour", config }];
  const again = await odoo.commit({ "README.md": `${what}\n` });
  expect(await odoo.deploy(again, { rollback: true, neighbours })).toMatchObject({
    outcome: "failed",
    failure: {
      code: "host-not-fit",
      message: expect.stringMatching(new RegExp(`the ${what} .* is that of neighbour too`)),
    },
  });
  expect(await serving()).toEqual({ commit: older });
});
