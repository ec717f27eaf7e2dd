import { z } from "zod";
import { absolutePath, instanceSchema } from "../environment/instance-schema.ts";
import { isDeploymentId } from "../environment/run-ids.ts";
import { isDatabaseName, isSha } from "../platform/names.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const objectId = z.string().refine(isSha, { error: "must be a git object id" });
const id = z.string().refine(isDeploymentId, { error: "must be the id of a deployment" });

/** What the host is asked to deploy; holds no secret, since it is kept on disk for recovery. */
export const deployRequestSchema = z
  .object({
    id,
    instance: instanceSchema,
    release: z.object({
      commit: objectId,
      tree: objectId,
      archive: absolutePath,
      sha256,
      /** Every file of the commit: mode, blob id, path. */
      files: z.array(z.tuple([z.string(), objectId, z.string()])),
    }),
    /** Whose sessions may be ended when the database is closed. */
    expendable: z
      .object({ roles: z.array(z.string()), applications: z.array(z.string()), clients: z.array(z.string()) })
      .default({ roles: [], applications: [], clients: [] }),
    /** The commit that this deployment was judged to follow; null before the first. */
    replaces: objectId.nullable(),
    /** Folders of the repository that hold modules. */
    addons: z.array(z.string()).min(1),
    /** Modules to install if they are not. */
    install: z.array(z.string()).default([]),
    /** A prepared database that takes the place of the instance's own. */
    databaseCopy: z.string().refine(isDatabaseName).optional(),
    /** The key that must have signed the manifest of the prepared database, where the team asks for one. */
    manifestPublicKey: z.string().optional(),
    /** The other instances on the same node, none of which may be this one under another name. */
    neighbours: z.array(instanceSchema).default([]),
    /** What becomes of single sign-on when it is neutralized again (default off). */
    oauth: z.enum(["off", "keep"]).optional(),
    updateTimeoutMs: z.int().positive(),
    healthTimeoutMs: z.int().positive(),
    lockTimeoutMs: z.int().nonnegative(),
    /** Old releases to keep besides the current and the previous one. */
    keepReleases: z.int().positive().default(5),
    /** Who asks, for those who wait for the lock. */
    run: z.object({ url: z.string(), actor: z.string() }).optional(),
  })
  .refine(({ instance, databaseCopy }) => instance.role !== "production" || databaseCopy === undefined, {
    path: ["databaseCopy"],
    error: "production's database is never swapped",
  });

/** A deployment as asked for, defaults filled in. */
export type DeployRequest = z.output<typeof deployRequestSchema>;

/** How a follower, an abort or a recovery names its deployment. */
export const deploymentReference = z.object({ base: absolutePath, id, after: z.int().nonnegative().default(0) });

/** One phase as the report shows it. */
export interface PhaseTime {
  phase: string;
  seconds: number;
}

/** Why a deployment did not succeed. */
export interface Failure {
  phase: string;
  code: string;
  message: string;
  remedy: string;
  /** The first traceback of Odoo's log, if any. */
  traceback?: string;
  /** The end of Odoo's log, if any. */
  logTail?: string;
}

/** How a deployment ended, and exactly what it left. */
export interface DeployResult {
  id: string;
  /** failed: nothing was changed, or it was opened already and needs a person; `state` tells which. */
  outcome: "deployed" | "noop" | "rolled-back" | "failed";
  release: string;
  commit: string;
  tree: string;
  sha256: string;
  mode: "noop" | "restart" | "update" | "unknown";
  updated: string[];
  installed: string[];
  phases: PhaseTime[];
  downtimeSeconds: number;
  updateSeconds: number;
  warnings: string[];
  /** One sentence: which release and which database serve now. */
  state: string;
  failure?: Failure;
}
