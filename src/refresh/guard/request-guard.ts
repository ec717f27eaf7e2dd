import { escapeMarkdown } from "../../platform/text.ts";
import type { RefreshRequest } from "../request.ts";
import { type RefreshMeans, withReachableSource } from "../request-refresh.ts";
import { type GeneratedGuard, generatedGuardSchema } from "./generated.ts";

/** Lets the target's node make the scripts of the guard; nothing is changed anywhere. */
export function requestGuard(request: RefreshRequest, means: RefreshMeans): Promise<GeneratedGuard> {
  return withReachableSource(request, means, async (reachable, { host, signal }) =>
    generatedGuardSchema.parse(await host.call("generate-guard", reachable, undefined, signal)),
  );
}

/** The job summary, Markdown: what the scripts are, and what to do with them. */
export function guardReport({ database, role, planSha256 }: GeneratedGuard, files: { sql: string; remove: string }) {
  const code = (text: string) => `\`${text.replaceAll("`", "'")}\``;
  const steps = [
    `Read ${code(files.sql)}, then run it as an administrator: ${code(`psql -X -v ON_ERROR_STOP=1 -d ${database} -f guard.sql`)}`,
    `Once, give the role a password and let it connect: ${code(`ALTER ROLE ${role} LOGIN`)} and ${code(`\\password ${role}`)} in psql`,
    planSha256 === undefined
      ? "Run this action with generate-guard again: that role can now be asked what Odoo is, and the whole script can be made."
      : `Name that role in ${code("refresh.connection")} of the pipeline file and its password in ${code("source-password")}; ${code("refresh.require_enforced: true")} makes sure of it.`,
  ];
  return [
    `## ${escapeMarkdown(`Masked views of ${database} for ${role}`)}`,
    planSha256 === undefined ? "First part only." : `For plan ${code(planSha256)}.`,
    steps.map((step, at) => `${at + 1}. ${step}`).join("\n"),
    `${code(files.remove)} takes everything away again.`,
    "",
  ].join("\n\n");
}
