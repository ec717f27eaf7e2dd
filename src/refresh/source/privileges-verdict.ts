import { type Candidate, refuseFirst } from "./preflight-verdict.ts";

/** Something that has to be read, and what a GRANT calls its kind. */
export interface Unreadable {
  /** Qualified, quoted; of a function with its arguments. */
  name: string;
  schema: string;
  kind: "TABLE" | "SEQUENCE" | "FUNCTION";
}

/** A table whose rows a role would not get in full. */
export interface FilteredTable {
  name: string;
  /** Quoted names of its policies. */
  policies: string[];
  /** Who reads it: the role of the refresh, or the owner of the masked view. */
  role: string;
}

/** An extension of the source, and what the target's server says of it. */
export interface ExtensionFacts {
  name: string;
  version: string;
  /** The version that the target's server would make; absent when it has none. */
  offered?: string | undefined;
  /** The target's role may make it. */
  mayCreate: boolean;
}

/** What the roles of a refresh may do, as the servers say; all names are quoted for SQL. */
export interface PrivilegeFacts {
  /** Role that reads the source, and the database there. */
  reader: string;
  /** Schemas that it may not use although it has to read something in them. */
  closedSchemas: string[];
  unreadable: Unreadable[];
  /** There are masked views, but not for this role. */
  guardUnused: boolean;
  filtered: FilteredTable[];
  /** Role that builds the copy. */
  writer: string;
  mayCreateDatabases: boolean;
  /** The database that is to be replaced, when the writer does not own it. */
  notOwned?: { database: string; owner: string } | undefined;
  extensions: ExtensionFacts[];
}

/** Warnings about extensions; throws ExpectedError, with the SQL that cures it, when a role lacks a right. */
export function judgePrivileges(facts: PrivilegeFacts): string[] {
  refuseFirst([unreadable(facts), filtered(facts), ...writing(facts), missing(facts), untrusted(facts)]);
  return facts.extensions
    .filter(({ version, offered }) => offered !== undefined && isOlder(offered, version))
    .map(
      ({ name, version, offered }) =>
        `The target's server makes extension ${name} in version ${offered}, older than production's ${version}: what is new in that cannot be copied.`,
    );
}

function unreadable({ reader, closedSchemas, unreadable: what, guardUnused }: PrivilegeFacts): Candidate {
  const guard = guardUnused
    ? " If it is to read masked views alone, run generate-guard and its script for this role instead."
    : "";
  return {
    applies: what.length > 0,
    code: "not-readable",
    message: `Role ${reader} may not read ${what.length} object(s) of production that are to be copied: ${few(what.map(({ name }) => name))}.`,
    remedy: paste("As the owner of the tables or an administrator of production", [
      ...closedSchemas.map((schema) => `GRANT USAGE ON SCHEMA ${schema} TO ${reader};`),
      ...grants(what, reader),
    ]).concat(guard),
  };
}

const RIGHTS = { TABLE: "SELECT", SEQUENCE: "SELECT", FUNCTION: "EXECUTE" };

// One by one where that can still be read, else all of a kind.
function grants(what: readonly Unreadable[], role: string): string[] {
  const groups = Map.groupBy(what, ({ schema, kind }) => `${kind} ${schema}`);
  return [...groups.values()].flatMap((group) => {
    const [{ kind, schema } = { kind: "TABLE" as const, schema: "" }] = group;
    const on =
      group.length > FEW ? `ALL ${kind}S IN SCHEMA ${schema}` : `${kind} ${group.map(({ name }) => name).join(", ")}`;
    return `GRANT ${RIGHTS[kind]} ON ${on} TO ${role};`;
  });
}

function filtered({ filtered: tables }: PrivilegeFacts): Candidate {
  const roles = [...new Set(tables.map(({ role }) => role))].join(", ");
  const sql = tables.flatMap(({ name, policies }) => [
    ...policies.map((policy) => `DROP POLICY ${policy} ON ${name};`),
    `ALTER TABLE ${name} DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY;`,
  ]);
  return {
    applies: tables.length > 0,
    code: "row-security",
    message: `Row-level security hides rows of ${tables.length} table(s) of production from role ${roles}: ${few(tables.map(({ name }) => name))}. A copy without them would be incomplete, and policies cannot be copied.`,
    remedy: paste("Where nothing needs these policies, as the owner of the tables", sql),
  };
}

function writing({ writer, mayCreateDatabases, notOwned }: PrivilegeFacts): Candidate[] {
  const admin = "As an administrator of the target's server";
  return [
    {
      applies: !mayCreateDatabases,
      code: "no-createdb",
      message: `The role of staging's odoo.conf, ${writer}, may not create databases.`,
      remedy: paste(admin, [`ALTER ROLE ${writer} CREATEDB;`]),
    },
    {
      applies: notOwned !== undefined,
      code: "not-owner",
      message: `Database ${notOwned?.database} belongs to ${notOwned?.owner}, so the role of staging's odoo.conf, ${writer}, may not put a copy in its place.`,
      remedy: paste(`If it is staging's, as an administrator of the target's server`, [
        `ALTER DATABASE ${notOwned?.database} OWNER TO ${writer};`,
      ]),
    },
  ];
}

function missing({ extensions }: PrivilegeFacts): Candidate {
  const names = extensions.filter(({ offered }) => offered === undefined).map(({ name }) => name);
  return {
    applies: names.length > 0,
    code: "missing-extensions",
    message: `The target's server has no extension ${few(names)}, which production uses.`,
    remedy: paste(
      "Install the package that brings it (usually postgresql-contrib); or, where nothing of production needs it, drop it there",
      dropped(names),
    ),
  };
}

function untrusted({ extensions, writer }: PrivilegeFacts): Candidate {
  const names = extensions.filter(({ offered, mayCreate }) => offered !== undefined && !mayCreate).map((e) => e.name);
  return {
    applies: names.length > 0,
    code: "untrusted-extensions",
    message: `Production uses extension ${few(names)}, which on the target's server only a superuser may make, and ${writer} is none.`,
    remedy: paste(
      "Add the line `trusted = true` to its .control file on the target's server (in the folder extension of pg_config --sharedir); or, where nothing of production needs it, drop it there",
      dropped(names),
    ),
  };
}

const dropped = (names: readonly string[]) => names.map((name) => `DROP EXTENSION ${name};`);

const FEW = 5;

/** The first names, and how many more there are. */
function few(names: readonly string[]): string {
  const more = names.length > FEW ? ` and ${names.length - FEW} more` : "";
  return `${names.slice(0, FEW).join(", ")}${more}`;
}

const paste = (who: string, sql: readonly string[]) => [`${who}:`, ...sql].join("\n");

// Most are numbers with dots; where they are not, nothing is known.
function isOlder(version: string, than: string): boolean {
  if (![version, than].every((text) => /^\d+(?:\.\d+)*$/.test(text))) return false;
  return version.localeCompare(than, "en", { numeric: true }) < 0;
}
