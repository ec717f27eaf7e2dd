import type { HostChannel } from "../../environment/host-channel.ts";
import type { PipelineFile } from "../../environment/pipeline-file.ts";
import { resolveInstance } from "../../environment/resolve.ts";
import { ExpectedError } from "../../platform/errors.ts";
import { escapeMarkdown } from "../../platform/text.ts";
import { type NeutralizeAlone, type Neutralized, neutralizedSchema } from "./alone.ts";

/** The request for the environment's node; ExpectedError "source-protected" for the environment that is copied from. */
export function neutralizeRequest(
  pipeline: PipelineFile,
  environment: string,
  stagingPassword: string,
): NeutralizeAlone {
  const source = resolveInstance(pipeline, pipeline.refresh.source);
  const target = resolveInstance(pipeline, environment);
  if (target.name === source.name)
    throw new ExpectedError({
      code: "source-protected",
      message: `${target.name} is what refreshes copy from (refresh.source), so it is never neutralized.`,
      remedy: "Name another environment in the input environment.",
    });
  const near = source.nodeName === target.nodeName ? { source } : {};
  return { target, stagingPassword, oauth: pipeline.refresh.oauth, ...near };
}

/** Lets the environment's node neutralize its database. */
export async function requestNeutralize(
  request: NeutralizeAlone,
  { host, signal }: { host: HostChannel; signal: AbortSignal },
): Promise<Neutralized> {
  return neutralizedSchema.parse(await host.call("neutralize", request, undefined, signal));
}

/** What was changed, a line each. */
export function changesOf({ modules, changed }: Neutralized): string[] {
  const rows = Object.entries(changed).filter(([, count]) => count > 0);
  return [`neutralize.sql of ${modules.length} modules`, ...rows.map(([what, count]) => `${what}: ${count}`)];
}

/** The job summary, Markdown. */
export function neutralizeReport(result: Neutralized, environment: string): string {
  const list = (lines: string[]) => lines.map((line) => `- ${escapeMarkdown(line)}`).join("\n");
  return [
    `## ${escapeMarkdown(`${environment} (${result.database}) is neutralized`)}`,
    list(changesOf(result)),
    "Looked at afterwards:",
    list(result.checks.map(({ name, outcome, detail }) => `${name}: ${outcome} (${detail})`)),
    ...result.warnings.map((warning) => `> ${escapeMarkdown(warning)}`),
    "A running Odoo keeps what it has in memory, such as the banner, until it is restarted.",
    "",
  ].join("\n\n");
}
