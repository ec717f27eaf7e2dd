import { defineConfig } from "vitest/config";

if (Number(process.versions.node.split(".")[0]) < 24) {
  throw new Error(`Node 24 wanted, have ${process.version}: run the tests by \`npm test\`, which brings its own`);
}

const jsonImports = new URL("./test/support/json-imports.mjs", import.meta.url).href;

/**
 * One project for each kind of test. Files that start servers wait for them more than they compute: two at a time keep
 * two cores busy. What measures or fills the whole machine runs one file at a time.
 */
const project = (name: string, options: { timeout: number; atOnce?: number }) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: options.timeout,
    hookTimeout: options.timeout,
    ...(options.atOnce === undefined ? {} : { maxWorkers: options.atOnce }),
    execArgv: ["--import", jsonImports],
  },
});

export default defineConfig({
  test: {
    projects: [
      project("unit", { timeout: 20_000 }),
      project("contract", { timeout: 120_000 }),
      project("integration", { timeout: 360_000, atOnce: 2 }),
      project("process", { timeout: 180_000, atOnce: 2 }),
      project("e2e", { timeout: 900_000, atOnce: 1 }),
      project("lab", { timeout: 900_000, atOnce: 1 }),
    ],
  },
});
