import { expect, expectTypeOf, test } from "vitest";
import { InputError } from "../../../src/runner/input-error.ts";
import { describeInputs, type Input, type Inputs, readInputs } from "../../../src/runner/inputs.ts";
import * as input from "../../../src/runner/parsers.ts";

const read = (declared: Input<unknown>, raw: string) => {
  const env = { "INPUT_ONE-VALUE": raw };
  return readInputs({ "one-value": declared }, env, () => {}).oneValue;
};

const sha = "0123456789abcdef0123456789abcdef01234567";

test.each<[string, Input<unknown>, string, unknown]>([
  ["text", input.text(), "  a b\nc ", "a b\nc"],
  ["missing text", input.text(), " ", undefined],
  ["default", input.text({ default: "x" }), "", "x"],
  ["boolean", input.boolean(), "TRUE", true],
  ["false", input.boolean({ default: "true" }), "false", false],
  ["integer", input.integer(1, 10)(), "10", 10],
  ["duration", input.duration(), "1h 30m", 5_400_000],
  ["seconds", input.duration({ default: "90s" }), "", 90_000],
  ["oneOf", input.oneOf("now", "later")(), "later", "later"],
  ["lines", input.lines(), "a\n\n b \r\n", ["a", "b"]],
  ["branch", input.branch(), "feature/x", "feature/x"],
  ["sha", input.sha(), sha, sha],
  ["host", input.host(), "10.0.0.1", "10.0.0.1"],
  ["path", input.path(), "/srv/odoo", "/srv/odoo"],
  ["databaseName", input.databaseName(), "odoo", "odoo"],
  ["secret", input.secret(), "p\nq", "p\nq"],
])("%s is read", (_what, declared, raw, value) => expect(read(declared, raw)).toEqual(value));

test.each<[string, Input<unknown>, string]>([
  ["text", input.text(), "a\u0007"],
  ["boolean", input.boolean(), "yes"],
  ["integer", input.integer(1, 10)(), "11"],
  ["integer", input.integer(1, 10)(), "1.5"],
  ["integer", input.integer(1, 10)(), "0x5"],
  ["duration", input.duration(), "30"],
  ["duration", input.duration(), "0s"],
  ["duration", input.duration(), "5 weeks"],
  ["oneOf", input.oneOf("now", "later")(), "Now"],
  ["branch", input.branch(), "-x"],
  ["branch", input.branch(), "refs/heads/dev"],
  ["sha", input.sha(), sha.slice(1)],
  ["host", input.host(), "-oProxyCommand=id"],
  ["path", input.path(), "/a/../b"],
  ["databaseName", input.databaseName(), "x".repeat(64)],
  ["required", input.text({ required: true }), ""],
])("%s refuses a wrong value", (_what, declared, raw) => expect(() => read(declared, raw)).toThrow(InputError));

const spec = {
  token: input.secret({ required: true }),
  "base-branch": input.branch({ default: "staging" }),
  "max-age": input.integer(1, 30)(),
};

test("all problems come together, without the value of a secret", () => {
  const long = { ...spec, key: { ...input.secret(), parser: { expected: "a PEM key", parse: () => undefined } } };
  const env = { INPUT_TOKEN: "", "INPUT_BASE-BRANCH": "a b", "INPUT_MAX-AGE": "99", INPUT_KEY: "s3cret\nline" };
  const error = (() => {
    try {
      readInputs(long, env, () => {});
    } catch (thrown) {
      return thrown as InputError;
    }
    return undefined;
  })();
  expect(error?.message).toBe(
    [
      "4 inputs cannot be used:",
      "- token: found nothing; give the secret; a secret of an environment exists only in jobs that name it",
      '- base-branch: found "a b"; give the name of a branch, without refs/heads/',
      '- max-age: found "99"; give a whole number from 1 to 30',
      "- key: found a secret of 11 characters in 2 lines; give a PEM key",
    ].join("\n"),
  );
});

test("inputs leave the environment, and secrets are registered", () => {
  const env: Record<string, string | undefined> = { INPUT_TOKEN: "s3cret", "INPUT_BASE-BRANCH": "", HOME: "/root" };
  const registered: string[] = [];
  const inputs = readInputs(spec, env, (secret) => registered.push(secret));
  expect(inputs).toEqual({ token: "s3cret", baseBranch: "staging", maxAge: undefined });
  expect(env).toEqual({ HOME: "/root" });
  expect(registered).toEqual(["s3cret"]);
  expectTypeOf(inputs).toEqualTypeOf<Inputs<typeof spec>>();
  expectTypeOf(inputs.maxAge).toEqualTypeOf<number | undefined>();
  expectTypeOf(inputs.token).toEqualTypeOf<string>();
});

test("a spec can be compared with action.yml", () => {
  expect(describeInputs(spec)).toEqual([
    { name: "token", required: true, default: undefined },
    { name: "base-branch", required: false, default: "staging" },
    { name: "max-age", required: false, default: undefined },
  ]);
});
