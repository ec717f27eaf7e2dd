// What an onlooker can find out about the servers and the runs.
import { join } from "node:path";
import { withSession } from "../../src/platform/postgres.ts";
import type { WorkflowResult } from "../support/act/act.ts";
import type { ObservedInstance } from "../workbench/topology.ts";
import type { Cycle } from "./harness.ts";

/** The result of every job that ran; on a surprise the end of the log is in the message. */
export function jobsOf(result: WorkflowResult, expected: Record<string, string>): Record<string, string> {
  const surprise = JSON.stringify(result.jobs) !== JSON.stringify(expected);
  if (surprise) console.error(`${result.workflow}: ${JSON.stringify(result.jobs)}\n${result.log.slice(-6000)}`);
  return result.jobs;
}

/** Error annotations of a run, title and message. */
export function errorsOf(result: WorkflowResult): string[] {
  const errors = result.annotations.filter(({ level }) => level === "error");
  return errors.map(({ message, properties }) => [properties.title, message].filter(Boolean).join(": "));
}

/** The commit whose release folder serves. */
export async function releasedCommit(instance: ObservedInstance): Promise<string> {
  const record = await instance.readFile(join(instance.base, "current/.release.json"));
  return (JSON.parse(record) as { commit: string }).commit;
}

/** Rows of one query in the instance's own database. */
export function rowsIn<T>(instance: ObservedInstance, sql: string): Promise<T[]> {
  return withSession(instance.connection, (session) => session.query<T>(sql));
}

/** Version and state of the consumer's module in an instance's database. */
export async function installedModule(
  instance: ObservedInstance,
): Promise<{ version: string; state: string } | undefined> {
  const sql = "SELECT latest_version AS version, state FROM ir_module_module WHERE name = 'library_loans'";
  const [module] = await rowsIn<{ version: string; state: string }>(instance, sql);
  return module;
}

/** HTTP status of the login page, or why there is none. */
export async function loginPage(instance: ObservedInstance): Promise<number | string> {
  return fetch(`${instance.url}/web/login`, { signal: AbortSignal.timeout(30_000) }).then(
    (response) => response.status,
    (error: Error) => error.message,
  );
}

/** Everything that a run may have let slip, by name: its log, summaries and outputs, and what GitHub was told. */
export function placesOf(cycle: Cycle, results: WorkflowResult[]): { name: string; content: string }[] {
  const runs = results.flatMap((result) => [
    { name: `${result.workflow} log`, content: result.log },
    { name: `${result.workflow} summary`, content: result.summaries.join("\n") },
    { name: `${result.workflow} outputs`, content: JSON.stringify(result.outputs) },
  ]);
  return [...runs, { name: "requests to GitHub", content: JSON.stringify(cycle.fake.state.exchanges) }];
}
