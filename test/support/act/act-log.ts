// The JSON lines of `act --json`, read into what a test asserts.

export type JobResult = "success" | "failure" | "cancelled";

export interface StepResult {
  job: string;
  /** Name of the step as the log shows it. */
  step: string;
  /** `Pre`, `Main` or `Post`; empty for act's own steps. */
  stage: string;
  result: string;
  /** When it began, in milliseconds since 1970. */
  startedAt: number;
  seconds: number;
}

export interface Annotation {
  level: "error" | "warning" | "notice";
  message: string;
  properties: Record<string, string>;
}

export interface WorkflowLog {
  /** Result by job id of every job that ran; a job that is missing here did not run. */
  jobs: Record<string, JobResult>;
  steps: StepResult[];
  /** Outputs by step id (or index), `<job>.<step>`. */
  outputs: Record<string, Record<string, string>>;
  summaries: string[];
  annotations: Annotation[];
  /** Everything that steps printed, commands included, line by line. */
  log: string;
}

interface Line {
  job?: string;
  jobID?: string;
  jobResult?: JobResult;
  step?: string;
  stepID?: string[];
  stage?: string;
  stepResult?: string;
  /** Nanoseconds. */
  executionTime?: number;
  command?: string;
  content?: string;
  arg?: string;
  name?: string;
  raw?: string;
  raw_output?: boolean;
  kvPairs?: Record<string, string>;
  msg?: string;
  level?: string;
}

const levels = new Set(["error", "warning", "notice"]);

/** Adds up act's lines as they come. */
export class WorkflowLogReader {
  readonly result: WorkflowLog = { jobs: {}, steps: [], outputs: {}, summaries: [], annotations: [], log: "" };

  readonly #onJob: (job: string, result: JobResult | undefined) => void;

  /** `onJob` is called for every line of a job. */
  constructor(onJob: (job: string, result: JobResult | undefined) => void = () => {}) {
    this.#onJob = onJob;
  }

  /** Takes one line of act's standard output and returns what a step printed in it, if anything. */
  read(text: string): { job: string; step: string; text: string } | undefined {
    const line = parseLine(text);
    const job = line.jobID ?? "";
    if (line.jobResult) this.#addJob(job, line);
    this.#onJob(job, line.jobResult);
    if (line.stepResult && line.step && !line.step.endsWith(" job")) {
      const seconds = (line.executionTime ?? 0) / 1e9;
      const times = { startedAt: Date.now() - seconds * 1000, seconds };
      this.result.steps.push({ job, step: line.step, stage: line.stage ?? "", result: line.stepResult, ...times });
    }
    this.#addCommand(job, line);
    // GitHub shows no such line; act shows the secret in it.
    if (line.command === "add-mask") return undefined;
    const printed = line.raw ?? (line.raw_output || line.level === "error" ? line.msg : undefined);
    if (printed === undefined) return undefined;
    this.result.log += printed.endsWith("\n") ? printed : `${printed}\n`;
    return { job, step: line.step ?? "", text: printed.trimEnd() };
  }

  #addJob(job: string, line: Line): void {
    if (job in this.result.jobs) throw new Error(`two jobs of the run have the id ${job} (${line.job})`);
    if (line.jobResult) this.result.jobs[job] = line.jobResult;
  }

  #addCommand(job: string, line: Line): void {
    const { command = "", arg = "", content } = line;
    if (command === "summary" && content !== undefined) this.result.summaries.push(content);
    if (command === "set-output" && line.name !== undefined) {
      const key = `${job}.${line.stepID?.join(".") ?? ""}`;
      this.result.outputs[key] = { ...this.result.outputs[key], [line.name]: arg };
    }
    if (levels.has(command)) {
      this.result.annotations.push({
        level: command as Annotation["level"],
        message: arg,
        properties: line.kvPairs ?? {},
      });
    }
  }
}

function parseLine(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return { msg: text, raw_output: true };
  }
}
