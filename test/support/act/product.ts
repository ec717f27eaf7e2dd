// The part of this repository that a consumer's `uses:` reaches, as a small folder that act can copy quickly.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { downLevel } from "./down-level.ts";

const checkout = join(import.meta.dirname, "../../..");
const parts = ["actions", "dist", ".github/workflows", ".github/actions", "package.json", "LICENSE"];

/** Slug under which consumers name this project, from package.json. */
export const productSlug = readSlug();

/** The ref of rewritten `$/` references. */
export const downLevelRef = "e2e";

export interface StagedProduct extends Disposable {
  dir: string;
  slug: string;
  /** Stands for the product's commit in `referenced_workflows`: it changes with the content. */
  sha: string;
}

function readSlug(): string {
  const { repository } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as { repository: string };
  return repository.replace(/^github:/, "");
}

/** Copies what is committed or could be (not what is ignored), down-levelled; fails when dist was never built. */
export function stageProduct(): StagedProduct {
  if (!existsSync(join(checkout, "dist/index.js")))
    throw new Error("dist/index.js is missing: run `npm run build` first");
  const dir = mkdtempSync(join(tmpdir(), "product-"));
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...parts];
  const files = execFileSync("git", list, { cwd: checkout, encoding: "utf8" }).split("\0").filter(Boolean);
  const hash = createHash("sha1");
  for (const file of new Set(files)) {
    const from = join(checkout, file);
    if (!existsSync(from)) continue;
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    cpSync(from, join(dir, file));
    hash.update(file).update(readFileSync(from));
  }
  for (const file of yamlFiles(dir))
    writeFileSync(file, downLevel(readFileSync(file, "utf8"), productSlug, downLevelRef));
  const remove = () => rmSync(dir, { recursive: true, force: true });
  return { dir, slug: productSlug, sha: hash.digest("hex"), [Symbol.dispose]: remove };
}

function yamlFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => join(dir, file));
}
