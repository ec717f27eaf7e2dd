/** What the demo saw, as data: everything that the closing page shows. Times are milliseconds since the start of the demo. */
export interface DemoRecord {
  title: string;
  startedAt: string;
  phases: Phase[];
  instances: Array<{ name: string; url: string; release: string }>;
  sample: Sample;
  refresh: {
    tables: number;
    rows: number;
    seconds: number;
    masks: Record<string, number>;
    kept: number;
  };
  verdicts: Array<{ branch: string; verdict: string }>;
  updates: Array<{
    environment: string;
    updated: string[];
    installed: string[];
    seconds: number;
    downtimeSeconds: number;
  }>;
  availability: Availability[];
  leaks: { needles: number; places: number; found: number };
}

/** One stretch of work, in the lane of the picture that it belongs to. */
export interface Phase {
  lane: "prepare" | "development" | "staging" | "production";
  name: string;
  from: number;
  to: number;
}

/** A few rows of one table as production has them and as staging shows them. */
export interface Sample {
  table: string;
  columns: string[];
  before: string[][];
  after: string[][];
}

/** What a client saw that asked an instance all along. */
export interface Availability {
  instance: string;
  answers: number;
  spans: Array<{ from: number; to: number; kind: "serving" | "maintenance" | "unreachable" }>;
}
