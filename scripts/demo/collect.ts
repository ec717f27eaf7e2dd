// Reads from the servers and the runs what the closing page shows.
import { type Connection, withSession } from "../../src/platform/postgres.ts";
import type { RefreshResult } from "../../src/refresh/request.ts";
import type { WorkflowResult } from "../../test/support/act/act.ts";
import type { Span } from "../../test/support/poller.ts";
import type { Availability, DemoRecord, Sample } from "./record.ts";

const columns = ["name", "email", "phone", "city"] as const;

/** The same few partners in both databases; production of the demo holds invented people only. */
export async function samplePartners(production: Connection, staging: Connection): Promise<Sample> {
  const ids = await rows<{ id: number }>(
    production,
    "SELECT id FROM res_partner WHERE email IS NOT NULL AND phone IS NOT NULL AND city IS NOT NULL AND name NOT LIKE 'Canaria%' ORDER BY id DESC LIMIT 3",
  );
  const list = ids.map(({ id }) => id).join(",");
  const sql = `SELECT ${columns.join(", ")} FROM res_partner WHERE id IN (${list}) ORDER BY id`;
  const read = async (connection: Connection) =>
    (await rows<Record<string, string | null>>(connection, sql)).map((row) =>
      columns.map((column) => row[column] ?? "–"),
    );
  return { table: "res_partner", columns: [...columns], before: await read(production), after: await read(staging) };
}

/** What the refresh reported of itself. */
export function refreshFigures(result: WorkflowResult): DemoRecord["refresh"] {
  const report = result.outputs["deploy.refresh"]?.report;
  if (report === undefined) throw new Error("the staging workflow reported no refresh");
  const { tables, rows, masks, kept, seconds } = JSON.parse(report) as RefreshResult;
  return {
    ...{ rows, masks, tables: tables.copied, kept: kept.byRule + kept.byCatalogue },
    seconds: Object.values(seconds).reduce((sum, phase) => sum + phase, 0),
  };
}

/** What a deployment reported of itself. */
export function updateOf(environment: string, result: WorkflowResult): DemoRecord["updates"][number] {
  const outputs = result.outputs["deploy.deploy"] ?? {};
  const names = (value: string | undefined) => JSON.parse(value || "[]") as string[];
  return {
    environment,
    updated: names(outputs["updated-modules"]),
    installed: names(outputs["installed-modules"]),
    seconds: Number(outputs["update-seconds"] ?? 0),
    downtimeSeconds: Number(outputs["downtime-seconds"] ?? 0),
  };
}

/** A poller's spans on the demo's clock. */
export function availabilityOf(
  instance: string,
  startedAt: number,
  answers: number,
  spans: readonly Span[],
): Availability {
  const kind = (status: Span["status"]) => {
    if (typeof status === "string") return "unreachable" as const;
    return status < 400 ? ("serving" as const) : ("maintenance" as const);
  };
  return {
    instance,
    answers,
    spans: spans.map(({ status, from, to }) => ({ kind: kind(status), from: from + startedAt, to: to + startedAt })),
  };
}

function rows<T>(connection: Connection, sql: string): Promise<T[]> {
  return withSession(connection, (session) => session.query<T>(sql));
}
