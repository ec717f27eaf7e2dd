import type { Readable, Writable } from "node:stream";
import { z } from "zod";
import type { HostEvent } from "../environment/host-events.ts";
import { instanceSchema } from "../environment/instance-schema.ts";
import { readOdooConfig } from "../odoo/config.ts";
import { filestoreOf, referredFiles } from "../odoo/filestore.ts";
import { missingFiles, type ReceivedFiles, receiveFiles, sendFiles } from "../odoo/filestore-stream.ts";
import { takeLine } from "../platform/first-line.ts";
import { isDatabaseName } from "../platform/names.ts";
import { withSession } from "../platform/postgres.ts";

// A line of the host program's output is cut after 64 KiB.
const NAMES_IN_EVENT = 500;

const missing = z.object({ target: instanceSchema, database: z.string().refine(isDatabaseName) });
const transfer = z.object({ instance: instanceSchema, names: z.array(z.string()) });

/** `missing-files`: tells the files that a finished copy refers to and its filestore lacks; returns how many it has. */
export async function missingFilesCommand(request: unknown, emit: (event: HostEvent) => void): Promise<number> {
  const { target, database } = missing.parse(request);
  const config = await readOdooConfig(target.config);
  const names = (await withSession({ ...config.connection, database }, referredFiles)) ?? [];
  const lacking = await missingFiles(filestoreOf(config.dataDir, config.dbName), names);
  for (let at = 0; at < lacking.length; at += NAMES_IN_EVENT) {
    emit({ type: "progress", kind: "missing-files", names: lacking.slice(at, at + NAMES_IN_EVENT) });
  }
  return names.length - lacking.length;
}

/** `send-files`: the named files of an instance, as a tar on standard output. */
export async function sendFilesCommand(request: unknown, output: Writable): Promise<null> {
  const { instance, names } = transfer.parse(request);
  await sendFiles(await filestore(instance.config), names, output);
  return null;
}

/** `receive-files`: one line of request, then the tar, on standard input. */
export async function receiveFilesCommand(input: Readable): Promise<ReceivedFiles> {
  const { line, rest } = await takeLine(input);
  const { instance, names } = transfer.parse(JSON.parse(line));
  return receiveFiles(await filestore(instance.config), names, rest);
}

async function filestore(path: string): Promise<string> {
  const { dataDir, dbName } = await readOdooConfig(path);
  return filestoreOf(dataDir, dbName);
}
