import type { Tunnel } from "../environment/tunnel.ts";
import type { Clock } from "../platform/clock.ts";
import { ExpectedError } from "../platform/errors.ts";
import { type Connection, DatabaseError, withSession } from "../platform/postgres.ts";
import { refreshAcrossNodes, type TwoNodes } from "./across-nodes.ts";
import { phaseEvents } from "./host-command.ts";
import { askedNode } from "./node/asked-node.ts";
import { instancesOf } from "./node/target-node.ts";
import { refreshDatabase } from "./refresh.ts";
import type { RefreshRequest, RefreshResult } from "./request.ts";
import { tellPhases } from "./request-refresh.ts";

/** The means of a refresh on this machine: ways to both servers, and the nodes for what only they can do. */
export interface RunnerMeans extends Omit<TwoNodes, "tunnel"> {
  clock: Clock;
  /** The way to the source's server; absent where this machine reaches it by itself. */
  toSource?: Tunnel | undefined;
  /** The way to the target's server, which its odoo.conf names as its node reaches it. */
  toTarget: Tunnel;
}

/** Refreshes from this machine, where rows pass through; the swap is the target's node's, when the copy is proved. */
export function refreshOnRunner(request: RefreshRequest, means: RunnerMeans): Promise<RefreshResult> {
  return refreshAcrossNodes(request, means, build);
}

async function build(request: RefreshRequest, means: RunnerMeans): Promise<RefreshResult> {
  const node = askedNode(means.host, instancesOf(request));
  const { target, source: near, ...rest } = await node.describe();
  const source = request.connection ?? (near as Connection);
  const atSource = { name: request.source.name, tunnel: means.toSource, signal: means.signal };
  return await reach(source, atSource, (from, signal) =>
    reach(target.connection, { name: request.target.name, tunnel: means.toTarget, signal }, (to, both) =>
      refreshDatabase(
        { ...request, connection: from },
        {
          ...{ log: means.log, clock: means.clock, signal: both },
          onPhase: phaseEvents(tellPhases(means.log)),
          node: { ...node, describe: async () => ({ ...rest, target: { ...target, connection: to } }) },
        },
      ),
    ),
  );
}

interface Way {
  /** Of the environment. */
  name: string;
  tunnel?: Tunnel | undefined;
  signal: AbortSignal;
}

/** Does `work` with the connection as this machine has it; its signal is also that of a tunnel that was cut. */
async function reach<T>(
  connection: Connection,
  { name, tunnel, signal }: Way,
  work: (reached: Connection, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { host, tls } = connection;
  signal.throwIfAborted();
  const there = async (reached: Connection, cut: AbortSignal) => {
    await lookThere(reached, name, host);
    return await work(reached, cut);
  };
  if (!tunnel) return await there(connection, signal);
  return await tunnel(connection, ({ signal: cut, ...mouth }) =>
    there(
      { ...connection, ...mouth, ...(tls ? { tls: { serverName: host, ...tls } } : {}) },
      AbortSignal.any([signal, cut]),
    ),
  );
}

/** Better told at once, and with its cure, than as a connection that is lost. */
async function lookThere(reached: Connection, name: string, host: string): Promise<void> {
  await withSession(reached, async () => undefined).catch((error: unknown) => {
    // The server answers, even if with no: staging's database, say, may not be there yet.
    if (!(error instanceof DatabaseError) || !error.sqlState.startsWith("08")) return;
    throw new ExpectedError(
      {
        code: "server-out-of-reach",
        message: `refresh.run_on is runner, but the runner does not reach the database server of ${name} (${host}:${reached.port}): ${error.message}.`,
        remedy: `Check that the server runs and that the way there is open (refresh.connection.through, AllowTcpForwarding of sshd), or leave refresh.run_on at target.`,
      },
      { cause: error },
    );
  });
}
