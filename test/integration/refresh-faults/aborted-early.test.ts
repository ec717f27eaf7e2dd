import { afterAll, beforeAll, expect, test } from "vitest";
import { withSession } from "../../../src/platform/postgres.ts";
import { Sessions, SOURCE_SETTINGS } from "../../../src/refresh/sessions.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
});

afterAll(() => server?.stop());

const open = () =>
  withSession(server.admin, (session) =>
    session.query("SELECT pid FROM pg_stat_activity WHERE starts_with(application_name, 'early:')"),
  );

test("a session that is still connecting when the run is aborted is never worked with", async () => {
  const aborted = new AbortController();
  const sessions = new Sessions("early:", aborted.signal);
  const opening = sessions.open(server.admin, "late", SOURCE_SETTINGS);
  aborted.abort(new Error("production waits"));
  await expect(opening).rejects.toThrow("production waits");
  await expect.poll(open).toEqual([]);
  await sessions.closeAll();
});
