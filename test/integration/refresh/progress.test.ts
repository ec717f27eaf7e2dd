import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openHost } from "../../../src/environment/host-channel.ts";
import { type Clock, systemClock } from "../../../src/platform/clock.ts";
import { type Log, silentLog } from "../../../src/platform/log.ts";
import { connect, type Session, withSession } from "../../../src/platform/postgres.ts";
import { detectChanges } from "../../../src/refresh/delta/detect.ts";
import type { GoldenRecord } from "../../../src/refresh/golden/record.ts";
import { approvePlan } from "../../../src/refresh/plan/gate.ts";
import { Progress } from "../../../src/refresh/progress.ts";
import { refreshDatabase } from "../../../src/refresh/refresh.ts";
import { requestRefresh } from "../../../src/refresh/request-refresh.ts";
import { SOURCE_SETTINGS } from "../../../src/refresh/sessions.ts";
import { type OneServer, type Pair, quietDeps, requestFor, startOneServer } from "./ground.ts";

// What takes long ends when a line was told of it, however fast the server is: a session by that name is the sign. It
// waits on the copy only, which is built beside staging; no line in half a minute is an error.
const WAITING = `
  CREATE FUNCTION told(what text, id int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
    BEGIN
      IF current_database() NOT LIKE '%\\_\\_new\\_%' THEN RETURN true; END IF;
      FOR i IN 1..600 LOOP
        IF EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'told ' || what) THEN RETURN true; END IF;
        PERFORM pg_sleep(0.05), pg_stat_clear_snapshot();
      END LOOP;
      RAISE 'nothing was told of %', what;
    END $$;
  CREATE DOMAIN waiting_text AS text CHECK (public.told('rows', 1));
  CREATE TABLE things (id int PRIMARY KEY, note waiting_text);
  INSERT INTO things VALUES (1, 'a');
  CREATE INDEX things_waiting ON things (public.told('indexes', id));
  CREATE MATERIALIZED VIEW filled AS SELECT public.told('views', 1) AS told;`;
const RULES = [{ columns: "things.note", keep: "nothing personal" }];
const DAY = 86_400_000;

let one: OneServer;
let pair: Pair;
const signs: Session[] = [];

beforeAll(async () => {
  one = await startOneServer();
  pair = await one.pair("slow", WAITING);
});

afterEach(() => Promise.all(signs.splice(0).map((session) => session.end())));

afterAll(() => one?.stop());

/** Lets go on what waits for a line about `what`. */
const goOn = async (what: string) =>
  void signs.push(await connect({ ...one.server.odoo, applicationName: `told ${what}` }));

/** A log in which each line that matches lets go on what waits for it. */
function watching(awaited: Record<string, RegExp>): Log & { lines: string[] } {
  const lines: string[] = [];
  const info = (line: string) => {
    lines.push(line);
    for (const [what, pattern] of Object.entries(awaited)) if (pattern.test(line)) void goOn(what);
  };
  return { ...silentLog, info, lines };
}

/** Ten seconds are 20 ms. */
const quick: Clock = { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 500, signal) };

const request = (id: string, mode: "full" | "delta" = "full") =>
  requestFor(pair.source, pair.target, { id, rules: RULES, options: { mode, goldenMs: DAY, jobs: 1 } });

test("while rows, an index or a view take long, lines say how far the copy is", async () => {
  const log = watching({
    rows: /^copy, .* so far: \d+ % of the rows copied \(0 rows .*\).*, now at things; 0 of 2 indexes built$/,
    indexes:
      /^copy, .* so far: all rows copied \(1 rows of finished tables, \d+ B sent\); \d of 2 indexes built, now at things$/,
    views: /^constraints, .* so far: 0 of 1 materialized views filled, now at .*filled/,
  });
  const result = await refreshDatabase(request("1-1"), { ...quietDeps(), log, clock: quick });
  expect(result).toMatchObject({ activated: true, rows: 1 });
  const told = log.lines.length;
  await quick.sleep(100_000);
  expect(log.lines.length).toBe(told); // what has ended says nothing
});

test("while a delta takes long, lines say how far it is", async () => {
  await withSession(pair.production, (session) => session.query("INSERT INTO things VALUES (2, 'b')"));
  const log = watching({
    rows: /^delta, .* so far: 0 of 1 tables brought up to date, now at things; 0 rows so far \(1 changed\), \d+ B sent$/,
    views: /^delta, .* so far: 0 of 1 materialized views filled/,
  });
  await goOn("indexes");
  const result = await refreshDatabase(request("2-1", "delta"), { ...quietDeps(), log, clock: quick });
  expect(result).toMatchObject({ activated: true, way: { kind: "delta" } });
});

test("while it is looked for what changed, lines say at how many tables", async () => {
  const source = await connect(pair.production, SOURCE_SETTINGS);
  const locked = await connect(pair.production);
  const info = (line: string) => {
    if (/0 of 1 tables looked at for changes, now at things/.test(line)) void locked.query("ROLLBACK");
  };
  const progress = new Progress({ ...silentLog, info }, quick);
  try {
    const { plan } = await approvePlan(source, { rules: RULES });
    await locked.query("BEGIN; LOCK TABLE things IN ACCESS EXCLUSIVE MODE");
    const golden = { tables: {}, horizon: "3" } as GoldenRecord;
    const changes = await progress.during("strategy", () =>
      detectChanges([source], { plan, golden, ownPartners: [], progress }),
    );
    expect(changes).toHaveLength(1);
  } finally {
    await source.end();
    await locked.end();
  }
});

test("the lines of a refresh on a host reach the log of the runner", async () => {
  const log = watching({ views: /^constraints, 1\d s so far: 0 of 1 materialized views filled/ });
  await goOn("rows");
  await goOn("indexes");
  const access = { log, bundleDir: fileURLToPath(new URL("../../../src", import.meta.url)) };
  const host = await openHost({ host: "local" }, access);
  try {
    const { signal } = new AbortController();
    expect(await requestRefresh(request("3-1"), { host, log, signal })).toMatchObject({ activated: true });
  } finally {
    await host.close();
  }
});
