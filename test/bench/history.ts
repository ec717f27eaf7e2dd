// How long a verdict takes on small and on large histories, beside what a workflow does without this project.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { git, isolatedGit } from "../support/git.ts";
import { startGitServer } from "../support/git-server.ts";

/** One measured figure beside its alternative; times are medians in seconds. */
export interface BenchRow {
  figure: string;
  ours: string;
  alternative: string;
  ratio: string;
  target: string;
  met: boolean;
}

const FILES = 30_000;
const SIZES = [6_000, 60_000] as const;
const RUNS = 7;
const TARGET_SECONDS = 1;
// "Flat": ten times the history may cost this much more, which is the noise of a busy machine.
const FLAT = 1.25;

/** Measures check-linear-history over loopback HTTP; the repositories are made once, below `cache`. */
export async function benchHistory(cache: string): Promise<BenchRow[]> {
  await mkdir(join(cache, "team"), { recursive: true });
  for (const commits of SIZES) await makeRepository(cache, commits);
  await using server = await startGitServer(cache);
  const urlOf = (commits: number) => `${server.url}/team/history-${commits}.git`;
  // In turns, so that a busy minute of the machine meets both sizes.
  const times = new Map<number, number[]>(SIZES.map((commits) => [commits, []]));
  for (let run = 0; run < RUNS; run++) {
    for (const commits of SIZES) times.get(commits)?.push(await secondsOf(() => checkOnce(urlOf(commits))));
  }
  const rows: BenchRow[] = [];
  for (const commits of SIZES) {
    const whole = await secondsOf(() => cloneAndList(urlOf(commits)));
    rows.push(rowOf(`linear-history verdict, ${commits} commits, ${FILES} files`, median(times.get(commits)), whole));
  }
  return [...rows, growthRow(Math.min(...(times.get(SIZES[0]) ?? [])), Math.min(...(times.get(SIZES[1]) ?? [])))];
}

function growthRow(small: number, large: number): BenchRow {
  const ratio = large / small;
  const figure = `the same, best run with ${SIZES[1]} against ${SIZES[0]} commits`;
  const measured = { ours: seconds(large), alternative: seconds(small), ratio: `${ratio.toFixed(2)}x` };
  return { figure, ...measured, target: `<= ${FLAT}x (flat)`, met: ratio <= FLAT };
}

function rowOf(figure: string, ours: number, alternative: number): BenchRow {
  const ratio = `${(alternative / ours).toFixed(0)}x faster than a full clone and git rev-list`;
  const met = ours <= TARGET_SECONDS;
  return {
    figure,
    ours: seconds(ours),
    alternative: seconds(alternative),
    ratio,
    target: `<= ${TARGET_SECONDS} s`,
    met,
  };
}

const seconds = (value: number) => `${value.toFixed(2)} s`;

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const begin = performance.now();
  await work();
  return (performance.now() - begin) / 1000;
}

function median(values: readonly number[] = []): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** A process of its own from start to verdict, as on a runner. */
async function checkOnce(url: string): Promise<void> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "check-once.ts"), url], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0 || output.trim() !== "linear 50") throw new Error(`the check ended with ${code}: ${output}`);
}

async function cloneAndList(url: string): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), "bench-clone-"));
  try {
    await git(dir, ["clone", "--quiet", "--branch", "dev", url, "clone"]);
    const clone = join(dir, "clone");
    const merges = await git(clone, ["rev-list", "--min-parents=2", "origin/production..origin/dev"]);
    const missing = await git(clone, ["rev-list", "origin/dev..origin/staging", "origin/staging..origin/production"]);
    if (merges !== "" || missing !== "") throw new Error("the repository of the bench is not linear");
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function makeRepository(cache: string, commits: number): Promise<void> {
  const place = join(cache, "team", `history-${commits}.git`);
  if (existsSync(place)) return;
  const unfinished = `${place}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  await git(unfinished, ["init", "--quiet", "--bare", "--initial-branch=production"]);
  const child = spawn("git", ["fast-import", "--quiet"], {
    cwd: unfinished,
    env: isolatedGit,
    stdio: ["pipe", "ignore", "inherit"],
  });
  const done = new Promise((resolve) => child.once("close", resolve));
  for (const text of history(commits)) {
    if (!child.stdin.write(text)) await new Promise((resolve) => child.stdin.once("drain", resolve));
  }
  child.stdin.end();
  if ((await done) !== 0) throw new Error("git fast-import failed");
  await rename(unfinished, place);
}

/** production, staging 20 commits and dev another 30 commits further; each commit changes one of the files. */
function* history(commits: number): Generator<string> {
  const branchAt = (index: number) =>
    index <= commits - 50 ? "production" : index <= commits - 30 ? "staging" : "dev";
  for (let index = 1; index <= commits; index++) {
    const when = `Dev ${index % 40} <dev${index % 40}@example.com> ${1_600_000_000 + index * 60} +0000`;
    const head = `commit refs/heads/${branchAt(index)}\nmark :${index}\nauthor ${when}\ncommitter ${when}\n${data(`change ${index}`)}`;
    const from = index > 1 && branchAt(index) !== branchAt(index - 1) ? `from :${index - 1}\n` : "";
    const files = index === 1 ? Array.from({ length: FILES }, (_, file) => file) : [(index * 7919) % FILES];
    yield `${head}${from}${files.map((file) => fileOf(file, index)).join("")}\n`;
  }
}

function fileOf(file: number, version: number): string {
  return `M 100644 inline addons/module_${file % 300}/models/model_${file}.py\n${data(`# model ${file}\nversion = ${version}\n`)}`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
