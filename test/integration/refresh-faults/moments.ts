import { Socket } from "node:net";
import type { RefreshDeps } from "../../../src/refresh/request.ts";

/** A point of a run: after so many writes to sockets since a phase began, at the end of the phase at the latest. */
export interface Moment {
  phase: string;
  /** 0 is the beginning of the phase. */
  writes: number;
}

type OnPhase = RefreshDeps["onPhase"];

/** Calls `reached` once, at the moment; `tell` hears of every phase. Ends with the run: `stop` takes it away. */
export function atMoment({ phase, writes }: Moment, reached: () => void, tell: OnPhase = () => {}) {
  let left = Number.POSITIVE_INFINITY;
  const one = () => {
    left -= 1;
    if (left === 0) reached();
  };
  const stop = watchWrites(one);
  const onPhase: OnPhase = (name, status, detail) => {
    tell(name, status, detail);
    if (name !== phase) return;
    if (status === "begin") left = writes + 1;
    else if (left > 0) left = 1;
    if (left === 1) one();
  };
  return { onPhase, stop };
}

/** How many writes to sockets a run makes in each phase. */
export async function writesOf(
  run: (hooks: { onPhase: OnPhase }) => Promise<unknown>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let seen = 0;
  const stop = watchWrites(() => {
    seen += 1;
  });
  try {
    const onPhase: OnPhase = (name, status) => {
      if (status === "begin") counts[name] = -seen;
      else counts[name] = (counts[name] ?? 0) + seen;
    };
    await run({ onPhase });
  } finally {
    stop();
  }
  return counts;
}

/** The moments of a phase: its beginning, and half of the writes that it made when it was measured. */
export const moment = (phase: string, when: string, writes: Record<string, number>): Moment => ({
  phase,
  writes: when === "begin" ? 0 : Math.max(1, Math.floor((writes[phase] ?? 0) / 2)),
});

/** Tells each write of this process to a socket before it is made. */
function watchWrites(saw: () => void): () => void {
  const { write } = Socket.prototype;
  Socket.prototype.write = function (this: Socket, ...args: Parameters<Socket["write"]>) {
    saw();
    return write.apply(this, args);
  } as Socket["write"];
  return () => {
    Socket.prototype.write = write;
  };
}
