import { ExpectedError } from "../../platform/errors.ts";
import { DatabaseError } from "../../platform/postgres.ts";
import type { PlannedTable } from "../plan/plan.ts";
import type { Stage } from "../progress.ts";
import type { IndexObject } from "../schema/model.ts";
import { qualifiedName } from "../schema/tables.ts";
import type { CopyTask } from "./copy.ts";

// A table with less than this gets all of its indexes in one go.
const SMALL_BYTES = 8 * 1024 * 1024;
// Tables without rows that are served at once.
const BATCH = 20;

/** Tables without rows get their indexes many at a time: a round trip each would be most of the work. */
export function bareTasks(indexes: readonly IndexObject[][], stage: Stage): CopyTask[] {
  const tasks: CopyTask[] = [];
  for (let at = 0; at < indexes.length; at += BATCH) {
    const batch = indexes.slice(at, at + BATCH);
    const statements = batch.flatMap((ofTable) => [
      ...ofTable.map((i) => i.ddl),
      ...ofTable.flatMap((i) => i.constraint ?? []),
    ]);
    const run: CopyTask = async ({ target }) => void (await target.query(statements.join(";\n")));
    const count = batch.flat().length;
    if (count > 0) tasks.push((pair) => stage.step("tables without rows", () => run(pair), count));
  }
  return tasks;
}

/** Builds the indexes of a table that is loaded; then what stands on them, and the planner's statistics. */
export function indexTasks(planned: PlannedTable, indexes: readonly IndexObject[], stage: Stage): CopyTask[] {
  const constraints = indexes.flatMap((index) => index.constraint ?? []);
  const last = [...constraints, `ANALYZE ${qualifiedName(planned.table)}`];
  const run =
    (statements: readonly string[]): CopyTask =>
    async ({ target }) => {
      await target.query(statements.join(";\n")).catch((error: unknown) => {
        throw indexFailed(planned, error);
      });
    };
  if (planned.table.bytes < SMALL_BYTES || indexes.length < 2) {
    const all = run([...indexes.map((index) => index.ddl), ...last]);
    return [(pair) => stage.step(planned.name, () => all(pair), indexes.length)];
  }
  // Big tables: one task per index, so that workers share them; the constraints follow when the last one stands.
  let left = indexes.length;
  return indexes
    .toSorted((a, b) => b.bytes - a.bytes)
    .map((index) => async (pair) => {
      await stage.step(planned.name, () => run([index.ddl])(pair));
      left -= 1;
      if (left === 0) await run(last)(pair);
    });
}

function indexFailed(planned: PlannedTable, error: unknown): unknown {
  if (!(error instanceof DatabaseError) || !/^2[23]/.test(error.sqlState)) return error;
  return new ExpectedError(
    {
      code: "mask-collision",
      message: `An index or constraint of ${planned.name} could not be built on the masked rows: ${error.message}.`,
      remedy: "Give the column that the index names a mask that keeps rows apart, such as token or identifier.",
    },
    { cause: error },
  );
}
