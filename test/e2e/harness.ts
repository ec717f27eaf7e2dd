// The whole release cycle: three Odoo instances on a test ground, the fake GitHub over the consumer's repository, and
// act for every workflow that a push starts. The e2e tests and `npm run demo` run on it.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { WorkflowResult } from "../support/act/act.ts";
import { type StagedProduct, stageProduct } from "../support/act/product.ts";
import { gitCredentials, push } from "../support/act/push.ts";
import { git } from "../support/git.ts";
import { type FakeGitHub, startFakeGitHub } from "../support/github-api/fake-github.ts";
import type { TokenRequest } from "../support/github-api/tokens.ts";
import { type Progress, quiet } from "../workbench/cache.ts";
import { addModuleFeature, type Consumer } from "../workbench/consumer.ts";
import type { Ground } from "../workbench/odoo-database.ts";
import { temporaryDirectory } from "../workbench/temporary.ts";
import { accessOf, startGround, type TestGround } from "./ground.ts";

/** The password that people log in with on staging and development. */
export const stagingPassword = "Staging-Pa55word-of-the-e2e-cycle";

export interface CycleOptions {
  /** Folder for everything; a temporary one by default. */
  dir?: string;
  /** Where Odoo runs; the workbench by default. A ground that is there already is stopped with the cycle. */
  ground?: Ground | TestGround;
  /** Inflates production by so many partners. */
  rows?: number;
  /** Leaves `dir` in place when the cycle is closed. */
  keep?: boolean;
  /** Lets the rebase push as a GitHub App, whose push starts the development workflow as on a complete setup. */
  appToken?: boolean;
  /** Called with what is being prepared. */
  progress?: Progress;
  /** Called with every line that a step of a workflow prints. */
  onLine?: LineListener;
}

export type LineListener = (line: { job: string; step: string; text: string }) => void;

/** A change as a developer makes it: commits in the clone that it is given. */
export type Change = (clone: Consumer) => Promise<unknown>;

export interface PushOptions {
  /** Commits this first, on the branch that is pushed unless the change itself says otherwise. */
  change?: Change;
  /** Cancels the workflow runs. */
  signal?: AbortSignal;
}

export interface Cycle extends AsyncDisposable {
  dir: string;
  instances: TestGround["instances"];
  fake: FakeGitHub;
  product: StagedProduct;
  /** Everything that a log must not show. */
  secrets: Record<string, string>;
  /** The repository's variables. */
  vars: Record<string, string>;
  /** The developer's clone, brought up to date by every push. */
  developer: Consumer;
  /** Pushes a new feature, or the given change, to dev. */
  pushDev(options?: PushOptions): Promise<WorkflowResult>;
  /** Moves staging to dev, or pushes the given change of staging. */
  pushStaging(options?: PushOptions): Promise<WorkflowResult>;
  /** Moves production to staging, or pushes the given change of production. */
  pushProduction(options?: PushOptions): Promise<WorkflowResult>;
  /** Pushes what the clone holds under any name, and returns all runs that followed. */
  push(branch: string, revision: string, signal?: AbortSignal): Promise<WorkflowResult[]>;
  /** Commits in the up-to-date clone without a push. */
  change(change: Change): Promise<void>;
  /** Hears every line that a step prints, until the returned function is called. */
  listen(listener: LineListener): () => void;
  /** The tip of a branch on the server. */
  tip(branch: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts everything that the cycle needs; `close` ends every process of it. */
export async function startCycle(options: CycleOptions = {}): Promise<Cycle> {
  const { progress = quiet } = options;
  const dir = options.dir ?? (await temporaryDirectory("cycle"));
  const product = stageProduct();
  const opened: (() => Promise<void> | void)[] = [() => product[Symbol.dispose]()];
  if (!options.keep) opened.unshift(() => rm(dir, { recursive: true, force: true }));
  const close = async () => {
    for (let next = opened.pop(); next; next = opened.pop()) await next();
  };
  try {
    const { rows, ground: wanted = "workbench" } = options;
    const ground =
      typeof wanted === "string" ? await startGround(wanted, { dir, progress, ...(rows && { rows }) }) : wanted;
    opened.push(() => ground.stop());
    const { consumer, instances } = ground;
    const fake = await startFakeGitHub({ root: consumer.root });
    opened.push(() => fake.close());
    await describeRepository(fake, consumer);
    const developer = await cloneForDeveloper(fake, consumer, dir);
    const access = accessOf(ground);
    const secrets = { ...secretsOf(fake, consumer, options.appToken === true), ...access.secrets };
    const { vars } = access;
    const pusher = new Pusher({ fake, product, developer, secrets, vars, options });
    opened.push(() => pusher.stop());
    const parts = { dir, instances, fake, product, secrets, vars, developer };
    return { ...parts, ...pushes(pusher), close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function describeRepository(fake: FakeGitHub, { fullName }: Consumer): Promise<void> {
  await fake.createRepository(fullName);
  for (const name of ["development", "staging"]) fake.setEnvironment(fullName, name);
  fake.setEnvironment(fullName, "production", ["release-manager"]);
}

async function cloneForDeveloper(fake: FakeGitHub, consumer: Consumer, dir: string): Promise<Consumer> {
  const clone = join(dir, "developer.git");
  await git(dir, ["clone", "--quiet", "--bare", `${fake.url}/${consumer.fullName}.git`, clone], {
    env: reader(fake, consumer),
  });
  return { ...consumer, dir: clone };
}

function reader(fake: FakeGitHub, { fullName }: Consumer): Record<string, string> {
  const request: TokenRequest = { kind: "user", repositories: [fullName], permissions: { contents: "read" } };
  return gitCredentials(fake.issueToken(request).value);
}

function secretsOf(fake: FakeGitHub, { fullName }: Consumer, appToken: boolean): Record<string, string> {
  if (!appToken) return { ODOO_STAGING_PASSWORD: stagingPassword };
  const permissions = { contents: "write", workflows: "write" } as const;
  const app = fake.issueToken({ kind: "app", login: "release-app", repositories: [fullName], permissions });
  return { ODOO_STAGING_PASSWORD: stagingPassword, PIPELINE_TOKEN: app.value };
}

interface PusherParts {
  fake: FakeGitHub;
  product: StagedProduct;
  developer: Consumer;
  secrets: Record<string, string>;
  vars: Record<string, string>;
  options: CycleOptions;
}

/** Pushes from the developer's clone and knows which runs are under way, so that they can be stopped. */
class Pusher {
  readonly #parts: PusherParts;
  readonly #stopping = new AbortController();
  readonly listeners = new Set<LineListener>();
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: PusherParts) {
    this.#parts = parts;
    if (parts.options.onLine) this.listeners.add(parts.options.onLine);
  }

  /** Brings the clone to the state of the server. */
  async fetch(): Promise<void> {
    const { fake, developer } = this.#parts;
    const url = `${fake.url}/${developer.fullName}.git`;
    const args = ["fetch", "--quiet", "--prune", "--force", url, "+refs/heads/*:refs/heads/*"];
    await git(developer.dir, args, { env: reader(fake, developer) });
  }

  async change(change: Change): Promise<void> {
    await this.fetch();
    await change(this.#parts.developer);
  }

  push(branch: string, revision: string, signal?: AbortSignal): Promise<WorkflowResult[]> {
    const { fake, product, developer, secrets, vars } = this.#parts;
    const signals = signal ? [signal, this.#stopping.signal] : [this.#stopping.signal];
    const pushed = push({
      ...{ fake, product, repository: developer.fullName, secrets, vars },
      ...{ branch, revision, from: developer.dir, signal: AbortSignal.any(signals) },
      onLine: (line) => this.listeners.forEach((listener) => void listener(line)),
    });
    this.#running = pushed.catch(() => undefined);
    return pushed;
  }

  tip(branch: string): Promise<string> {
    const { fake, developer } = this.#parts;
    return git(fake.repository(developer.fullName).dir, ["rev-parse", `refs/heads/${branch}`]);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}

function pushes(
  pusher: Pusher,
): Pick<Cycle, "pushDev" | "pushStaging" | "pushProduction" | "push" | "change" | "listen" | "tip"> {
  const promote = async (branch: string, revision: string, options: PushOptions): Promise<WorkflowResult> => {
    await pusher.change(options.change ?? (() => Promise.resolve()));
    const [result] = await pusher.push(branch, options.change ? branch : revision, options.signal);
    if (!result) throw new Error(`no workflow of the consumer listens to pushes to ${branch}`);
    return result;
  };
  return {
    pushDev: (options = {}) => promote("dev", "dev", { change: addModuleFeature, ...options }),
    pushStaging: (options = {}) => promote("staging", "dev", options),
    pushProduction: (options = {}) => promote("production", "staging", options),
    push: (branch, revision, signal) => pusher.push(branch, revision, signal),
    change: (change) => pusher.change(change),
    listen: (listener) => {
      pusher.listeners.add(listener);
      return () => void pusher.listeners.delete(listener);
    },
    tip: (branch) => pusher.tip(branch),
  };
}
