import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../src/platform/clock.ts";
import { withSession } from "../../../src/platform/postgres.ts";
import { lockTarget } from "../../../src/refresh/activation/recovery.ts";
import { DAY, type GoldenGround, startGoldenGround } from "./ground.ts";

// How long a golden copy serves is the team's to say (refresh.retention.golden); it never serves longer.

let ground: GoldenGround;
let golden: string;

beforeAll(async () => {
  ground = await startGoldenGround();
});

beforeEach(async () => {
  golden = (await ground.keep()).golden ?? "";
});

afterAll(() => ground?.remove());

const later = (days: number) => ({
  clock: { ...systemClock, now: () => new Date(Date.now() + days * DAY) },
});
const kept = async () => (await ground.databases()).filter((name) => name.startsWith("staging__gold"));
const comment = (name: string, text: string | null) =>
  withSession(ground.server.odoo, (session) =>
    session.query(`COMMENT ON DATABASE "${name}" IS ${text === null ? "NULL" : `'${text}'`}`),
  );
const tooOld = {
  code: "golden-copy-too-old",
  message: expect.stringMatching(/goes back 48 h 00 m, more than the 24 h 00 m of its retention/),
  remedy: expect.stringMatching(/Refresh staging from production.*refresh\.retention\.golden/),
};

test("past its retention it is refused with its age, and dropped then; within it, it serves", async () => {
  await ground.develop();
  const before = await ground.databases();
  await expect(ground.develop({ dryRun: true }, later(2))).rejects.toMatchObject(tooOld);
  expect(await ground.databases()).toEqual(before);
  const longer = { options: { goldenMs: 3 * DAY } };
  expect(await ground.develop(longer, later(2))).toMatchObject({ activated: true });
  expect(await kept()).toEqual([golden]);
  await expect(ground.develop({}, later(2))).rejects.toMatchObject({
    ...tooOld,
    message: expect.stringContaining(`${golden} goes back 48 h 00 m`),
  });
  expect(await kept()).toEqual([]);
  expect(await ground.databases()).toContain("development");
  await expect(ground.develop()).rejects.toMatchObject({ code: "no-golden-copy" });
});

test("a team that keeps none makes none from what is still there, without a mark neither", async () => {
  await comment(golden, null);
  await expect(ground.develop({ options: {} })).rejects.toMatchObject({
    code: "golden-copy-too-old",
    message: expect.stringContaining("it was dropped"),
  });
  expect(await kept()).toEqual([]);
});

test("while a refresh of staging is at work it is refused too, and left to that one", async () => {
  await withSession(ground.server.odoo, async (session) => {
    await lockTarget(session, "staging");
    await expect(ground.develop({}, later(2))).rejects.toMatchObject({
      code: "golden-copy-too-old",
      message: expect.not.stringContaining("dropped"),
    });
  });
  expect(await kept()).toEqual([golden]);
});

test("a refresh from production drops it as soon as it cannot serve, even if it fails later", async () => {
  const job = new AbortController();
  const failing = ground.keep(
    {},
    {
      ...later(2),
      signal: job.signal,
      onPhase: (phase, status) => {
        if (phase === "copy" && status === "begin") job.abort();
      },
    },
  );
  await expect(failing).rejects.toMatchObject({ code: "cancelled" });
  expect(await kept()).toEqual([]);
});
