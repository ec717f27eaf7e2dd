import { Readable } from "node:stream";

/** Takes the first line off a stream; `rest` is what comes after it. */
export async function takeLine(input: Readable): Promise<{ line: string; rest: Readable }> {
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const head: Buffer[] = [];
  for (;;) {
    const { value, done } = await chunks.next();
    if (done) throw new Error("the stream ended within its first line");
    const end = value.indexOf(10);
    head.push(end < 0 ? value : value.subarray(0, end));
    if (end >= 0)
      return { line: Buffer.concat(head).toString("utf8"), rest: Readable.from(from(value.subarray(end + 1), chunks)) };
  }
}

async function* from(first: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  if (first.length > 0) yield first;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}
