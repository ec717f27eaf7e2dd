import { ExpectedError } from "../platform/errors.ts";
import { DatabaseError } from "../platform/postgres.ts";

/** What an error of a server means for the person who reads it, by its SQLSTATE; undefined when it means nothing more. */
function meaningOf({ sqlState, message }: DatabaseError): { code: string; what: string; remedy: string } | undefined {
  if (/conflict with recovery/.test(message)) {
    const remedy =
      "On the standby set hot_standby_feedback = on, or a max_standby_streaming_delay longer than a refresh; or read from the primary.";
    return {
      code: "standby-conflict",
      what: "The standby ended our reading so that it could follow its primary",
      remedy,
    };
  }
  if (sqlState.startsWith("53")) {
    const remedy = "Give the server room (disk, memory, connections), or drop databases that earlier runs kept.";
    const code = sqlState === "53100" ? "disk-full" : "server-resources";
    return { code, what: "A server ran out of what the refresh needs", remedy };
  }
  if (sqlState === "57014") {
    const remedy = "Ask who cancels statements there (an administrator, or statement_timeout), then run it again.";
    return { code: "statement-cancelled", what: "A statement of the refresh was cancelled on the server", remedy };
  }
  if (/^(?:08|57P|25P0[34])/.test(sqlState)) {
    const remedy = "Look at the server's log and the network between, then run it again.";
    return { code: "connection-lost", what: "A connection of the refresh was lost", remedy };
  }
  return undefined;
}

/** The error to report for a failed run: faults of servers and networks get words of their own, all others stay. */
export function explainFailure(error: unknown): unknown {
  const origin = error instanceof Error && error.cause instanceof DatabaseError ? error.cause : error;
  const meaning = origin instanceof DatabaseError ? meaningOf(origin) : undefined;
  // An error that knows better what it meant is left alone, such as a lock that was not to be had.
  if (
    !meaning ||
    (error instanceof ExpectedError && !/^(?:copy-failed|mask-collision|schema-object)$/.test(error.code))
  ) {
    return error;
  }
  const message = `${meaning.what}; staging is as it was before. ${(origin as Error).message}.`;
  return new ExpectedError({ code: meaning.code, message, remedy: meaning.remedy }, { cause: error });
}
