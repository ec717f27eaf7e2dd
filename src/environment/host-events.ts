import { z } from "zod";

const logEvent = z.object({ type: z.literal("log"), level: z.enum(["info", "warning", "debug"]), message: z.string() });
const foreignEvent = z.object({ type: z.literal("foreign"), source: z.string(), text: z.string() });
const phaseEvent = z.object({
  type: z.literal("phase"),
  phase: z.string(),
  status: z.enum(["begin", "done", "failed"]),
  at: z.string(),
  seconds: z.number().optional(),
  detail: z.string().optional(),
});
const progressEvent = z.looseObject({ type: z.literal("progress") });
const resultEvent = z.object({ type: z.literal("result"), value: z.unknown() });
const errorEvent = z.object({ type: z.literal("error"), code: z.string(), message: z.string(), remedy: z.string() });

const hostEvent = z.discriminatedUnion("type", [
  logEvent,
  foreignEvent,
  phaseEvent,
  progressEvent,
  resultEvent,
  errorEvent,
]);

/** One line that the host program writes: what happens, and at the end a result or an error. */
export type HostEvent = z.infer<typeof hostEvent>;

/** Reads one line of the host program's output; undefined when the line is not an event, such as a banner of the login shell. */
export function parseHostEvent(line: string): HostEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return hostEvent.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
