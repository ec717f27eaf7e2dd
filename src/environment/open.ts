import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ExpectedError } from "../platform/errors.ts";
import { withTemporaryDirectory } from "../platform/files.ts";
import { type GitAuth, Repository } from "../platform/git.ts";
import type { Log } from "../platform/log.ts";
import { type HostChannel, openHost } from "./host-channel.ts";
import { type PipelineFile, parsePipelineFile } from "./pipeline-file.ts";
import type { NodeDefinition } from "./pipeline-schema.ts";
import { type Instance, nodeOf, resolveInstance } from "./resolve.ts";
import { type Tunnel, withTunnel } from "./tunnel.ts";

/** Where the pipeline file is read from: a file of one commit of the team's repository. */
export interface PipelineSource {
  log: Log;
  git: GitAuth;
  /** Full SHA. */
  commit: string;
  /** Path inside the repository, such as `.github/odoo-pipeline.yml`. */
  file: string;
}

/** Which environment to open, and what its node wants for access. */
export interface EnvironmentRequest extends PipelineSource {
  environment: string;
  privateKey?: string | undefined;
  knownHosts?: string | undefined;
}

/** An environment ready to work on; disposing closes the channel. */
export interface OpenEnvironment extends AsyncDisposable {
  pipeline: PipelineFile;
  instance: Instance;
  host: HostChannel;
  /** Opens the channel to another node of the pipeline file; whoever asks closes it. */
  openNode(name: string): Promise<HostChannel>;
  /** The environment's way to servers that only another node reaches. */
  tunnelThrough(name: string): Tunnel;
  /** This machine's way to servers as a node reaches them. */
  tunnelHere(name: string): Tunnel;
}

/** Reads the pipeline file at a commit and opens the channel to the node of one environment. */
export async function openEnvironment(request: EnvironmentRequest): Promise<OpenEnvironment> {
  const pipeline = await loadPipelineFile(request);
  const instance = resolveInstance(pipeline, request.environment);
  const access = { ...request, bundleDir: programFolder() };
  const target = nodeOf(pipeline, instance);
  const named = (name: string) => pipeline.nodes[name] as NodeDefinition;
  const host = await openHost(target, access);
  const here: NodeDefinition = { host: "local" };
  return {
    ...{ pipeline, instance, host },
    openNode: (name) => openHost(named(name), access),
    tunnelThrough: (name) => (server, work) => withTunnel({ through: named(name), server, target }, access, work),
    tunnelHere: (name) => (server, work) => withTunnel({ through: named(name), server, target: here }, access, work),
    [Symbol.asyncDispose]: () => host.close(),
  };
}

/** The host program lies beside the bundle that runs now, or beside the sources' own folders. */
function programFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  return import.meta.url.endsWith(".ts") ? dirname(here) : here;
}

/** Reads the pipeline file of a commit from a shallow clone without blobs; only this one file is fetched. */
export async function loadPipelineFile({ log, git, commit, file }: PipelineSource): Promise<PipelineFile> {
  return await withTemporaryDirectory("odoo-pipeline-file-", async (dir) => {
    const repository = await Repository.clone(log, git, {
      dir,
      filter: "blob:none",
      depth: 1,
      refs: [`${commit}:refs/pipeline/commit`],
    });
    return await readPipelineFile(repository, commit, file);
  });
}

/** Reads the pipeline file of a commit that a clone has; throws ExpectedError "no-pipeline-file" when there is none. */
export async function readPipelineFile(repository: Repository, commit: string, file: string): Promise<PipelineFile> {
  const content = await repository.readBlob(commit, file);
  if (!content) throw missing(file, commit);
  return parsePipelineFile(content.toString("utf8"), file);
}

function missing(file: string, commit: string): ExpectedError {
  return new ExpectedError({
    code: "no-pipeline-file",
    message: `The commit ${commit.slice(0, 12)} has no file ${file}.`,
    remedy: `Copy action-templates/single-server/.github/odoo-pipeline.yml to ${file} and describe your servers, or set the input pipeline-file.`,
  });
}
