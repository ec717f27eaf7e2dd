// `npm run demo`: one release from dev to production, for real. `--keep` leaves the servers up, `--lab` runs it on a host
// booted by systemd (root), `--rows N` inflates production.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { withSession } from "../src/platform/postgres.ts";
import { type Cycle, stagingPassword, startCycle } from "../test/e2e/harness.ts";
import { placesOf, releasedCommit } from "../test/e2e/observe.ts";
import { canRunLab } from "../test/lab/capability.ts";
import type { WorkflowResult } from "../test/support/act/act.ts";
import { type Poller, startPoller } from "../test/support/poller.ts";
import { containsCanary, findCanaries } from "../test/workbench/canaries.ts";
import { ensureSystemPackages } from "../test/workbench/system-packages.ts";
import { availabilityOf, refreshFigures, samplePartners, updateOf } from "./demo/collect.ts";
import { demoPage } from "./demo/page.ts";
import { Progress } from "./demo/progress.ts";
import type { DemoRecord, Phase, Sample } from "./demo/record.ts";
import { StepPhases } from "./demo/steps.ts";

const { values: options } = parseArgs({
  options: { keep: { type: "boolean" }, lab: { type: "boolean" }, rows: { type: "string" } },
});
const rows = rowsOf(options.rows);
if (options.lab) requireLab();
const progress = new Progress(process.stdout);
const steps = new StepPhases(progress);
const startedAt = new Date().toISOString().slice(0, 16).replace("T", " ");

function rowsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  return giveUp(`--rows is ${JSON.stringify(text)}: give a number of partners from 1 to 9999999`);
}

function requireLab(): void {
  ensureSystemPackages();
  const { possible, cure } = canRunLab();
  if (!possible) giveUp(`the lab ${cure}; without --lab the demo runs on the workbench`);
}

function giveUp(why: string): never {
  console.error(`demo: ${why}.`);
  return process.exit(1);
}

/** Ctrl-C ends the workflows and every server; a second one ends us at once. */
function closeOnInterrupt(cycle: Cycle): void {
  process.once("SIGINT", () => {
    progress.say("\nStopping the servers ...");
    void cycle.close().finally(() => process.exit(130));
  });
}

async function release(cycle: Cycle): Promise<Record<"dev" | "staging" | "production", WorkflowResult>> {
  const dev = await pushed("development", "dev", () => cycle.pushDev());
  const staging = await pushed("staging", "staging", () => cycle.pushStaging());
  const production = await pushed("production", "production", () => cycle.pushProduction());
  return { dev, staging, production };
}

/** Pushes a branch and shows the steps of the workflow that follows; a failed workflow ends the demo. */
async function pushed(
  lane: Phase["lane"],
  branch: string,
  push: () => Promise<WorkflowResult>,
): Promise<WorkflowResult> {
  progress.say(`\ngit push origin ${branch}`);
  steps.enter(lane);
  const result = await push();
  steps.leave();
  if (result.exitCode === 0) return result;
  throw new Error(`the workflow of ${branch} failed: ${JSON.stringify(result.jobs)}\n${result.log.slice(-3000)}`);
}

/** Looks for the personal texts that were planted in production wherever they must not be. */
async function leaks(cycle: Cycle, results: WorkflowResult[]): Promise<DemoRecord["leaks"]> {
  const { production, staging } = cycle.instances;
  const planted = await withSession(production.connection, findCanaries);
  const copied = await withSession(staging.connection, findCanaries);
  const places = placesOf(cycle, results);
  const told = places.filter(({ content }) => containsCanary(content)).map(({ name }) => name);
  const found = [...copied.map(({ table, column }) => `staging's ${table}.${column}`), ...told];
  for (const place of found) progress.say(`LEAK: a planted personal text is in ${place}`);
  if (found.length > 0) process.exitCode = 1;
  return { needles: planted.length, places: places.length + 1, found: found.length };
}

function showSample({ columns, before, after }: Sample): void {
  progress.say("\nThe same rows of res_partner (invented people):");
  for (const [index, row] of before.entries()) {
    progress.say(`  production  ${row.map((cell) => cell.slice(0, 28).padEnd(30)).join("")}`);
    progress.say(`  staging     ${(after[index] ?? []).map((cell) => cell.slice(0, 28).padEnd(30)).join("")}`);
  }
  progress.say(`  (${columns.join(", ")})`);
}

async function watched<T>(
  cycle: Cycle,
  work: () => Promise<T>,
): Promise<{ value: T; availability: DemoRecord["availability"] }> {
  const since = progress.elapsed();
  const pollers: Array<[string, Poller]> = Object.values(cycle.instances).map(({ name, url }) => [
    name,
    startPoller(`${url}/web/health`),
  ]);
  const value = await work();
  const availability = await Promise.all(
    pollers.map(async ([name, poller]) => {
      const { requests, spans } = await poller.stop();
      return availabilityOf(name, since, requests, spans);
    }),
  );
  return { value, availability };
}

async function record(cycle: Cycle): Promise<DemoRecord> {
  const { value: runs, availability } = await watched(cycle, () => release(cycle));
  const { production, staging } = cycle.instances;
  const sample = await samplePartners(production.connection, staging.connection);
  showSample(sample);
  const instances = Object.values(cycle.instances).map(async (instance) => {
    const commit = await releasedCommit(instance);
    return { name: instance.name, url: instance.url, release: commit.slice(0, 12) };
  });
  const verdict = (branch: string, run: WorkflowResult) => ({
    branch,
    verdict: Object.values(run.outputs).find((o) => o.verdict)?.verdict ?? "",
  });
  return {
    title: "One release, from dev to production",
    startedAt,
    phases: progress.phases,
    instances: await Promise.all(instances),
    sample,
    refresh: refreshFigures(runs.staging),
    verdicts: [verdict("dev", runs.dev), verdict("staging", runs.staging)],
    updates: [
      updateOf("development", runs.dev),
      updateOf("staging", runs.staging),
      updateOf("production", runs.production),
    ],
    availability,
    leaks: await leaks(cycle, Object.values(runs)),
  };
}

const cycle = await progress.phase("prepare", "three Odoo instances, PostgreSQL, GitHub", () =>
  startCycle({
    ground: options.lab ? "lab" : "workbench",
    progress: (line) => progress.preparing(line),
    onLine: (line) => steps.line(line),
    ...(rows === undefined ? {} : { rows }),
  }),
);
closeOnInterrupt(cycle);
try {
  const seen = await record(cycle);
  const page = join(mkdtempSync(join(tmpdir(), "odoo-pipeline-demo-")), "summary.html");
  writeFileSync(page, demoPage(seen));
  progress.say(
    `\n${seen.refresh.rows.toLocaleString("en")} rows copied masked in ${seen.refresh.seconds.toFixed(1)} s; ${seen.leaks.found} of ${seen.leaks.needles} planted personal texts found outside production.`,
  );
  for (const { name, url, release } of seen.instances) progress.say(`  ${name.padEnd(12)} ${url}  ${release}`);
  progress.say(`\nSummary: ${page}`);
  if (options.keep) await stayUp();
} finally {
  await cycle.close();
}

async function stayUp(): Promise<void> {
  progress.say(
    `\nThe servers stay up. Log in with admin and ${stagingPassword} on staging, admin and admin on the others. Ctrl-C ends them.`,
  );
  await new Promise<void>((resolve) => {
    process.removeAllListeners("SIGINT");
    process.once("SIGINT", resolve);
  });
}
