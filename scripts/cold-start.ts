import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { entries } from "./entries.ts";

const runs = 5;

/** Prints how long each entry of dist takes until it has told what is wrong with a run without inputs. */
export function printColdStarts(root: string): void {
  console.log("\n| cold start | median of 5 | target |\n| --- | --- | --- |");
  for (const { name } of entries(root)) {
    const file = join(root, "dist", `${name}.js`);
    const seconds = Array.from({ length: runs }, () => secondsOf(file)).sort((a, b) => a - b);
    console.log(`| ${name} | ${seconds[Math.floor(runs / 2)]?.toFixed(2)} s | 0.3 s |`);
  }
}

function secondsOf(file: string): number {
  const started = performance.now();
  spawnSync(process.execPath, [file], { env: { PATH: process.env.PATH ?? "" }, input: "" });
  return (performance.now() - started) / 1000;
}
