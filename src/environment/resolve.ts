import { ExpectedError } from "../platform/errors.ts";
import { closest } from "./closest.ts";
import type { NodeDefinition, PipelineFile, Role, ServiceDefinition } from "./pipeline-schema.ts";

/** One Odoo installation of one environment, with every default filled in; part of requests to the host, hence plain JSON. */
export interface Instance {
  name: string;
  role: Role;
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

/** Describes the Odoo instance of an environment; throws ExpectedError "unknown-environment". */
export function resolveInstance(file: PipelineFile, environment: string): Instance {
  const definition = file.environments[environment];
  if (!definition) throw unknownEnvironment(file, environment);
  const base = definition.base ?? `/srv/odoo/${environment}`;
  return {
    name: environment,
    role: definition.role,
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

/** The one environment of a role that exists once. */
export function environmentOf(file: PipelineFile, role: "production" | "staging"): string {
  return Object.keys(file.environments).find((name) => file.environments[name]?.role === role) as string;
}

/** The long-lived branches from the newest to production, each of which must contain the next. */
export function branchOrder(file: PipelineFile): string[] {
  const branches = (role: Role) =>
    Object.values(file.environments)
      .filter((environment) => environment.role === role)
      .map(({ branch }) => branch);
  const [development] = branches("development");
  return [...(development === undefined ? [] : [development]), ...branches("staging"), ...branches("production")];
}

/** The instances on the same node as this one, itself left out. */
export function neighboursOf(file: PipelineFile, instance: Instance): Instance[] {
  return Object.keys(file.environments)
    .filter((name) => name !== instance.name)
    .map((name) => resolveInstance(file, name))
    .filter(({ nodeName }) => nodeName === instance.nodeName);
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
