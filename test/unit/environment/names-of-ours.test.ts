import { describe, expect, test } from "vitest";
import {
  type DatabaseRole,
  databaseNameFor,
  databaseNamePrefix,
  isOfOurs,
} from "../../../src/environment/databases.ts";
import { refreshRequestSchema } from "../../../src/refresh/request-schema.ts";

const LONG = `staging_${"ä".repeat(27)}x`;
const REFRESH = ["new", "ready", "prev", "gold", "goldnew"] as const;
const DEPLOYMENT = ["rp", "failed"] as const;

const refreshIds = ["9-1", "0-1", "19645012345-12"];
const deploymentIds = ["20261125t190000-0123456789ab-1f2e"];
const byPersons = [
  ...["", "test", "before_migration", "9", "9-", "-1", "9-1-kept", "9-1x", "x9-1", "9_1", "9-1\n", "9-1 ", "٩-1"],
  ...["1".repeat(21), `${"1".repeat(21)}-1`, `1-${"1".repeat(11)}`, "20261125", "2026-11-25"],
  ...["20261125t190000", "20261125t190000-0123456789ab", "20261125T190000-0123456789AB-1F2E"],
  ...["20261125t190000-0123456789ab-1f2e-kept", "20261125t190000-0123456789ag-1f2e"],
];

const table = (roles: readonly DatabaseRole[], ids: string[], ours: boolean) =>
  ["staging", LONG].flatMap((database) => roles.flatMap((role) => ids.map((id) => ({ database, role, id, ours }))));

describe("which databases were named by runs of ours", () => {
  test.each([
    ...table(REFRESH, refreshIds, true),
    ...table(DEPLOYMENT, deploymentIds, true),
    ...table(REFRESH, [...byPersons, ...deploymentIds], false),
    ...table(DEPLOYMENT, [...byPersons, ...refreshIds], false),
  ])("beside $database: $role $id -> $ours", ({ database, role, id, ours }) => {
    expect(isOfOurs(databaseNamePrefix(database, role) + id, database, role)).toBe(ours);
    // Every name that we make is one that we know again.
    if (ours) expect(isOfOurs(databaseNameFor(database, role, id), database, role)).toBe(true);
  });

  test("those beside another database, whose name begins alike or is cut alike, are not", () => {
    expect(isOfOurs(databaseNameFor(`${LONG.slice(0, -1)}y`, "prev", "9-1"), LONG, "prev")).toBe(false);
    expect(isOfOurs("staging2__prev_9-1", "staging", "prev")).toBe(false);
    expect(isOfOurs("staging__prev_9-1", "staging", "ready")).toBe(false);
  });
});

describe("a request of a refresh", () => {
  const problems = (id: string) =>
    refreshRequestSchema.safeParse({ id }).error?.issues.filter(({ path }) => path.join() === "id") ?? [];

  test.each(refreshIds)("may have the id %s, by which its databases are cleaned up", (id) => {
    expect(problems(id)).toEqual([]);
  });

  test.each([...byPersons, ...deploymentIds, "first", "delta"])("may not have the id %j, by which nothing is", (id) => {
    expect(problems(id)).toMatchObject([{ message: expect.stringContaining("<run id>-<attempt>") }]);
  });
});
