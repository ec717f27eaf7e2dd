import type { Connection } from "../../src/platform/postgres.ts";

/** The three stages of a release. */
export type EnvironmentName = "production" | "staging" | "development";

/** Which machines there are and what runs on each: the same description serves the workbench and the lab. */
export interface Topology {
  name: string;
  /** By name; on the workbench every node is this machine. */
  nodes: readonly string[];
  /** By name. */
  databaseServers: Readonly<Record<string, { node: string; version: 14 | 15 | 16 | 17 | 18 }>>;
  instances: Readonly<Record<EnvironmentName, InstancePlace>>;
  /** Proxies in front of the instances. */
  loadBalancers: readonly { node: string; instances: readonly EnvironmentName[] }[];
}

/** Where one Odoo instance and its database live. */
export interface InstancePlace {
  node: string;
  databaseServer: string;
  database: string;
  branch: string;
}

/** Architecture A: everything on one server. */
export const singleServer: Topology = {
  name: "single-server",
  nodes: ["server"],
  databaseServers: { main: { node: "server", version: 18 } },
  instances: {
    production: { node: "server", databaseServer: "main", database: "production", branch: "production" },
    staging: { node: "server", databaseServer: "main", database: "staging", branch: "staging" },
    development: { node: "server", databaseServer: "main", database: "development", branch: "dev" },
  },
  loadBalancers: [{ node: "server", instances: ["production", "staging", "development"] }],
};

/** An Odoo instance as an onlooker sees it, on whatever machine it runs. */
export interface ObservedInstance {
  name: EnvironmentName;
  /** Such as http://127.0.0.1:41234. */
  url: string;
  /** Folder of `releases`, `current` and odoo.conf on its machine. */
  base: string;
  /** To its database, as the role of Odoo. */
  connection: Connection;
  /** Reads a text file of its machine. */
  readFile(path: string): Promise<string>;
}
