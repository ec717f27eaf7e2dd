// An action that does what its input `deed` says, for the tests of the runner protocol.
import { setTimeout as delay } from "node:timers/promises";
import { ExpectedError } from "../../../src/platform/errors.ts";
import * as input from "../../../src/runner/parsers.ts";
import { runAction } from "../../../src/runner/run-action.ts";

const spec = {
  deed: input.text({ required: true }),
  password: input.secret({ required: true }),
  retries: input.integer(1, 5)({ default: "3" }),
};

await runAction("fixture", spec, async ({ deed, password, retries }, { log, signal, summary, event, runUrl }) => {
  switch (deed) {
    case "speak":
      log.info(`::error::the password is ${password}\u001b[31m`);
      await log.group("outer", () => log.group("inner", async () => log.warning("beware", { file: "a.py", line: 3 })));
      log.foreign("git", `::add-path::/evil\n##[error]x ${Buffer.from(password).toString("base64")}`);
      await summary.add(`# Done ${password}`);
      return {
        verdict: "ok",
        retries,
        event,
        left: Object.keys(process.env).filter((name) => name.startsWith("INPUT_")),
      };
    case "expected": {
      const location = { file: "odoo-pipeline.yml", line: 7 };
      const cause = new Error(`because of ${password}`);
      throw new ExpectedError(
        { code: "bad-rule", message: "The rule is bad | <b>.", remedy: "mend it", location },
        { cause },
      );
    }
    case "unexpected":
      throw new Error(`boom ${password}`, { cause: new Error("deep cause") });
    case "stray":
      void Promise.reject(new Error(`stray ${password}`));
      await delay(60_000);
      return {};
    case "talk":
      log.info("waiting");
      for (let line = 0; line < 100; line += 1) {
        await delay(10);
        log.info(`line ${line}`);
      }
      return {};
    case "wait":
      log.info("waiting");
      await delay(60_000, undefined, { signal }).catch(() => {});
      throw new ExpectedError({
        code: "cancelled",
        message: "Cancelled; nothing was changed.",
        remedy: `see ${runUrl}`,
      });
    default:
      log.info("waiting");
      await delay(60_000);
      return {};
  }
});
