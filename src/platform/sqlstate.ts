import { plainText } from "./log.ts";

const CLASSES: Record<string, string> = {
  "08": "connection lost",
  "22": "a value does not fit (data exception)",
  "23": "a constraint is violated",
  "25": "wrong state of the transaction",
  "28": "the server refused the login",
  "3D": "no such database",
  "40": "the transaction was rolled back by the server",
  "42": "syntax error or access rule violation",
  "53": "the server lacks resources",
  "54": "a limit of the server is exceeded",
  "55": "an object is not in the required state",
  "57": "operator intervention",
  "58": "the server met a system error",
  XX: "internal error of the server",
};

// Messages of these classes name objects and settings, never values of rows; all others are not shown.
const SHOWN = new Set(["08", "25", "28", "3D", "40", "42", "53", "55", "57"]);

const NODE_CODES: Record<string, string> = {
  ECONNREFUSED: "nobody listens there",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the name server did not answer",
  ENOENT: "there is no such socket",
  EACCES: "no permission to use the socket",
  EHOSTUNREACH: "no route to the host",
  ETIMEDOUT: "the host does not answer",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
};

/** The fields of an error of `pg` or of its socket that are looked at. */
export interface RawDatabaseError {
  code?: string;
  message?: string;
  schema?: string;
  table?: string;
  column?: string;
  constraint?: string;
}

/** An error of PostgreSQL: what it says never holds a value of a row, only SQLSTATE, kind and names of objects. */
export class DatabaseError extends Error {
  /** Five characters; 08006 for a lost connection that the server could not tell about. */
  readonly sqlState: string;
  readonly schema?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;

  constructor(message: string, sqlState: string, names: Omit<RawDatabaseError, "code" | "message"> = {}) {
    super(message);
    this.name = "DatabaseError";
    this.sqlState = sqlState;
    Object.assign(this, names);
  }
}

/** Turns what `pg` threw into an error that is safe to show; `where` names server and database. */
export function redactDatabaseError(error: unknown, where: string): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const raw = (error ?? {}) as RawDatabaseError;
  const isSqlState = /^[0-9A-Z]{5}$/.test(raw.code ?? "") && !((raw.code as string) in NODE_CODES);
  if (!isSqlState) return new DatabaseError(`${where}: ${connectionProblem(error, raw)}`, "08006");
  const sqlState = raw.code as string;
  const names = namesOf(raw);
  const text = `${describe(sqlState, raw.message)}${listNames(names)}`;
  return new DatabaseError(`${where}: ${text} (SQLSTATE ${sqlState})`, sqlState, names);
}

function describe(sqlState: string, message = ""): string {
  const shown = SHOWN.has(sqlState.slice(0, 2)) ? plainText(message, 300).replace(/\s+/g, " ").trim() : "";
  return shown || (CLASSES[sqlState.slice(0, 2)] ?? "the server reported an error");
}

function namesOf(raw: RawDatabaseError): Omit<RawDatabaseError, "code" | "message"> {
  const kept = (["schema", "table", "column", "constraint"] as const).flatMap((key) => {
    const name = raw[key];
    return name ? [[key, plainText(name, 63)] as const] : [];
  });
  return Object.fromEntries(kept);
}

function listNames(names: Omit<RawDatabaseError, "code" | "message">): string {
  const entries = Object.entries(names).map(([kind, name]) => `${kind} "${name}"`);
  return entries.length === 0 ? "" : `; ${entries.join(", ")}`;
}

function connectionProblem(error: unknown, raw: RawDatabaseError): string {
  if (error instanceof AggregateError) return connectionProblem(error.errors[0], error.errors[0] as RawDatabaseError);
  const known = NODE_CODES[raw.code ?? ""];
  if (known) return `${known} (${raw.code})`;
  // What pg itself says of a connection: of fixed texts, and of TLS with names of certificates.
  return plainText(raw.message ?? String(error), 300).replace(/\s+/g, " ") || "the connection failed";
}
