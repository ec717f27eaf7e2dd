import type { PipelineFile } from "../environment/pipeline-file.ts";

/** What decides which commit may be released, on what proof, and to where. */
function rulesIn({ environments, refresh, policies }: PipelineFile): Record<string, unknown> {
  const roles = Object.entries(environments).flatMap(([name, { role, branch }]) => [
    [`environments.${name}.role`, role],
    [`environments.${name}.branch`, branch],
  ]);
  return {
    ...Object.fromEntries(roles),
    "refresh.manifest_public_key": refresh.manifest_public_key,
    "policies.require_masked_copy": policies.require_masked_copy,
  };
}

/** Each rule that a candidate changes, as a line: what production serves, and what the candidate says. */
export function changedRules(serving: PipelineFile, candidate: PipelineFile): string[] {
  const [before, after] = [rulesIn(serving), rulesIn(candidate)];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const shown = (value: unknown) => (value === undefined ? "nothing" : JSON.stringify(value));
  return keys
    .filter((key) => before[key] !== after[key])
    .map((key) => `${key}: ${shown(before[key])} becomes ${shown(after[key])}`);
}
