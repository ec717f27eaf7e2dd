import { ExpectedError } from "../platform/errors.ts";
import { DatabaseError } from "../platform/postgres.ts";

/** What an error of a server means for the person who reads it. */
interface Meaning {
  code: string;
  what: string;
  remedy: string;
}

/** A standby applies what its primary vacuumed away, and ends whoever still needs it. */
export const STANDBY_CONFLICT: Meaning = {
  code: "standby-conflict",
  what: "The standby ended our reading so that it could follow its primary",
  remedy:
    "On the standby set hot_standby_feedback = on, or a max_standby_streaming_delay longer than a refresh; or read from the primary.",
};

/** What is known of the run that failed. */
interface Circumstances {
  /** The source is a standby. */
  fromStandby?: boolean | undefined;
}

function faultOf({ sqlState, message }: DatabaseError, { fromStandby }: Circumstances): Meaning | undefined {
  if (/conflict with recovery/.test(message)) return STANDBY_CONFLICT;
  if (sqlState.startsWith("53")) {
    const remedy = "Give the server room (disk, memory, connections), or drop databases that earlier runs kept.";
    const code = sqlState === "53100" ? "disk-full" : "server-resources";
    return { code, what: "A server ran out of what the refresh needs", remedy };
  }
  if (sqlState === "42501") {
    const remedy =
      "Grant what the server says is missing to that role (of odoo.conf, or of refresh.connection), as an administrator, then run it again.";
    return { code: "privilege-missing", what: "A role of the refresh lacks a right on its server", remedy };
  }
  if (sqlState === "57014") {
    const remedy = "Ask who cancels statements there (an administrator, or statement_timeout), then run it again.";
    return { code: "statement-cancelled", what: "A statement of the refresh was cancelled on the server", remedy };
  }
  if (/^(?:08|57P|25P0[34])/.test(sqlState)) {
    // A standby that ends a backend while that sends rows cannot say why any more.
    const standby = fromStandby
      ? ` If it is the standby's, and it followed its primary: ${STANDBY_CONFLICT.remedy}`
      : "";
    const remedy = `Look at the server's log and the network between, then run it again.${standby}`;
    return { code: "connection-lost", what: "A connection of the refresh was lost", remedy };
  }
  return undefined;
}

function misfitOf({ sqlState }: DatabaseError): Meaning | undefined {
  if (!/^2[23]/.test(sqlState)) return undefined;
  const remedy = "Write a rule with another mask for the columns that this table's indexes and constraints read.";
  return { code: "mask-misfit", what: "A masked value does not fit an object of the database", remedy };
}

// Errors that say where something failed, and guess at a mask when it was the server.
const GUESSED = new Set(["copy-failed", "mask-collision", "schema-object"]);

/** The error to report for a failed run: faults of servers and networks get words of their own, all others stay. */
export function explainFailure(error: unknown, circumstances: Circumstances = {}): unknown {
  if (error instanceof DatabaseError) return explained(error, faultOf(error, circumstances) ?? misfitOf(error));
  const guessed = error instanceof ExpectedError && GUESSED.has(error.code) && error.cause;
  return guessed instanceof DatabaseError ? explained(guessed, faultOf(guessed, circumstances), error) : error;
}

function explained(cause: DatabaseError, meaning: Meaning | undefined, otherwise: unknown = cause): unknown {
  if (!meaning) return otherwise;
  const message = `${meaning.what}; staging is as it was before. ${cause.message}.`;
  return new ExpectedError({ code: meaning.code, message, remedy: meaning.remedy }, { cause });
}
