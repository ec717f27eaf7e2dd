import { loadPipelineFile } from "../environment/open.ts";
import { PIPELINE_FILE } from "../environment/pipeline-file.ts";
import { branchOrder } from "../environment/resolve.ts";
import { checkHistory } from "../history/check.ts";
import { type CheckReport, headline, json, markdown } from "../history/report.ts";
import { parseRules } from "../history/verdict.ts";
import { ExpectedError } from "../platform/errors.ts";
import { remoteUrl } from "../platform/git.ts";
import type { Context } from "../runner/context.ts";
import type { Inputs } from "../runner/inputs.ts";
import { boolean, branch, secret, text } from "../runner/parsers.ts";
import { runAction } from "../runner/run-action.ts";

/** The inputs that action.yml declares. */
export const inputs = {
  order: text(),
  "pipeline-file": text({ default: PIPELINE_FILE }),
  branch: branch(),
  base: branch(),
  "require-signed": boolean({ default: "false" }),
  "warn-only": text(),
  repository: text(),
  "server-url": text(),
  token: secret({ required: true }),
};

/** The outputs that action.yml declares. */
export const outputs = ["verdict", "errors", "warnings", "ahead", "behind", "commits", "report"] as const;

/** Judges the history that the event is about; fails the job when it is not linear. */
export const checkLinearHistory = () => runAction("check-linear-history", inputs, main);

// GitHub shows no more annotations than this of one step.
const MAX_ANNOTATIONS = 10;

async function main(given: Inputs<typeof inputs>, context: Context) {
  const url = remoteUrl(given.serverUrl ?? context.serverUrl, given.repository ?? context.repository);
  const { branch: head, base, requireSigned } = given;
  const named = { ...(head === undefined ? {} : { head }), ...(base === undefined ? {} : { base }) };
  const request = {
    event: context.event,
    settings: { order: await orderOf(given, context), requireSigned, ...named },
    auth: { url, token: given.token },
    warnOnly: parseRules(words(given.warnOnly ?? "")),
  };
  const report = await checkHistory(request, context.log);
  await publish(report, context);
  // The outputs have to reach the steps behind a verdict that fails the job.
  if (report.verdict === "broken") process.exitCode = 1;
  return outputsOf(report);
}

/** The order of the branches: as the pipeline file says, unless the caller says otherwise. */
async function orderOf(given: Inputs<typeof inputs>, context: Context): Promise<string[]> {
  if (given.order !== undefined) return words(given.order);
  const { log, event, sha } = context;
  const git = { url: remoteUrl(context.serverUrl, context.repository), token: given.token };
  const read = (commit: string) => loadPipelineFile({ log, git, commit, file: given.pipelineFile });
  // Of a pull request the base speaks: what is judged does not write its own rules.
  if (!("base" in event)) return branchOrder(await read(sha));
  const ofBase = await read(event.base.sha).catch((error: unknown) => {
    if (error instanceof ExpectedError && error.code === "no-pipeline-file") return undefined; // it comes with this one
    throw error;
  });
  return branchOrder(ofBase ?? (await read(sha)));
}

async function publish(report: CheckReport, { log, summary }: Context): Promise<void> {
  log.info(headline(report));
  for (const { severity, message, rule, commits, cure } of report.findings.slice(0, MAX_ANNOTATIONS)) {
    const named = commits.slice(0, 5).map(({ sha, author, subject }) => `  ${sha.slice(0, 12)} ${subject} (${author})`);
    const more = commits.length > named.length ? [`  ... and ${commits.length - named.length} more`] : [];
    const words = [message, ...named, ...more, "Repair:", ...cure.map((command) => `  ${command}`)].join("\n");
    if (severity === "error") log.error(words, `check-linear-history: ${rule}`);
    else log.warning(words);
  }
  await summary.add(markdown(report));
}

function outputsOf(report: CheckReport) {
  const failing = report.findings.filter((finding) => finding.severity === "error");
  const sum = (side: "ahead" | "behind") => report.comparisons.reduce((total, pair) => total + pair[side].length, 0);
  return {
    verdict: report.verdict,
    errors: failing.length,
    warnings: report.findings.length - failing.length,
    ahead: sum("ahead"),
    behind: sum("behind"),
    commits: [...new Set(failing.flatMap(({ commits }) => commits.map(({ sha }) => sha)))].slice(0, 100),
    report: json(report),
  };
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}
