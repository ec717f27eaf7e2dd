import { ExpectedError } from "../platform/errors.ts";
import { closest } from "./closest.ts";
import type { NodeDefinition, PipelineFile, ServiceDefinition } from "./pipeline-schema.ts";

/** One Odoo installation of one environment, with every default filled in; part of requests to the host, hence plain JSON. */
export interface Instance {
  name: string;
  url: string;
  /** Folder of releases, `current` and `.deploy` on the host. */
  base: string;
  /** Path of odoo.conf on the host. */
  config: string;
  odooCommand: string;
  series: string;
  service: ServiceDefinition;
  nodeName: string;
}

/** The role that a branch plays in the release cycle; each has an environment of the same name. */
export type Role = keyof PipelineFile["branches"];

/** Describes the Odoo instance of an environment; throws ExpectedError "unknown-environment". */
export function resolveInstance(file: PipelineFile, environment: string): Instance {
  const definition = file.environments[environment];
  if (!definition) throw unknownEnvironment(file, environment);
  const base = definition.base ?? `/srv/odoo/${environment}`;
  return {
    name: environment,
    url: definition.url,
    base,
    config: definition.config ?? `${base}/odoo.conf`,
    odooCommand: file.odoo.command,
    series: file.odoo.series,
    service: definition.service ?? { kind: "systemd", unit: `odoo-${environment}` },
    nodeName: definition.node ?? (Object.keys(file.nodes)[0] as string),
  };
}

/** The node that carries an instance. */
export function nodeOf(file: PipelineFile, instance: Instance): NodeDefinition {
  return file.nodes[instance.nodeName] as NodeDefinition;
}

/** The environment that a branch is deployed to, or undefined when the branch plays no role. */
export function roleOfBranch(file: PipelineFile, branch: string): Role | undefined {
  return (Object.keys(file.branches) as Role[]).find((role) => file.branches[role] === branch);
}

function unknownEnvironment(file: PipelineFile, environment: string): ExpectedError {
  const known = Object.keys(file.environments);
  const suggestion = closest(environment, known);
  return new ExpectedError({
    code: "unknown-environment",
    message: `The pipeline file describes no environment ${environment}; it describes ${known.join(", ")}.`,
    remedy: suggestion
      ? `Did you mean ${suggestion}? Otherwise add environments.${environment} to the pipeline file.`
      : `Add environments.${environment} to the pipeline file, or correct the input environment.`,
  });
}
