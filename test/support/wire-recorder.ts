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
  /** From now on a connection whose server has sent more than so many bytes gets no more; resolves when there is one. */
  holdAfter(bytes: number): Promise<void>;
  /** Lets the held connections go on. */
  release(): void;
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
  let hold: { bytes: number; begun: () => void } | undefined;

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
    for (const link of links) link.upstream.resume();
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
    release,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** One connection through the port. */
class Link {
  readonly client: Socket;
  readonly upstream: Socket;

  constructor(client: Socket, upstream: Socket, hold: () => { bytes: number; begun: () => void } | undefined) {
    this.client = client;
    this.upstream = upstream;
    let received = 0;
    upstream.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (!client.write(chunk)) upstream.pause();
      const limit = hold();
      if (!limit || received <= limit.bytes) return;
      upstream.pause();
      limit.begun();
    });
    client.on("drain", () => {
      const limit = hold();
      if (!limit || received <= limit.bytes) upstream.resume();
    });
    upstream.on("end", () => client.end());
    client.pipe(upstream);
    for (const socket of [client, upstream]) {
      socket.on("error", () => {});
      socket.on("close", () => this.cut());
    }
  }

  cut(): void {
    this.client.destroy();
    this.upstream.destroy();
  }
}
