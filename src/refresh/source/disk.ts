import { databasesOfOurs } from "../../environment/databases.ts";
import type { Session } from "../../platform/postgres.ts";
import type { RefreshOptions } from "../request.ts";
import type { DiskFacts } from "./preflight-verdict.ts";
import type { Backend } from "./server-folder.ts";

/** A machine that may carry the target's server. */
interface Node {
  freeBytes(folder: string): Promise<number | undefined>;
  serverFolder(backend: Backend): Promise<string | undefined>;
}

/** What a refresh is about to write. */
interface Wish extends Pick<RefreshOptions, "goldenMs" | "mode"> {
  /** Name of the database that is replaced. */
  staging: string;
  /** Databases that a run drops before it begins. */
  dropped: readonly string[];
}

const SIZE = `
  SELECT (pg_database_size(current_database()) - pg_total_relation_size('pg_catalog.pg_largeobject'))::float8 AS bytes`;

const TARGET = `
  SELECT quote_ident(current_user) AS role, coalesce(current_setting('file_copy_method', true) = 'clone', false) AS shares,
         coalesce((SELECT sum(pg_database_size(oid)) FROM pg_database WHERE datname = ANY ($1)), 0)::float8 AS reclaimable`;

/** Measures without writing what a copy will take and what there is. */
export async function gatherDisk(
  source: Session,
  maintenance: Session,
  node: Node,
  { staging, dropped, ...options }: Wish,
): Promise<DiskFacts> {
  const [size] = await source.query<{ bytes: number }>(SIZE);
  const [at] = await maintenance.query<{ role: string; shares: boolean; reclaimable: number }>(TARGET, [dropped]);
  const { goldenMs = 0, mode = "full" } = options;
  const none = goldenMs === 0 || at?.shares === true;
  const there = mode !== "full" && (await databasesOfOurs(maintenance, staging, "gold")).length > 0;
  return {
    sourceBytes: size?.bytes ?? 0,
    freeBytes: await freeOnServer(maintenance, node),
    reclaimableBytes: at?.reclaimable ?? 0,
    golden: none ? "nothing" : there ? "a-copy-if-full" : "a-copy",
    role: at?.role ?? "",
  };
}

const PLACE = `
  SELECT coalesce(inet_server_addr() = inet_client_addr(), true) AS here, pg_has_role('pg_read_all_settings', 'USAGE') AS told,
         current_user::text AS user, current_database()::text AS database`;

/** Free bytes where the server keeps its data, when that is the node. */
async function freeOnServer(maintenance: Session, node: Node): Promise<DiskFacts["freeBytes"]> {
  const [place] = await maintenance.query<{ here: boolean; told: boolean; user: string; database: string }>(PLACE);
  if (!place?.here) return "elsewhere";
  const { user, database } = place;
  const folder = place.told
    ? await dataDirectory(maintenance)
    : await node.serverFolder({ pid: maintenance.backendPid, user, database });
  return folder === undefined ? "not-told" : ((await node.freeBytes(folder)) ?? "out-of-sight");
}

async function dataDirectory(maintenance: Session): Promise<string | undefined> {
  const [row] = await maintenance.query<{ directory: string }>("SELECT current_setting('data_directory') AS directory");
  return row?.directory;
}
