// Where Odoo runs during a cycle: on this machine, or on a host that systemd booted.
import { startLab } from "../lab/lab.ts";
import type { Progress } from "../workbench/cache.ts";
import type { Consumer } from "../workbench/consumer.ts";
import type { Ground } from "../workbench/odoo-database.ts";
import type { EnvironmentName, ObservedInstance } from "../workbench/topology.ts";
import { startWorkbench } from "../workbench/workbench.ts";

/** What a cycle needs of the place where Odoo runs. */
export interface TestGround {
  instances: Record<EnvironmentName, ObservedInstance>;
  consumer: Consumer;
  /** How the workflows reach the hosts; undefined where everything is local. */
  access?: { privateKey: string; knownHosts: string; sourcePassword?: string };
  stop(): Promise<void>;
}

/** How a ground is set up. */
export interface GroundOptions {
  /** A folder for what the workbench is made of. */
  dir: string;
  /** Inflates production by so many partners. */
  rows?: number;
  progress: Progress;
}

/** Starts the ground of this name. */
export function startGround(name: Ground, options: GroundOptions): Promise<TestGround> {
  return name === "lab" ? startLab(options) : startWorkbench(options);
}

/** The secrets and variables by which a team lets the workflows reach its hosts. */
export function accessOf({ access }: TestGround): { secrets: Record<string, string>; vars: Record<string, string> } {
  if (!access) return { secrets: {}, vars: {} };
  const { privateKey, knownHosts, sourcePassword } = access;
  const secrets = { ODOO_SSH_KEY: privateKey, ...(sourcePassword && { ODOO_SOURCE_PASSWORD: sourcePassword }) };
  return { secrets, vars: { ODOO_KNOWN_HOSTS: knownHosts } };
}
