import { describe, expect, it } from "vitest";
import { ExpectedError } from "../../../src/platform/errors.ts";
import { describeFailure } from "../../../src/runner/failure.ts";

const problem = (message: string, remedy: string) => new ExpectedError({ code: "a-code", message, remedy });

describe("the summary of an expected failure", () => {
  it("shows one line as prose, without Markdown of its own", () => {
    const { summary } = describeFailure("act", problem("found *this*", "do `that`"));
    expect(summary).toContain("found \\*this\\*");
    expect(summary).toContain("**What to do:** do \\`that\\`");
  });

  it("leaves what is to be pasted as it is", () => {
    const rule = '  - { columns: "res_partner.x_passport", mask: text }';
    const { summary, message } = describeFailure(
      "act",
      problem("Nobody has decided:\n  res_partner.x_passport", `Paste:\n${rule}`),
    );
    expect(summary).toContain("\n```text\n  res_partner.x_passport\n```");
    expect(summary).toContain(`\n\`\`\`text\n${rule}\n\`\`\``);
    expect(message).toContain(rule);
  });

  it("cannot be broken out of by what it shows", () => {
    const { summary } = describeFailure("act", problem("x", "Look:\n```\n# heading of another\u001b[31m"));
    expect(summary).toContain("````text\n```\n# heading of another\n````");
  });
});
