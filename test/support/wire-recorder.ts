import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { finished } from "node:stream/promises";

/** A TCP port of 127.0.0.1 in front of a server. It writes down every byte and can make a connection stand still. */
export interface Wire extends AsyncDisposable {
  port: number;
  /** Connections so far; number n is recorded in the files n.received (from the server) and n.sent (to it). */
  readonly connections: number;
  /** From now on a connection that has carried more than so many bytes one way stands still; resolves when one does. */
  holdAfter(bytes: number): Promise<void>;
  /** Lets the held connections go on. */
  release(): void;
  /** Breaks the connections that are open now, as a cut network would; new ones are taken. */
  cut(): void;
  /** Cuts every connection and closes the port; when it returns, the recording is complete. */
  stop(): Promise<void>;
}

/** Opens the port; records into the folder `dir` when it is given. */
export async function recordWire(server: { host: string; port: number }, dir?: string): Promise<Wire> {
  if (dir !== undefined) await mkdir(dir, { recursive: true });
  const links = new Set<Link>();
  const recordings: Promise<void>[] = [];
  const record = (from: Socket, name: string) => {
    if (dir === undefined) return;
    const file = createWriteStream(join(dir, name));
    from.on("data", (chunk) => void file.write(chunk));
    from.once("close", () => file.end());
    recordings.push(finished(file));
  };
  let connections = 0;
  let hold: ReturnType<Hold>;

  const listener = createServer((client) => {
    const number = connections++;
    const link = new Link(client, connect(server), () => hold);
    record(link.upstream, `${number}.received`);
    record(client, `${number}.sent`);
    links.add(link);
    client.once("close", () => links.delete(link));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));

  const release = () => {
    hold = undefined;
    for (const link of links) link.resume();
  };
  const cut = () => {
    for (const link of links) link.reset();
  };
  const stop = async () => {
    for (const link of links) link.cut();
    await new Promise<void>((resolve) => listener.close(() => resolve()));
    await Promise.all(recordings);
  };
  return {
    port: (listener.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    holdAfter: (bytes) =>
      new Promise((resolve) => {
        hold = { bytes, begun: resolve };
      }),
    ...{ release, cut, stop },
    [Symbol.asyncDispose]: stop,
  };
}

type Hold = () => { bytes: number; begun: () => void } | undefined;

/** One connection through the port. */
class Link {
  readonly client: Socket;
  readonly upstream: Socket;

  constructor(client: Socket, upstream: Socket, hold: Hold) {
    this.client = client;
    this.upstream = upstream;
    forward(upstream, client, hold);
    forward(client, upstream, hold);
    for (const socket of [client, upstream]) {
      socket.on("error", () => {});
      socket.on("close", () => this.cut());
    }
  }

  resume(): void {
    this.client.resume();
    this.upstream.resume();
  }

  cut(): void {
    this.client.destroy();
    this.upstream.destroy();
  }

  reset(): void {
    this.client.resetAndDestroy();
    this.upstream.resetAndDestroy();
  }
}

/** Passes on what comes, no faster than it is taken, until the hold. */
function forward(from: Socket, to: Socket, hold: Hold): void {
  let carried = 0;
  const held = () => {
    const limit = hold();
    return limit !== undefined && carried > limit.bytes ? limit : undefined;
  };
  from.on("data", (chunk: Buffer) => {
    carried += chunk.length;
    const taken = to.write(chunk);
    const limit = held();
    if (!taken || limit) from.pause();
    limit?.begun();
  });
  to.on("drain", () => {
    if (!held()) from.resume();
  });
  from.on("end", () => to.end());
}
