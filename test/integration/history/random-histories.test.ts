import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gather } from "../../../src/history/gather.ts";
import { findingsOf } from "../../../src/history/verdict.ts";
import { silentLog } from "../../../src/platform/log.ts";
import { git } from "../../support/git.ts";
import { type Ground, openGround } from "./ground.ts";

let ground: Ground;
beforeAll(async () => {
  ground = await openGround();
});
afterAll(() => ground[Symbol.asyncDispose]());

/** Commits as lists of earlier commits (indexes); an empty list is a root. Two of them are the branches' tips. */
const histories = fc.integer({ min: 2, max: 60 }).chain((size) =>
  fc.record({
    rows: fc.tuple(
      ...Array.from({ length: size }, (_, index) => {
        const near = fc.integer({ min: Math.max(0, index - 3), max: Math.max(0, index - 1) });
        const any = fc.integer({ min: 0, max: Math.max(0, index - 1) });
        const one = fc.tuple(near);
        const two = fc.tuple(near, any).map((pair) => [...new Set(pair)]);
        const none = fc.constant<number[]>([]);
        if (index === 0) return none;
        return fc.oneof({ weight: 20, arbitrary: one }, { weight: 6, arbitrary: two }, { weight: 1, arbitrary: none });
      }),
    ),
    tips: fc.tuple(fc.integer({ min: 0, max: size - 1 }), fc.integer({ min: Math.floor(size / 2), max: size - 1 })),
  }),
);

async function write(
  bare: string,
  rows: readonly (readonly number[])[],
  tips: readonly [number, number],
): Promise<void> {
  const commits = rows.flatMap((parents, index) => {
    const [first, ...others] = parents.map((parent) => `:${parent + 1}`);
    const subject = index % 7 === 3 ? `fixup! change ${index}` : `change ${index}`;
    // Each commit gets a branch of its own: a commit without "from" continues its branch otherwise.
    const head = `commit refs/heads/c${index}\nmark :${index + 1}\ncommitter Ada <ada@example.com> ${1_700_000_000 + (index % 5)} +0000`;
    const body = `data ${subject.length}\n${subject}`;
    return [head, body, ...(first ? [`from ${first}`] : []), ...others.map((other) => `merge ${other}`), ""];
  });
  const refs = ["dev", "staging"].map((branch, side) => `reset refs/heads/${branch}\nfrom :${(tips[side] ?? 0) + 1}\n`);
  await git(bare, ["fast-import", "--quiet"], { stdin: [...commits, ...refs].join("\n") });
}

/** Sets of whole histories: `rev-list a..b` itself is wrong when dates of commits run backwards, as these do. */
async function oracle(bare: string) {
  const list = async (...args: string[]) =>
    new Set((await git(bare, ["rev-list", ...args])).split("\n").filter((line) => line !== ""));
  const [dev, staging] = [await list("dev"), await list("staging")];
  const ahead = dev.difference(staging);
  return {
    ahead,
    behind: staging.difference(dev),
    merges: ahead.intersection(await list("--min-parents=2", "dev")),
    fixups: ahead.intersection(await list("--grep=^fixup! ", "dev")),
    related: await git(bare, ["merge-base", "staging", "dev"]).then(
      () => true,
      () => false,
    ),
  };
}

let runs = 0;

test("verdicts equal the sets of git rev-list on random histories, from shallow and from whole clones", async () => {
  const target = (name: string) => ({ name, branch: name });
  const rules = ["unrelated-histories", "behind-base", "merge-commit", "autosquash"] as const;
  const question = { head: target("dev"), base: target("staging"), rules: [...rules] };
  const property = fc.asyncProperty(histories, async ({ rows, tips }) => {
    runs += 1;
    const { bare, auth } = await ground.repository(`random-${runs}`);
    await write(bare, rows, tips);
    const place = { log: silentLog, auth, dir: join(await ground.folder(), "work"), depths: [3, 8, undefined] };
    const [comparison] = await gather(place, [question]);
    if (!comparison) throw new Error("no comparison");
    const truth = await oracle(bare);
    const shas = (commits: readonly { sha: string }[] | undefined) => new Set(commits?.map(({ sha }) => sha));
    const findings = findingsOf(comparison);
    const of = (rule: string) => shas(findings.find((finding) => finding.rule === rule)?.commits);
    expect({
      ahead: shas(comparison.ahead),
      behind: shas(comparison.behind),
      merges: of("merge-commit"),
      fixups: of("autosquash"),
      related: comparison.forkPoint !== undefined,
    }).toEqual(truth);
    expect(of("behind-base")).toEqual(truth.related ? truth.behind : new Set());
    expect(of("unrelated-histories").size > 0).toBe(!truth.related);
  });
  await fc.assert(property, { numRuns: 25, endOnFailure: true });
});
