// Only what changed, and a development database from the golden copy: beside a full refresh and beside dump and restore.
import { withSession } from "../../src/platform/postgres.ts";
import type { Progress } from "../workbench/cache.ts";
import type { BenchRow } from "./history.ts";
import { type OpenGround, type Ours, openGround, otherWays, ourWay, PARTNERS, type Way } from "./refresh.ts";
import { inflate } from "./refresh-ground.ts";
import { faster, GB } from "./refresh-rows-of.ts";

const HOUR_MS = 3_600_000;
const TARGET = { dump: 10, full: 3, secondsPerGigabyte: 3 };

/** What one run measured. */
export interface DeltaFigures {
  source: { bytes: number; rows: number };
  changedShare: number;
  full: Ours;
  delta: Ours;
  dump: Way;
  development: { seconds: number; bytes: number };
}

// Of every hundred rows two are new, one is gone, and of the partners and the latest documents some are written again.
const CHANGES = [
  "DELETE FROM mail_message_res_partner_rel WHERE mail_message_id % 100 = 7",
  "DELETE FROM message_attachment_rel WHERE message_id % 100 = 7",
  "DELETE FROM mail_tracking_value WHERE mail_message_id % 100 = 7",
  "DELETE FROM mail_notification WHERE mail_message_id % 100 = 7",
  "UPDATE mail_mail SET mail_message_id = mail_message_id + 1 WHERE mail_message_id % 100 = 7",
  "DELETE FROM mail_message WHERE id % 100 = 7 AND id > (SELECT max(id) / 2 FROM mail_message)",
  "UPDATE res_partner SET phone = '+32 2 ' || id, write_date = now() WHERE id % 25 = 3",
  "UPDATE account_move SET payment_state = 'paid', write_date = now() WHERE id > (SELECT max(id) * 0.96 FROM account_move)",
  "UPDATE sale_order SET note = 'called back', write_date = now() WHERE id > (SELECT max(id) * 0.96 FROM sale_order)",
  "UPDATE stock_move SET state = 'done', write_date = now() WHERE id % 50 = 1",
];

/** Measures a delta of at most 5 % of the rows on the larger database. */
export async function benchDelta(progress: Progress): Promise<{ figures: DeltaFigures; rows: BenchRow[] }> {
  await using ground = await openGround(PARTNERS.large, progress);
  const request = { ...ground.request, options: { ...ground.request.options, goldenMs: 24 * HOUR_MS } };
  progress("Bench: full refresh, kept as golden copy");
  await ourWay({ ...ground, request: { ...request, id: "101-1" } });
  const changedShare = await change(ground, progress);
  progress("Bench: delta");
  const keep = { keepCopies: true };
  const delta = await ourWay({ ...ground, request: withMode(request, "delta") }, keep);
  progress("Bench: development database from the golden copy");
  const { result, seconds } = await ourWay({ ...ground, request: developmentOf(ground) }, keep);
  const development = { seconds, bytes: result.databaseBytes?.copy ?? 0 };
  progress("Bench: full refresh of the changed database");
  const full = await ourWay({ ...ground, request: withMode(ground.request, "full") });
  const { quickDump } = await otherWays(ground, progress, ["quickDump"]);
  const source = { bytes: full.result.databaseBytes?.source ?? 0, rows: full.result.rows };
  const figures = { source, changedShare, full, delta, dump: quickDump, development };
  return { figures, rows: deltaRows(figures) };
}

const withMode = (request: OpenGround["request"], mode: "delta" | "full") => ({
  ...request,
  id: mode === "delta" ? "102-1" : "104-1",
  options: { ...request.options, mode },
});

function developmentOf({ request }: OpenGround): OpenGround["request"] {
  const expiresAt = new Date(Date.now() + HOUR_MS).toISOString();
  const branchDatabase = { name: "development", expiresAt };
  return { ...request, id: "103-1", from: "golden", source: request.target, branchDatabase };
}

/** Changes the source; returns the share of its rows that were inserted, updated or deleted. */
async function change({ server }: OpenGround, progress: Progress): Promise<number> {
  progress("Bench: changing at most 5 % of the rows");
  return withSession({ ...server.admin, database: "production" }, async (session) => {
    const written = async () => {
      await session.query("SELECT pg_stat_force_next_flush()");
      const [row] = await session.query<{ written: number; live: number }>(
        "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del)::float8 AS written, sum(n_live_tup)::float8 AS live FROM pg_stat_user_tables",
      );
      return row ?? { written: 0, live: 1 };
    };
    const before = await written();
    await session.query("SET session_replication_role = replica");
    for (const statement of CHANGES) await session.query(statement);
    await inflate(session, Math.round(PARTNERS.large * 0.025), { keepIndexes: true, progress });
    const after = await written();
    return (after.written - before.written) / after.live;
  });
}

function deltaRows({ source, changedShare, full, delta, dump, development }: DeltaFigures): BenchRow[] {
  const what = `delta of ${(source.bytes / GB).toFixed(1)} GB, ${(changedShare * 100).toFixed(1)} % of the rows changed`;
  const perGigabyte = development.seconds / (development.bytes / GB);
  return [
    faster(`${what}, against pg_dump -Z1 | pg_restore + UPDATE`, delta.seconds, dump.seconds, TARGET.dump),
    faster("the same against our own full refresh", delta.seconds, full.seconds, TARGET.full),
    {
      figure: `development database of ${(development.bytes / GB).toFixed(1)} GB from the golden copy`,
      ours: `${development.seconds.toFixed(1)} s`,
      alternative: "",
      ratio: `${perGigabyte.toFixed(1)} s/GB`,
      target: `<= ${TARGET.secondsPerGigabyte} s/GB`,
      met: perGigabyte <= TARGET.secondsPerGigabyte,
    },
  ];
}
