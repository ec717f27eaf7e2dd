import { appendFile, stat } from "node:fs/promises";
import { redact } from "./secrets.ts";

const LIMIT = 1 << 20;
const CUT = "\n\n_The summary was cut here: it is larger than the 1 MiB that GitHub shows._\n";

/** The summary of a job, below all that was added before; GitHub shows at most 1 MiB of a step. */
export interface Summary {
  /** Adds Markdown; foreign text in it must have been escaped. */
  add(markdown: string): Promise<void>;
}

/** The summary in the file that the runner names; without a file nothing is kept. */
export function openSummary(file: string | undefined): Summary {
  let last = Promise.resolve();
  const add = async (markdown: string) => {
    if (!file) return;
    const free = LIMIT - (await sizeOf(file));
    const text = Buffer.from(`${redact(markdown)}\n`);
    if (text.length <= free - CUT.length) await appendFile(file, text);
    else if (free > CUT.length) await appendFile(file, cut(text, free - CUT.length) + CUT);
  };
  return {
    add: (markdown) => {
      last = last.then(() => add(markdown));
      return last;
    },
  };
}

function cut(text: Buffer, bytes: number): string {
  return text
    .subarray(0, bytes)
    .toString("utf8")
    .replace(/\ufffd+$/, "");
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
