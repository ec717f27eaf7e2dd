import { firstTraceback, isFailure, type LogRecord, loadedModule } from "../odoo/log.ts";
import { type ModuleState, transientModules } from "../odoo/states.ts";

/** What is known after an update ran. */
export interface UpdateFacts {
  exitCode: number | null;
  timedOut: boolean;
  records: readonly LogRecord[];
  states: readonly ModuleState[];
  /** Modules that were to be updated or installed, with the version that the database must show now. */
  planned: ReadonlyMap<string, string>;
}

/** Whether an update is good, and why not; `warnings` are told but forgiven. */
export interface Verdict {
  good: boolean;
  problems: string[];
  warnings: string[];
  traceback: string | undefined;
}

/** Loggers whose errors do not condemn an update: Odoo retries constraints and only reports those that cannot be set. */
const forgivenLoggers = new Set(["odoo.schema"]);

/** Judges an update by states, versions and log; the exit code alone proves nothing. */
export function judgeUpdate(facts: UpdateFacts): Verdict {
  const failures = facts.records.filter(isFailure);
  const condemned = failures.filter((record) => !forgivenLoggers.has(record.logger));
  const traceback = firstTraceback(condemned);
  const problems = [
    ...(traceback ? [lastLine(traceback)] : []),
    ...ending(facts),
    ...unfinishedStates(facts.states),
    ...wrongStates(facts),
    ...notLoaded(facts),
    ...condemned.map(({ level, logger, message }) => `${level} ${logger}: ${firstLine(message)}`),
  ];
  const forgiven = failures.filter((record) => forgivenLoggers.has(record.logger));
  return {
    good: problems.length === 0,
    problems,
    warnings: forgiven.map(({ message }) => firstLine(message)),
    traceback,
  };
}

function ending({ exitCode, timedOut }: UpdateFacts): string[] {
  if (timedOut) return ["the update took longer than its limit and was stopped"];
  if (exitCode === null) return ["the update was killed"];
  return exitCode === 0 ? [] : [`the update ended with exit code ${exitCode}`];
}

function unfinishedStates(states: readonly ModuleState[]): string[] {
  return transientModules(states).map(({ name, state }) => `module ${name} was left "${state}"`);
}

function wrongStates({ states, planned }: UpdateFacts): string[] {
  const byName = new Map(states.map((state) => [state.name, state]));
  return [...planned].flatMap(([name, version]) => {
    const found = byName.get(name);
    if (found?.state.startsWith("to ")) return [];
    if (found?.state !== "installed") return [`module ${name} is ${found?.state ?? "unknown to the database"}`];
    return found.version === version ? [] : [`module ${name} has version ${found.version}, not ${version}`];
  });
}

function notLoaded({ records, planned }: UpdateFacts): string[] {
  const loaded = new Set(records.map(loadedModule));
  return [...planned.keys()].filter((name) => !loaded.has(name)).map((name) => `the log does not show ${name} loaded`);
}

function firstLine(message: string): string {
  return (message.split("\n", 1)[0] as string).trim();
}

/** Where Python says what was raised. */
function lastLine(traceback: string): string {
  return traceback.trimEnd().split("\n").at(-1) as string;
}
