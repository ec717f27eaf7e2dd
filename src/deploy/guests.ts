import type { ServiceDefinition } from "../environment/pipeline-schema.ts";
import type { HostProcess } from "../environment/processes.ts";
import { glob } from "../platform/glob.ts";

/** Sessions of a database that have role, application and address in common. */
export interface SessionGroup {
  role: string;
  /** As the client says; empty when it says nothing. */
  application: string;
  /** The address, "a local socket", or that it is not shown to our role. */
  client: string;
  count: number;
  /** Our role has the right to end them. */
  mayEnd: boolean;
}

/** Who may be sent away when the database is closed: `policies.end_sessions` of the pipeline file, `*` for any characters. */
export interface Expendable {
  roles: string[];
  applications: string[];
  clients: string[];
}

/** Sessions of a refresh that reads this database: ours, told to the refresh as such. */
const OF_OURS = "odoo-refresh:*";

/** The sessions that nobody has said may be ended. */
export function guestsAmong(groups: readonly SessionGroup[], expendable: Expendable): SessionGroup[] {
  const applications = [...expendable.applications, OF_OURS];
  return groups.filter(
    ({ role, application, client }) =>
      !expendable.roles.some((pattern) => glob(pattern).test(role)) &&
      !applications.some((pattern) => glob(pattern).test(application)) &&
      !expendable.clients.some((pattern) => glob(pattern).test(client)),
  );
}

/**
 * The sessions that are not the service's own for certain: of another role, or of a program that says that it is another.
 * Odoo names its sessions by `db_app_name` (where {pid} stands for its process), by default odoo-<pid>, or not at all, and
 * teams name them by the service's environment; who has such a name and is another is found when the service is stopped.
 */
export function strangersAmong(groups: readonly SessionGroup[], own: { role: string; name?: string | undefined }) {
  const named = glob((own.name ?? "odoo*").replaceAll("{pid}", "*"));
  const isOurs = ({ application }: SessionGroup) =>
    application === "" || application.startsWith("odoo") || named.test(application);
  return groups.filter((group) => group.role !== own.role || !isOurs(group));
}

/** The service of the environment: a process of its unit, or the one that listens on its port, which may not be shown to us. */
export function isOwnService(
  { unit, listens }: HostProcess,
  own: { service: ServiceDefinition; port: number },
): boolean {
  const units = own.service.kind === "systemd" ? [own.service.unit, `${own.service.unit}.service`] : [];
  return listens.includes(own.port) || (unit !== undefined && units.includes(unit));
}

/** An Odoo server, with what its command line says of its database. */
export interface OdooProcess extends HostProcess {
  config?: string;
  database?: string;
}

const OPTIONS = {
  config: ["-c", "--config"],
  database: ["-d", "--database"],
} as const;

/** Reads a process as an Odoo server; undefined when it is none, or runs a command that ends by itself. */
export function asOdooServer(process: HostProcess): OdooProcess | undefined {
  const words = process.argv;
  const at = words.slice(0, 3).findIndex((word) => /(^|\/)(odoo|odoo-bin|odoo\.py|openerp-server)$/.test(word));
  if (at < 0 || words.includes("--stop-after-init") || words[at + 1] === "shell") return undefined;
  const optionOf = (names: readonly string[]) => {
    const long = words.find((word) => word.startsWith(`${names[1]}=`));
    if (long !== undefined) return long.slice(long.indexOf("=") + 1);
    const place = words.findIndex((word) => names.includes(word));
    return place < 0 ? undefined : words[place + 1];
  };
  const [config, database] = [optionOf(OPTIONS.config), optionOf(OPTIONS.database)];
  return { ...process, ...(config === undefined ? {} : { config }), ...(database === undefined ? {} : { database }) };
}

/** One line for people about who is in a database. */
export function describeGuests(groups: readonly SessionGroup[], servers: readonly OdooProcess[]): string {
  const sessions = groups.map(
    ({ role, application, client, count }) =>
      `${count} session(s) of role ${role} (${application || "no application name"}, from ${client})`,
  );
  const odoos = servers.map(({ pid, unit, listens, config }) => {
    const facts = [unit, ...listens.map((port) => `port ${port}`), config];
    return `an Odoo server, process ${pid} (${facts.filter((fact) => fact !== undefined).join(", ")})`;
  });
  return [...odoos, ...sessions].join("; ");
}
