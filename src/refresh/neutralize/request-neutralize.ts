import type { HostChannel } from "../../environment/host-channel.ts";
import type { PipelineFile } from "../../environment/pipeline-file.ts";
import { environmentOf, resolveInstance } from "../../environment/resolve.ts";
import { refuseProduction } from "../../environment/roles.ts";
import { escapeMarkdown } from "../../platform/text.ts";
import { type NeutralizeAlone, type Neutralized, neutralizedSchema } from "./alone.ts";

/** The request for the environment's node; ExpectedError "production-protected" for production. */
export function neutralizeRequest(
  pipeline: PipelineFile,
  environment: string,
  stagingPassword: string,
): NeutralizeAlone {
  const source = resolveInstance(pipeline, environmentOf(pipeline, "production"));
  const target = resolveInstance(pipeline, environment);
  refuseProduction(target, "neutralized");
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
