import { defineConfig } from "vitest/config";

if (Number(process.versions.node.split(".")[0]) < 24) {
  throw new Error(`Node 24 wanted, have ${process.version}: run the tests by \`npm test\`, which brings its own`);
}

const jsonImports = new URL("./test/support/json-imports.mjs", import.meta.url).href;

/** One project for each kind of test; what needs servers runs one file at a time, since they share two cores. */
const project = (name: string, options: { timeout: number; parallel: boolean }) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: options.timeout,
    hookTimeout: options.timeout,
    fileParallelism: options.parallel,
    execArgv: ["--import", jsonImports],
  },
});

export default defineConfig({
  test: {
    projects: [
      project("unit", { timeout: 20_000, parallel: true }),
      project("contract", { timeout: 120_000, parallel: true }),
      project("integration", { timeout: 180_000, parallel: false }),
      project("process", { timeout: 180_000, parallel: false }),
      project("e2e", { timeout: 900_000, parallel: false }),
      project("lab", { timeout: 900_000, parallel: false }),
    ],
  },
});
