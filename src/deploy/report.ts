import { ExpectedError } from "../platform/errors.ts";
import { plainText } from "../platform/log.ts";
import { duration, escapeMarkdown, table } from "../platform/text.ts";
import type { DeployResult } from "./request.ts";

const titles: Record<DeployResult["outcome"], string> = {
  deployed: "✅ Deployed",
  noop: "✅ Nothing to do",
  "rolled-back": "↩️ Rolled back",
  failed: "❌ Failed",
};

/** The summary of a deployment for the people who read the job. */
export function deploymentReport(environment: string, result: DeployResult): string {
  const facts = [
    ["release", result.release],
    ["commit", result.commit],
    ["mode", result.mode],
    ["updated", list(result.updated)],
    ["installed", list(result.installed)],
    ["closed for", duration(result.downtimeSeconds * 1000)],
    ["state", result.state],
  ];
  const phases = result.phases.map(({ phase, seconds }) => [phase, duration(seconds * 1000)]);
  return [
    `### ${titles[result.outcome]}: ${escapeMarkdown(environment)}`,
    table(["", ""], facts.map(escapeRow)),
    ...(phases.length > 0 ? [table(["phase", "time"], phases.map(escapeRow))] : []),
    ...result.warnings.map((warning) => `- ⚠️ ${escapeMarkdown(warning)}`),
    ...failureOf(result),
    "",
  ].join("\n\n");
}

/** The error that a deployment ends its job with, undefined when it reached what was asked. */
export function deploymentError(environment: string, result: DeployResult): ExpectedError | undefined {
  if (result.outcome === "deployed" || result.outcome === "noop") return undefined;
  const { failure } = result;
  const rolledBack = result.outcome === "rolled-back";
  const reason = failure ? ` ${failure.phase} failed: ${failure.message}` : "";
  return new ExpectedError({
    code: rolledBack ? "deployment-rolled-back" : (failure?.code ?? "deployment-failed"),
    message: `The deployment to ${environment} ${rolledBack ? "was rolled back" : "failed"}.${reason}\n${result.state}`,
    remedy: failure?.remedy ?? "Look at the log of the deployment.",
  });
}

/** The words of Odoo's log that tell why, if there are any. */
export function failureDetails(result: DeployResult): string | undefined {
  return result.failure?.traceback ?? result.failure?.logTail;
}

function failureOf(result: DeployResult): string[] {
  const { failure } = result;
  if (!failure) return [];
  const details = failureDetails(result);
  return [
    `**${failure.phase} failed:** ${escapeMarkdown(failure.message)}`,
    `**What to do:** ${escapeMarkdown(failure.remedy)}`,
    ...(details ? [`<details><summary>Odoo's log</summary>\n\n${indented(details)}\n\n</details>`] : []),
  ];
}

/** Four spaces make foreign text inert whatever fences it contains. */
function indented(text: string): string {
  const lines = plainText(text, 6000).split("\n");
  return lines.map((line) => `    ${line}`).join("\n");
}

function escapeRow(row: string[]): string[] {
  return row.map(escapeMarkdown);
}

function list(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const shown = names.slice(0, 20).join(", ");
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}
