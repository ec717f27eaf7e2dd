import { expect, test } from "vitest";
import { inputs } from "../../../src/actions/refresh-staging-db.ts";
import { InputError } from "../../../src/runner/input-error.ts";
import { readInputs } from "../../../src/runner/inputs.ts";
import { inputVariable } from "../../../src/runner/secrets.ts";

const GOOD = { "staging-password": "a", token: "b" };

/** The problems with the inputs of the action; none when they are accepted. */
function problemsWith(given: Record<string, string>) {
  const env = Object.fromEntries(
    Object.entries({ ...GOOD, ...given }).map(([name, value]) => [inputVariable(name), value]),
  );
  try {
    readInputs(inputs, env, () => {});
    return [];
  } catch (error) {
    if (error instanceof InputError) return error.problems;
    throw error;
  }
}

const TEXT = "give text without control characters";
const SWITCH = "give true or false";
const DURATION = "give a duration such as 90s, 1h30m or 7d";

const WRONG: [string, string, string, string][] = [
  ["environment", "sta\u0007ging", '"sta', TEXT],
  ["activate", "later", '"later"', "give one of now, with-deployment"],
  ["from", "backup", '"backup"', "give one of production, golden"],
  ["database", "x".repeat(64), '"xxx', "give the name of a database, at most 63 bytes"],
  ["expires-after", "7", '"7"', DURATION],
  ["expires-after", "0d", '"0d"', DURATION],
  ["mode", "incremental", '"incremental"', "give one of auto, full, delta"],
  ["verify", "sha256", '"sha256"', "give one of counts, hash"],
  ["staging-password", "", "nothing", "give the secret; a secret of an environment exists only in jobs that name it"],
  ["dry-run", "yes", '"yes"', SWITCH],
  ["generate-guard", "1", '"1"', SWITCH],
  ["neutralize-only", "only", '"only"', SWITCH],
  ["jobs", "0", '"0"', "give a whole number from 1 to 16"],
  ["jobs", "17", '"17"', "give a whole number from 1 to 16"],
  ["jobs", "two", '"two"', "give a whole number from 1 to 16"],
  ["max-block", "5000", '"5000"', DURATION],
  ["pipeline-file", "a\u0000b", '"a', TEXT],
  ["commit", "main", '"main"', "give the full id of a commit, 40 hexadecimal digits"],
  ["ssh-known-hosts", "host\u001b key", '"host', TEXT],
  ["token", "", "nothing", "give the secret; a secret of an environment exists only in jobs that name it"],
];

test.each(WRONG)("input %s: %j is refused with what was found and what to give", (input, value, found, cure) => {
  expect(problemsWith({ [input]: value })).toEqual([{ input, found: expect.stringContaining(found), cure }]);
});

// Any secret, and any list of domains, is text that only whoever uses it can judge.
const UNJUDGED = ["source-password", "signing-key", "ssh-private-key", "allowed-domains"];

test("every input of the action is among those that were given wrong", () => {
  const tried = [...WRONG.map(([input]) => input), ...UNJUDGED];
  expect(Object.keys(inputs).filter((name) => !tried.includes(name))).toEqual([]);
});
