import { type Readable, Transform, type Writable } from "node:stream";
import type { Client } from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";

const HIGH_WATER_MARK = 1 << 20;

/** What the session lends to its COPY streams. */
interface CopyDeps {
  redact: (error: unknown) => Error;
}

// What pg calls on the query at work; missing in the types of pg-copy-streams.
interface Submitted {
  handleError(error: unknown): void;
  handleReadyForQuery(): void;
  callback(): void;
}

/** `COPY ... TO STDOUT` as a stream that ends when the server has said how many rows it sent. */
export function copyOutStream(client: Client, sql: string, deps: CopyDeps & { abandon: () => Promise<void> }) {
  const source = copyTo(sql, { highWaterMark: HIGH_WATER_MARK });
  let over = false;
  // pg-copy-streams ends with the data, and the count of rows may come later.
  const ready = new Promise<void>((resolve) => {
    (source as unknown as Submitted).handleReadyForQuery = resolve;
  });
  const output = new Transform({
    highWaterMark: HIGH_WATER_MARK,
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush: (done) => void ready.then(() => finish(done)),
    destroy: (error, done) => {
      if (over) return done(error);
      over = true;
      source.unpipe();
      deps.abandon().then(() => done(error));
    },
  });
  const finish = (done: () => void) => {
    over = true;
    done();
  };
  source.on("error", (error) => {
    const wasOver = over;
    over = true;
    if (!wasOver) output.destroy(deps.redact(error));
  });
  Object.defineProperty(output, "rowCount", { get: () => source.rowCount });
  client.query(source).pipe(output);
  return output as unknown as Readable & { readonly rowCount: number };
}

/** `COPY ... FROM STDIN` as a stream that finishes when the server has taken the rows. */
export function copyInStream(client: Client, sql: string, { redact }: CopyDeps) {
  const target = copyFrom(sql, { highWaterMark: HIGH_WATER_MARK });
  const submitted = target as unknown as Submitted;
  let over = false;
  const handleError = submitted.handleError.bind(target);
  const destroy = target._destroy.bind(target);
  // As it is, pg-copy-streams waits for an answer to its CopyFail that never comes after an error of the server.
  submitted.handleError = (error) => {
    over = true;
    if (target.destroyed) return handleError(redact(error));
    submitted.callback();
    target.destroy(redact(error));
  };
  target._destroy = (error, done) => {
    if (over) return done(error);
    destroy(error && new Error("the sender gave up"), () => done(error));
  };
  return client.query(target) as Writable & { readonly rowCount: number };
}
