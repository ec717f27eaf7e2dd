import { describeShape, InputError, type InputProblem } from "./input-error.ts";
import type { Parser } from "./parsers.ts";
import { inputVariable, registerSecret } from "./secrets.ts";

/** One declared input of an action: how it is read, and what action.yml says of it. */
export interface Input<T> {
  parser: Parser<T>;
  required: boolean;
  default: string | undefined;
  secret: boolean;
}

/** All inputs of an action, by their names in action.yml. */
export type InputSpec = Record<string, Input<unknown>>;

type CamelCase<Name> = Name extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail>>}` : Name;

/** The values of a spec, under camelCase names: `base-branch` is `baseBranch`. */
export type Inputs<S extends InputSpec> = {
  [Name in keyof S as CamelCase<Name>]: S[Name] extends Input<infer T> ? T : never;
};

/** What action.yml has to say of each input of a spec. */
export function describeInputs(spec: InputSpec): { name: string; required: boolean; default: string | undefined }[] {
  return Object.entries(spec).map(([name, input]) => ({ name, required: input.required, default: input.default }));
}

/**
 * Reads all inputs from `INPUT_*`, removes every one of them from `env` and registers secrets for masking.
 * Throws one `InputError` that lists all problems.
 */
export function readInputs<S extends InputSpec>(
  spec: S,
  env: Record<string, string | undefined>,
  register: (secret: string) => void = registerSecret,
): Inputs<S> {
  const raw = Object.entries(spec).map(([name, input]) => {
    const variable = inputVariable(name);
    const text = env[variable]?.trim() || input.default || "";
    delete env[variable];
    if (input.secret && text !== "") register(text);
    return { name, input, text };
  });
  const problems: InputProblem[] = [];
  const values = raw.map(({ name, input, text }) => [camelCase(name), readOne(name, input, text, problems)] as const);
  if (problems.length > 0) throw new InputError(problems);
  return Object.fromEntries(values) as Inputs<S>;
}

function readOne(name: string, input: Input<unknown>, text: string, problems: InputProblem[]): unknown {
  if (text === "" && !input.required) return undefined;
  const value = text === "" ? undefined : input.parser.parse(text);
  if (value === undefined) {
    const hint = input.secret && text === "" ? "; a secret of an environment exists only in jobs that name it" : "";
    problems.push({
      input: name,
      found: describeShape(text, input.secret),
      cure: `give ${input.parser.expected}${hint}`,
    });
  }
  return value;
}

function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase());
}
