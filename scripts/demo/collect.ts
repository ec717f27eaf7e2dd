// Reads from the servers and the runs what the closing page shows.
import { type Connection, withSession } from "../../src/platform/postgres.ts";
import type { WorkflowResult } from "../../test/support/act/act.ts";
import type { Span } from "../../test/support/poller.ts";
import type { Availability, DemoRecord, Sample } from "./record.ts";

const columns = ["name", "email", "phone", "city"] as const;

/** The same few partners in both databases; production of the demo holds invented people only. */
export async function samplePartners(production: Connection, staging: Connection): Promise<Sample> {
  const ids = await rows<{ id: number }>(
    production,
    "SELECT id FROM res_partner WHERE email IS NOT NULL AND phone IS NOT NULL ORDER BY id DESC LIMIT 3",
  );
  const list = ids.map(({ id }) => id).join(",");
  const sql = `SELECT ${columns.join(", ")} FROM res_partner WHERE id IN (${list}) ORDER BY id`;
  const read = async (connection: Connection) =>
    (await rows<Record<string, string | null>>(connection, sql)).map((row) =>
      columns.map((column) => row[column] ?? "–"),
    );
  return { table: "res_partner", columns: [...columns], before: await read(production), after: await read(staging) };
}

/** What the copy's own manifest says of how it was made. */
export async function refreshFigures(staging: Connection, result: WorkflowResult): Promise<DemoRecord["refresh"]> {
  const [row] = await rows<{ manifest: Manifest }>(
    staging,
    "SELECT manifest FROM _pipeline.manifest ORDER BY written_at DESC LIMIT 1",
  );
  if (row === undefined) throw new Error("staging holds no manifest of a masked copy");
  const { rows: count, tables, masks, kept } = row.manifest;
  const seconds = Number(result.outputs["deploy.refresh"]?.seconds ?? 0);
  return { tables: tables.length, rows: count, masks, kept: kept.length, seconds };
}

interface Manifest {
  rows: number;
  tables: unknown[];
  masks: Record<string, number>;
  kept: unknown[];
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
