import type { Connection } from "../../platform/postgres.ts";
import type { Progress } from "../progress.ts";
import type { Schema } from "../schema/model.ts";
import { type Sessions, TARGET_SETTINGS } from "../sessions.ts";
import { WorkQueue } from "./queue.ts";

/** Looks at every row that a foreign key speaks of: one table at a time for each session, since its lock excludes another. */
export async function validateForeignKeys(
  { foreignKeys, tables }: Pick<Schema, "foreignKeys" | "tables">,
  { sessions, target, jobs, progress }: { sessions: Sessions; target: Connection; jobs: number; progress: Progress },
): Promise<void> {
  const keys = foreignKeys.filter(({ validate }) => validate);
  const byTable = [...Map.groupBy(keys, ({ table }) => table)];
  const queue = new WorkQueue(byTable.toSorted(([, a], [, b]) => b.length - a.length));
  const names = new Map(tables.map(({ oid, name }) => [oid, name]));
  const stage = progress.stage("foreign keys validated", keys.length);
  const worker = () =>
    sessions.with(target, "validate", TARGET_SETTINGS, (session) =>
      queue.drain(async ([table, ofTable]) => {
        const statements = ofTable.map(({ validate }) => validate).join(";\n");
        await stage.step(names.get(table) ?? "", () => session.query(statements), ofTable.length);
      }),
    );
  const outcomes = await Promise.allSettled(Array.from({ length: jobs }, worker));
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure) throw failure.reason;
}
