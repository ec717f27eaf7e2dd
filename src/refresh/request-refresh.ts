import { isKeyPair } from "../environment/copy-manifest.ts";
import type { HostChannel, HostEvent } from "../environment/host-channel.ts";
import type { PipelineFile } from "../environment/pipeline-file.ts";
import { environmentOf, resolveInstance } from "../environment/resolve.ts";
import { refuseProduction } from "../environment/roles.ts";
import type { Tunnel } from "../environment/tunnel.ts";
import { ExpectedError } from "../platform/errors.ts";
import type { Log } from "../platform/log.ts";
import type { Connection } from "../platform/postgres.ts";
import { duration } from "../platform/text.ts";
import type { RefreshOptions, RefreshRequest, RefreshResult } from "./request.ts";

/** What the runner decides about a refresh; the rest stands in the pipeline file. */
export type RefreshWish = Omit<RefreshRequest, "source" | "target" | "connection" | "rules" | "manifestPublicKey"> & {
  /** Of `refresh.connection`. */
  sourcePassword?: string | undefined;
};

/** The request for the target's node; ExpectedError when the pipeline file does not allow it. */
export function refreshRequest(
  pipeline: PipelineFile,
  environment: string,
  { sourcePassword, ...wish }: RefreshWish,
): RefreshRequest {
  const golden = wish.from === "golden";
  const source = resolveInstance(pipeline, environmentOf(pipeline, golden ? "staging" : "production"));
  const target = resolveInstance(pipeline, environment);
  refuseProduction(target, "refreshed");
  if (source.name === target.name && !wish.branchDatabase) throw sameEnvironment(target.name);
  const given = golden ? undefined : pipeline.refresh.connection;
  const connection = given && { connection: connectionOf(given, sourcePassword) };
  if (wish.branchDatabase && !golden) throw branchOfProduction();
  if (!connection && source.nodeName !== target.nodeName)
    throw golden ? farGolden(source, target) : twoNodes(source, target);
  const signs = !golden && !wish.dryRun;
  const publicKey = pipeline.refresh.manifest_public_key;
  if (signs) requireSigningKey(publicKey, wish.signingKey);
  return {
    ...wish,
    ...(golden && publicKey !== undefined ? { manifestPublicKey: publicKey } : {}),
    codeFollows: wish.activate === "with-deployment",
    ...{ source, target, ...connection, rules: pipeline.refresh.rules, leaveOut: pipeline.refresh.leave_out },
    options: { ...optionsOf(pipeline.refresh), ...wish.options },
  };
}

/** Where a refresh runs; a copy of the golden copy is the work of the target's server, next to it. */
export function placeOf({ run_on }: PipelineFile["refresh"], { from }: RefreshRequest): "target" | "runner" {
  return from === "golden" ? "target" : run_on;
}

/** The node through which the source's server is reached from there; undefined where no tunnel is needed. */
export function sourceThrough(
  refresh: PipelineFile["refresh"],
  { connection, source, target }: RefreshRequest,
  place: "target" | "runner",
): string | undefined {
  if (place === "runner" && !connection) return source.nodeName; // as its odoo.conf says
  const through = connection && refresh.connection?.through;
  return place === "target" && through === target.nodeName ? undefined : through;
}

function optionsOf(refresh: PipelineFile["refresh"]): RefreshOptions {
  return {
    goldenMs: refresh.retention.golden,
    keepPrevious: refresh.retention.previous,
    requireEnforced: refresh.require_enforced,
    trustStatistics: refresh.trust_statistics,
    validateForeignKeys: refresh.validate_foreign_keys,
    largeObjects: refresh.large_objects,
    oauth: refresh.oauth,
    maxSnapshotMs: refresh.max_snapshot,
  };
}

/** Better refused before hours of copying than by the deployment that would not accept the copy. */
function requireSigningKey(publicKey: string | undefined, signingKey: string | undefined): void {
  if (publicKey === undefined || (signingKey !== undefined && isKeyPair(signingKey, publicKey))) return;
  throw new ExpectedError({
    code: "missing-signing-key",
    message: `refresh.manifest_public_key asks for signed manifests, but the input signing-key ${signingKey === undefined ? "is empty" : "belongs to another public key"}.`,
    remedy: "Pass the private half of that key as a secret in the input signing-key.",
  });
}

function connectionOf(
  { host, port, database, user, tls, ca }: NonNullable<PipelineFile["refresh"]["connection"]>,
  password: string | undefined,
): Connection {
  if (password === undefined) throw missingPassword(user, host);
  const trust = { mode: tls, serverName: host, ...(ca === undefined ? {} : { ca }) };
  return { host, port, database, user, password, tls: trust };
}

interface Placed {
  name: string;
  nodeName: string;
}

function sameEnvironment(name: string): ExpectedError {
  return new ExpectedError({
    code: "same-environment",
    message: `${name} cannot be refreshed from itself.`,
    remedy: "Name another environment in the input environment.",
  });
}

function twoNodes(source: Placed, target: Placed): ExpectedError {
  return new ExpectedError({
    code: "two-nodes",
    message: `${source.name} is on node ${source.nodeName}, ${target.name} on ${target.nodeName}, and the pipeline file does not say how ${target.nodeName} reaches ${source.name}'s database.`,
    remedy: [
      "Describe it in the pipeline file, and give its password as input source-password:",
      "refresh:",
      "  connection: { host: <its server>, database: <its name>, user: <a role that may read it> }",
      `  # and, when ${target.nodeName} cannot reach that server: through: ${source.nodeName}`,
    ].join("\n"),
  });
}

function missingPassword(user: string, host: string): ExpectedError {
  return new ExpectedError({
    code: "missing-source-password",
    message: `refresh.connection reads ${host} as ${user}, but the input source-password is empty.`,
    remedy: "Pass the role's password; a secret of an environment exists only in jobs that name the environment.",
  });
}

function branchOfProduction(): ExpectedError {
  return new ExpectedError({
    code: "branch-of-production",
    message: "A database of its own (input database) is made from the golden copy, not from production.",
    remedy: "Set the input from to golden, or leave database empty.",
  });
}

function farGolden(source: Placed, target: Placed): ExpectedError {
  return new ExpectedError({
    code: "two-nodes",
    message: `The golden copy is kept beside ${source.name} on node ${source.nodeName}; ${target.name} is on ${target.nodeName}.`,
    remedy: `Make databases of the golden copy on ${source.nodeName}, or refresh ${target.name} from production.`,
  });
}

/** The means by which a runner refreshes: the target's node, and a way from there to the source's server if it needs one. */
export interface RefreshMeans {
  host: HostChannel;
  tunnel?: Tunnel | undefined;
  log: Log;
  signal: AbortSignal;
}

/** Lets the target's node run the refresh and follows it; a cancelled job cancels it there. */
export function requestRefresh(request: RefreshRequest, means: RefreshMeans): Promise<RefreshResult> {
  return withReachableSource(request, means, follow);
}

/** Does `work` with a request whose connection leads to the source from the target's node, over a tunnel where it needs one. */
export async function withReachableSource<T>(
  request: RefreshRequest,
  means: RefreshMeans,
  work: (request: RefreshRequest, means: RefreshMeans) => Promise<T>,
): Promise<T> {
  const { connection } = request;
  if (!connection || !means.tunnel) return await work(request, means);
  return await means.tunnel(connection, ({ host, port, signal }) =>
    work(
      { ...request, connection: { ...connection, host, port } },
      { ...means, signal: AbortSignal.any([means.signal, signal]) },
    ),
  );
}

async function follow(request: RefreshRequest, { host, log, signal }: RefreshMeans): Promise<RefreshResult> {
  return (await host.call("refresh", request, tellPhases(log), signal)) as RefreshResult;
}

/** Writes a line for every phase that ends. */
export function tellPhases(log: Log): (event: HostEvent) => void {
  return (event) => {
    if (event.type !== "phase" || event.status === "begin") return;
    const time = event.seconds === undefined ? "" : ` in ${duration(event.seconds * 1000)}`;
    log.info(`${event.phase} ${event.status}${time}${event.detail ? `: ${event.detail}` : ""}`);
  };
}
