import { type Connection, withSession } from "../../src/platform/postgres.ts";

/** How long a point query of production takes, in ms. */
export interface Latency {
  p50: number;
  p99: number;
  queries: number;
}

const EVERY_MS = 5;

/** Asks production for one partner by its key every few ms while `work` runs, as its users do. */
export async function probing<T>(
  production: Connection,
  work: () => Promise<T>,
): Promise<{ result: T; latency: Latency }> {
  let over = false;
  const times: number[] = [];
  const asking = withSession(production, async (session) => {
    const [row] = await session.query<{ last: number }>("SELECT max(id) AS last FROM res_partner");
    for (let n = 1; !over; n++) {
      const begin = performance.now();
      await session.query("SELECT * FROM res_partner WHERE id = $1", [1 + ((n * 7919) % (row?.last ?? 1))]);
      times.push(performance.now() - begin);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  });
  try {
    const result = await work();
    return { result, latency: await latencyOf() };
  } finally {
    over = true;
    await asking;
  }

  async function latencyOf(): Promise<Latency> {
    over = true;
    await asking;
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
    return { p50: at(0.5), p99: at(0.99), queries: sorted.length };
  }
}
