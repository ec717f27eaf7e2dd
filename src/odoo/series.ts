/** What differs between the series of Odoo, as data: a use case asks for a fact, never for a number. */
export interface SeriesFacts {
  series: string;
  /** A route that answers 200 without a database, if the series has one. */
  healthPath: string | undefined;
  /** Has the command `neutralize` and the modules' data/neutralize.sql. */
  neutralizes: boolean;
  /** When a module's new state and version are committed: together with its data, or with the next module's commit. */
  versionCommit: "with-module" | "with-next-module";
  /** Any start of Odoo finishes an update that was killed. */
  resumesKilledUpdate: boolean;
  /** Loading and updating exclude each other by a lock in the database. */
  locksRegistry: boolean;
  demoByDefault: boolean;
  /** Where the server listens when `http_interface` is empty. */
  defaultInterface: "0.0.0.0" | "127.0.0.1";
  minimumPostgres: number;
  /** Which versions of manifests the database keeps with the series in front: all others, or only those of 2 or 3 numbers. */
  prefixesVersions: "always" | "short";
  eventedPortOption: "longpolling_port" | "gevent_port";
}

const common = {
  healthPath: "/web/health",
  neutralizes: true,
  versionCommit: "with-next-module",
  resumesKilledUpdate: true,
  locksRegistry: false,
  demoByDefault: true,
  defaultInterface: "0.0.0.0",
  minimumPostgres: 10,
  prefixesVersions: "always",
  eventedPortOption: "gevent_port",
} as const;

const facts: Record<string, SeriesFacts> = {
  "14.0": {
    ...common,
    series: "14.0",
    healthPath: undefined,
    neutralizes: false,
    eventedPortOption: "longpolling_port",
  },
  "15.0": { ...common, series: "15.0", neutralizes: false, eventedPortOption: "longpolling_port" },
  "16.0": { ...common, series: "16.0", minimumPostgres: 12 },
  "17.0": { ...common, series: "17.0", minimumPostgres: 12 },
  "18.0": { ...common, series: "18.0", minimumPostgres: 12 },
  "19.0": {
    ...common,
    series: "19.0",
    versionCommit: "with-module",
    resumesKilledUpdate: false,
    demoByDefault: false,
    prefixesVersions: "short",
    minimumPostgres: 13,
  },
  "20.0": {
    ...common,
    series: "20.0",
    versionCommit: "with-module",
    locksRegistry: true,
    demoByDefault: false,
    prefixesVersions: "short",
    defaultInterface: "127.0.0.1",
    minimumPostgres: 16,
  },
};

/** The series whose facts are known, oldest first. */
export const knownSeries: readonly string[] = Object.keys(facts);

/** The facts of a series such as "19.0"; undefined when it is not known. */
export function seriesFacts(series: string): SeriesFacts | undefined {
  return Object.hasOwn(facts, series) ? facts[series] : undefined;
}

/** The series that the text of odoo/release.py declares, such as "19.0" or "saas~18.2"; undefined when it declares none. */
export function seriesOfRelease(releasePy: string): string | undefined {
  const version = /^version_info\s*=\s*\(\s*(?:(\d+)|['"]([^'"]+)['"])\s*,\s*(\d+)/m.exec(releasePy);
  return version ? `${version[1] ?? version[2]}.${version[3]}` : undefined;
}
