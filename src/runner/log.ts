import { randomUUID } from "node:crypto";
import * as core from "@actions/core";
import type { Location } from "../platform/errors.ts";
import { type Log, plainText } from "../platform/log.ts";
import { redact } from "./secrets.ts";

/** Foreign or own text as it may be shown: without secrets and control characters. */
export function showable(text: string, maxLength?: number): string {
  return plainText(redact(text), maxLength);
}

/** The log of a job: everything that an action says goes through here. */
export class RunnerLog implements Log {
  #depth = 0;

  info(message: string): void {
    core.info(withoutCommands(showable(message)));
  }

  warning(message: string, location?: Location): void {
    core.warning(showable(message), annotationOf(location));
  }

  /** An annotation of a failure. */
  error(message: string, title: string, location?: Location): void {
    core.error(showable(message), { title, ...annotationOf(location) });
  }

  debug(message: string): void {
    core.debug(showable(message));
  }

  // The runner does not nest groups: an inner one would end the outer one.
  async group<T>(title: string, work: () => Promise<T>): Promise<T> {
    const outermost = this.#depth === 0;
    if (outermost) core.startGroup(showable(title));
    else this.info(title);
    this.#depth += 1;
    try {
      return await work();
    } finally {
      this.#depth -= 1;
      if (outermost) core.endGroup();
    }
  }

  foreign(source: string, text: string): void {
    const token = randomUUID();
    const prefix = showable(source).replace(/\s+/g, " ");
    const lines = showable(text, 200_000).trimEnd().split("\n");
    const body = lines.map((line) => `${prefix} | ${line}`).join("\n");
    process.stdout.write(`::stop-commands::${token}\n${body}\n::${token}::\n`);
  }
}

function annotationOf(location: Location | undefined): core.AnnotationProperties {
  if (!location) return {};
  return { file: location.file, ...(location.line === undefined ? {} : { startLine: location.line }) };
}

// The runner takes "::" at the begin of a line, and "##[" anywhere, for the begin of a command.
function withoutCommands(text: string): string {
  return text.replace(/^(\s*):(?=:)/gm, "$1: ").replaceAll("##[", "# #[");
}
