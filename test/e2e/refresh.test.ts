import { afterAll, beforeAll } from "vitest";
import { type Cycle, startCycle } from "./harness.ts";
import { describeRefresh } from "./refresh.ts";

let cycle: Cycle;

beforeAll(async () => {
  cycle = await startCycle();
});

afterAll(() => cycle?.close());

describeRefresh(() => cycle);
