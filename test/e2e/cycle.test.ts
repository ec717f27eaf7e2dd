import { afterAll, beforeAll } from "vitest";
import { type Cycle, startCycle } from "./harness.ts";
import { describeRelease } from "./release.ts";

let cycle: Cycle;

beforeAll(async () => {
  cycle = await startCycle();
});

afterAll(() => cycle?.close());

describeRelease(() => cycle);
