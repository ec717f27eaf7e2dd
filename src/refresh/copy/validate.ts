import type { Connection } from "../../platform/postgres.ts";
import type { Schema } from "../schema/model.ts";
import { type Sessions, TARGET_SETTINGS } from "../sessions.ts";
import { WorkQueue } from "./queue.ts";

/** Looks at every row that a foreign key speaks of: one table at a time for each session, since its lock excludes another. */
export async function validateForeignKeys(
  { foreignKeys }: Pick<Schema, "foreignKeys">,
  { sessions, target, jobs }: { sessions: Sessions; target: Connection; jobs: number },
): Promise<void> {
  const byTable = Map.groupBy(foreignKeys, ({ table }) => table);
  const statements = [...byTable.values()].map((keys) => keys.flatMap(({ validate }) => validate || []));
  const queue = new WorkQueue(
    statements.filter((ofTable) => ofTable.length > 0).toSorted((a, b) => b.length - a.length),
  );
  const worker = () =>
    sessions.with(target, "validate", TARGET_SETTINGS, (session) =>
      queue.drain(async (ofTable) => void (await session.query(ofTable.join(";\n")))),
    );
  const outcomes = await Promise.allSettled(Array.from({ length: jobs }, worker));
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure) throw failure.reason;
}
