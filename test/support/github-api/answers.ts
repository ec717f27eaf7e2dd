// Answers and pages in GitHub's form.
import type { Repository, State } from "./state.ts";
import type { Token } from "./tokens.ts";

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

/** A checked request with everything its handler may look at. */
export interface Call {
  state: State;
  repository: Repository;
  token: Token;
  params: Record<string, unknown>;
  query: Record<string, unknown>;
  body: Record<string, unknown>;
  /** URL of the request without its query, for Link headers. */
  url: string;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;

const documentation = "https://docs.github.com/rest";

/** An error in the form of GitHub's API, with `errors` where a 422 names fields. */
export function failure(
  status: number,
  message: string,
  errors?: { resource: string; field: string; code: string }[],
): Answer {
  const body = { message, documentation_url: documentation, status: String(status), ...(errors && { errors }) };
  return { status, body };
}

export const notFound = (): Answer => failure(404, "Not Found");

export function ok(body: unknown, status = 200): Answer {
  return { status, body };
}

/** The asked page of a list with GitHub's Link header; 30 items by default, 100 at most. */
export function page<T>(
  call: Call,
  items: T[],
  defaultSize = 30,
): { items: T[]; number: number; headers: Record<string, string> } {
  const size = Math.min(100, Number(call.query.per_page ?? defaultSize)) || defaultSize;
  const number = Number(call.query.page ?? 1) || 1;
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams({ ...stringValues(call.query), page: String(to) });
    return `<${call.url}?${query}>; rel="${rel}"`;
  };
  const links: string[] = [];
  if (number > 1) links.push(link(number - 1, "prev"), link(1, "first"));
  if (number < last) links.push(link(number + 1, "next"), link(last, "last"));
  return {
    items: items.slice((number - 1) * size, number * size),
    number,
    headers: links.length > 0 ? { link: links.join(", ") } : {},
  };
}

function stringValues(query: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(Object.entries(query).map(([key, value]) => [key, String(value)]));
}
