import { stringify } from "yaml";
import type { ServiceDefinition } from "../../src/environment/pipeline-schema.ts";
import type { EnvironmentName } from "./topology.ts";

/** What the pipeline file says of one instance. */
export interface DescribedInstance {
  url: string;
  node: string;
  base: string;
  config: string;
  service: ServiceDefinition;
}

/** The role of each environment and the branch that it follows. */
export const ROLES = {
  production: { role: "production", branch: "production" },
  staging: { role: "staging", branch: "staging" },
  development: { role: "development", branch: "dev" },
} as const;

/** How a node is reached. */
export type DescribedNode = { host: "local" } | { host: string; user: string; port?: number };

/** The content of `.github/odoo-pipeline.yml` for a test ground. */
export function pipelineFile(ground: {
  odooCommand: string;
  nodes: Record<string, DescribedNode>;
  instances: Record<EnvironmentName, DescribedInstance>;
}): string {
  return stringify({
    version: 1,
    odoo: { series: "19.0", command: ground.odooCommand, addons: ["addons"] },
    nodes: ground.nodes,
    environments: Object.fromEntries(
      Object.entries(ground.instances).map(([name, instance]) => [
        name,
        { ...ROLES[name as EnvironmentName], ...instance },
      ]),
    ),
    refresh: {
      rules: [
        { columns: "library_loan.title", keep: "titles of books are no personal data" },
        { columns: "library_loan.remark", mask: "text" },
      ],
    },
    policies: { update_timeout: "10m", health_timeout: "1m" },
  });
}
