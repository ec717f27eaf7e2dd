import { appendFile, mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RefreshRule } from "../../../src/environment/pipeline-schema.ts";
import type { Instance } from "../../../src/environment/resolve.ts";
import { type Connection, withSession } from "../../../src/platform/postgres.ts";
import type { RefreshRequest } from "../../../src/refresh/request.ts";
import { installOdoo } from "../../workbench/odoo.ts";
import { consumerAddons, type DatabaseTemplate, productionTemplate } from "../../workbench/odoo-database.ts";
import { type PostgresServer, startPostgres } from "../../workbench/postgres.ts";
import { makeInstance, requestFor } from "./ground.ts";

/** How long a test may take that has to make the production database first. */
export const PREPARING = 30 * 60_000;

/** For the tables of the team's own module, which the catalogue does not know. */
export const LOANS: RefreshRule = { columns: "library_loan.*", mask: "text" };

/** A production of a real Odoo with its files, and a staging to be. */
export interface OdooGround {
  dir: string;
  addonsPath: string[];
  production: Instance;
  staging: Instance;
  /** One more instance beside staging, whose database bears its name. */
  instance(name: string): Promise<Instance>;
  /** From production to staging, with the rules that the team's own module needs. */
  request(more?: Partial<RefreshRequest>): RefreshRequest;
}

/** Where the parts of a ground are: a folder for the instances, and the two servers. */
interface Places {
  dir: string;
  from: Connection;
  to: Connection;
}

/** Makes the instances for a server that was started from the template. */
export async function makeOdooGround(template: DatabaseTemplate, { dir, from, to }: Places): Promise<OdooGround> {
  const odoo = await installOdoo();
  const addonsPath = [...odoo.addonsPath, consumerAddons];
  const instanceOn = async (server: Connection, name: string) => {
    const made = await makeInstance(dir, name, { ...server, database: name });
    await appendFile(made.config, `addons_path = ${addonsPath.join(",")}\n`);
    return { ...made, odooCommand: odoo.command };
  };
  const [production, staging] = [await instanceOn(from, template.production), await instanceOn(to, "staging")];
  await mkdir(join(production.base, "data/filestore"));
  await symlink(template.filestore, join(production.base, "data/filestore", template.production));
  const request = (more: Partial<RefreshRequest> = {}) => requestFor(production, staging, { rules: [LOANS], ...more });
  return { dir, addonsPath, production, staging, request, instance: (name) => instanceOn(to, name) };
}

/** A ground on one server of its own. */
export interface ServedOdoo extends OdooGround {
  server: PostgresServer;
  /** The rows of a statement in one of the databases. */
  on<T>(database: string, sql: string): Promise<T[]>;
  /** Stops the server and removes all files. */
  remove(): Promise<void>;
}

/** Starts a server with the workbench's production, for one test file. */
export async function startOdooGround(): Promise<ServedOdoo> {
  const template = await productionTemplate();
  const server = await startPostgres({ version: template.version, seed: template.seed });
  const dir = await mkdtemp(join(tmpdir(), "refresh-odoo-"));
  return {
    ...(await makeOdooGround(template, { dir, from: server.odoo, to: server.odoo })),
    server,
    on: (database, sql) => withSession({ ...server.odoo, database }, (session) => session.query(sql)),
    remove: async () => {
      await server.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
