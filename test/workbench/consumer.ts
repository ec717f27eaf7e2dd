import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { commit, createBare, type FileChange, git } from "../support/git.ts";
import { checkout } from "./cache.ts";
import { consumerAddons } from "./odoo-database.ts";

const moduleFolder = "addons/library_loans";
const manifest = `${moduleFolder}/__manifest__.py`;
const model = `${moduleFolder}/models/library_loan.py`;
const views = `${moduleFolder}/views/library_loan_views.xml`;

/** The bare repository of a team that uses the pipeline, with the branches dev, staging and production. */
export interface Consumer {
  /** Holds `<owner>/<name>.git`, as a git server serves it. */
  root: string;
  fullName: string;
  dir: string;
  /** What all three branches start from. */
  baseCommit: string;
}

/** Makes the repository: the caller workflows of the template verbatim, the given pipeline file, one module. */
export async function createConsumer(options: {
  root: string;
  fullName: string;
  pipelineFile: string;
}): Promise<Consumer> {
  const { root, fullName } = options;
  const dir = await createBare(root, fullName, "production");
  const files: Record<string, string> = {
    ...(await filesBelow(join(checkout, "action-templates/single-server"), "")),
    ...(await filesBelow(consumerAddons, "addons/")),
    "README.md": "# Library\n\nOdoo addons of the Example Library.\n",
    ".github/odoo-pipeline.yml": options.pipelineFile,
  };
  const baseCommit = await commit(dir, "production", files, { message: "feat: lend books" });
  for (const branch of ["staging", "dev"]) await moveBranch(dir, branch, baseCommit);
  return { root, fullName, dir, baseCommit };
}

/** A change as a developer makes it: a stored field, shown in the list and the form. */
export async function addModuleFeature(consumer: Consumer, branch = "dev"): Promise<string> {
  const shown = '<field name="returned"/>';
  return change(consumer, branch, "feat(library_loans): count renewals", {
    [manifest]: (text) => replace(text, "19.0.1.0.0", "19.0.1.1.0"),
    [model]: (text) =>
      replace(
        text,
        "    remark = fields.Text()\n",
        "    remark = fields.Text()\n    renewals = fields.Integer(default=0)\n",
      ),
    [views]: (text) => replace(text, shown, `${shown}\n                <field name="renewals"/>`),
  });
}

/** A release whose update fails after it has changed data. */
export function addFailingMigration(consumer: Consumer, branch = "dev"): Promise<string> {
  return addMigration(consumer, branch, [
    "def migrate(cr, version):",
    "    cr.execute(\"UPDATE library_loan SET title = 'lost'\")",
    '    raise RuntimeError("the migration of library_loans fails on purpose")',
  ]);
}

/** A release whose update has half of its changes committed for so many seconds: titles are "half", then "whole". */
export function addSlowMigration(consumer: Consumer, seconds: number, branch = "dev"): Promise<string> {
  return addMigration(consumer, branch, [
    "import time",
    "",
    "",
    "def migrate(cr, version):",
    "    cr.execute(\"UPDATE library_loan SET title = 'half'\")",
    "    cr.commit()",
    `    time.sleep(${seconds})`,
    "    cr.execute(\"UPDATE library_loan SET title = 'whole'\")",
  ]);
}

function addMigration(consumer: Consumer, branch: string, lines: readonly string[]): Promise<string> {
  const version = "19.0.2.0.0";
  return change(consumer, branch, "feat(library_loans): sort the shelves", {
    [manifest]: (text) => text.replace(/"version": "[^"]+"/, `"version": "${version}"`),
    [`${moduleFolder}/migrations/${version}/post-sort.py`]: () => [...lines, ""].join("\n"),
  });
}

/** A commit that needs no update of any module. */
export async function addDocumentation(
  consumer: Consumer,
  branch = "dev",
  text = "Opening hours: 9 to 5.",
): Promise<string> {
  return change(consumer, branch, "docs: opening hours", { "README.md": (before) => `${before}\n${text}\n` });
}

/** A merge of a side branch into `branch`, which a linear history forbids. */
export async function addMergeCommit(consumer: Consumer, branch = "staging"): Promise<string> {
  const side = "side-of-merge";
  await commit(
    consumer.dir,
    side,
    { "side.txt": "side\n" },
    { from: `refs/heads/${branch}`, message: "feat: side work" },
  );
  const merge = { merge: [`refs/heads/${side}`], message: `Merge branch '${side}' into ${branch}` };
  const sha = await commit(consumer.dir, branch, { "side.txt": "side\n" }, merge);
  await git(consumer.dir, ["update-ref", "-d", `refs/heads/${side}`]);
  return sha;
}

/** Two commits, one on each branch, that change the same line in different ways. */
export async function addConflictingCommits(
  consumer: Consumer,
  one = "staging",
  other = "dev",
): Promise<[string, string]> {
  const title = (word: string) => (text: string) => replace(text, "# Library\n", `# ${word}\n`);
  return [
    await change(consumer, one, "docs: a title for staging", { "README.md": title("City Library") }),
    await change(consumer, other, "docs: a title for dev", { "README.md": title("Village Library") }),
  ];
}

/** Lets a branch point to a revision, as a push with force does. */
async function moveBranch(dir: string, branch: string, revision: string): Promise<void> {
  await git(dir, ["update-ref", `refs/heads/${branch}`, revision]);
}

type Edit = (before: string) => string;

async function change(
  consumer: Consumer,
  branch: string,
  message: string,
  edits: Record<string, Edit>,
): Promise<string> {
  const files: Record<string, FileChange> = {};
  for (const [path, edit] of Object.entries(edits)) {
    const before = await git(consumer.dir, ["show", `refs/heads/${branch}:${path}`]).catch(() => undefined);
    files[path] = edit(before === undefined ? "" : `${before}\n`); // git() trims the last line feed
  }
  return commit(consumer.dir, branch, files, { message });
}

function replace(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the consumer's file holds no ${JSON.stringify(from)}`);
  return text.replaceAll(from, () => to);
}

async function filesBelow(folder: string, prefix: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.parentPath.endsWith("__pycache__")) continue;
    const path = join(entry.parentPath, entry.name);
    files[prefix + path.slice(folder.length + 1)] = await readFile(path, "utf8");
  }
  return files;
}
