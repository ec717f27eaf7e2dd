// GitHub's official API description, as the judge of every request and answer of the fake.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import addFormatsModule from "ajv-formats";

type Schema = Record<string, unknown>;
interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: Schema;
  "x-multi-segment"?: boolean;
}
interface Description {
  paths: Record<string, Record<string, RawOperation>>;
  components: { parameters: Record<string, Parameter>; responses: Record<string, RawResponse>; schemas: Schema };
}
interface RawOperation {
  operationId: string;
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: { required?: boolean; content: { "application/json"?: { schema: Schema } } };
  responses: Record<string, RawResponse | { $ref: string }>;
}
interface RawResponse {
  content?: Record<string, { schema: Schema }>;
}

export interface Operation {
  id: string;
  method: string;
  pattern: RegExp;
  parameters: Parameter[];
  body: { required: boolean; schema: Schema } | undefined;
  /** Schema of the JSON answer by status; undefined when that answer has no body. */
  answers: Record<string, Schema | undefined>;
}

const strict = new Ajv({ strict: false, allErrors: true, validateFormats: true });
const coercing = new Ajv({ strict: false, allErrors: true, coerceTypes: true });
const addFormats = addFormatsModule as unknown as (ajv: Ajv) => void;
for (const ajv of [strict, coercing]) addFormats(ajv);

/** JSON Schema for what OpenAPI 3.0 writes as `nullable: true`; a format whose default is the empty string allows it. */
export function toJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJsonSchema);
  if (value === null || typeof value !== "object") return value;
  const all = Object.fromEntries(Object.entries(value).map(([key, child]) => [key, toJsonSchema(child)]));
  const { nullable, ...schema } = all;
  if (nullable === true) return { anyOf: [schema, { type: "null" }] };
  if (all.default === "" && all.format) return { anyOf: [all, { const: "" }] };
  return all;
}

const description = loadDescription();
const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => readOperation(path, method, operation)),
);

function loadDescription(): Description {
  const text = readFileSync(join(import.meta.dirname, "../github-openapi.json"), "utf8");
  const parsed = toJsonSchema(JSON.parse(text.replaceAll('"$ref": "#/', '"$ref": "github#/'))) as Description;
  for (const ajv of [strict, coercing]) ajv.addSchema({ $id: "github", components: parsed.components });
  return parsed;
}

function resolve<T>(kind: Record<string, T>, value: T | { $ref: string }): T {
  const reference = (value as { $ref?: string }).$ref;
  return reference ? (kind[reference.split("/").at(-1) ?? ""] as T) : (value as T);
}

function readOperation(path: string, method: string, operation: RawOperation): Operation {
  const parameters = (operation.parameters ?? []).map((parameter) =>
    resolve(description.components.parameters, parameter),
  );
  const multi = new Set(parameters.filter((parameter) => parameter["x-multi-segment"]).map(({ name }) => name));
  const pattern = path.replace(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>${multi.has(name) ? ".+" : "[^/]+"})`);
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const answers = Object.entries(operation.responses).map(([status, answer]) => {
    const content = resolve(description.components.responses, answer).content;
    return [status, content?.["application/json"]?.schema];
  });
  return {
    id: operation.operationId,
    method: method.toUpperCase(),
    pattern: new RegExp(`^${pattern}$`),
    parameters,
    body: schema && {
      required: operation.requestBody?.required === true,
      schema: { additionalProperties: false, ...schema },
    },
    answers: Object.fromEntries(answers),
  };
}

/** The operation that serves a request and its decoded path parameters; the most literal path wins. */
export function findOperation(
  method: string,
  path: string,
): { operation: Operation; params: Record<string, string> } | undefined {
  for (const operation of operations.toSorted((a, b) => rank(a) - rank(b))) {
    const match = operation.method === method ? operation.pattern.exec(path) : null;
    if (!match) continue;
    const params = Object.entries(match.groups ?? {}).map(([name, value]) => [name, decodeURIComponent(value)]);
    return { operation, params: Object.fromEntries(params) };
  }
  return undefined;
}

function rank(operation: Operation): number {
  return operation.parameters.filter((parameter) => parameter.in === "path").length;
}

const compiled = new Map<string, ValidateFunction>();

function errors(ajv: Ajv, key: string, schema: Schema, value: unknown, name: string): string[] {
  const validate = compiled.get(key) ?? ajv.compile(schema);
  compiled.set(key, validate);
  if (validate(value)) return [];
  return [ajv.errorsText(validate.errors, { dataVar: name })];
}

/** Problems of a request; path and query values are converted in place to the types of the description. */
export function checkRequest(
  operation: Operation,
  request: { params: Record<string, unknown>; query: Record<string, unknown>; body: unknown },
): string[] {
  const problems = (["path", "query"] as const).flatMap((place) => {
    const own = operation.parameters.filter((parameter) => parameter.in === place);
    const properties = Object.fromEntries(own.map(({ name, schema }) => [name, schema]));
    const required = own.filter((parameter) => parameter.required).map(({ name }) => name);
    const schema = { type: "object", properties, required, additionalProperties: false };
    const value = place === "path" ? request.params : request.query;
    return errors(coercing, `${operation.id} ${place}`, schema, value, place);
  });
  if (request.body === undefined) return operation.body?.required ? [...problems, "body is missing"] : problems;
  if (!operation.body) return [...problems, "body is not allowed"];
  return [...problems, ...errors(strict, `${operation.id} body`, operation.body.schema, request.body, "body")];
}

const commonErrors = new Set([304, 401, 403, 404, 429, 500, 502]);

/** Problems of an answer: a status that the operation never gives, or a body that is not of its schema. */
export function checkAnswer(operation: Operation, status: number, body: unknown): string[] {
  if (!(String(status) in operation.answers) && !commonErrors.has(status)) return [`status ${status} is not described`];
  const described = operation.answers[String(status)];
  const schema = described ?? (status >= 400 ? { $ref: "github#/components/schemas/basic-error" } : undefined);
  return schema ? errors(strict, `${operation.id} ${status}`, schema, body, "answer") : [];
}
