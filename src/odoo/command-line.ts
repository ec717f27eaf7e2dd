/** What every run of Odoo by the pipeline names; always by its own configuration file. */
interface Target {
  config: string;
  database: string;
  addonsPath: readonly string[];
}

/** Arguments of one update run that serves nobody and runs no cron, whatever the configuration file says. */
export function updateArguments(
  target: Target & { update: readonly string[]; install: readonly string[]; logFile: string },
): string[] {
  return [
    ...common(target),
    ...(target.update.length > 0 ? ["-u", target.update.join(",")] : []),
    ...(target.install.length > 0 ? ["-i", target.install.join(",")] : []),
    "--stop-after-init",
    "--no-http",
    "--workers=0",
    "--max-cron-threads=0",
    // "Module x loaded" is told at this level, and the verdict needs it
    "--log-level=info",
    `--logfile=${target.logFile}`,
  ];
}

/** Arguments of a server that only this machine reaches: one process without cron, websockets and their port. */
export function privateServerArguments(
  target: Target & { port: number; logFile: string; filtered: boolean },
): string[] {
  return [
    ...common(target),
    ...(target.filtered ? [`--db-filter=^${escapeRegExp(target.database)}$`] : []),
    `--http-port=${target.port}`,
    "--http-interface=127.0.0.1",
    // so that the site's own host name can be told to it
    "--proxy-mode",
    "--workers=0",
    "--max-cron-threads=0",
    `--logfile=${target.logFile}`,
  ];
}

/** As Python's `re` reads it. */
const escapeRegExp = (text: string) => text.replace(/[^A-Za-z0-9_]/g, "\\$&");

function common({ config, database, addonsPath }: Target): string[] {
  return ["-c", config, "-d", database, `--addons-path=${addonsPath.join(",")}`];
}
