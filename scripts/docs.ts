// Fills the tables of inputs and outputs in the READMEs of the actions from their action.yml. `--check` fails when one is stale.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

interface Metadata {
  inputs?: Record<string, { description: string; required?: boolean; default?: string }>;
  outputs?: Record<string, { description: string }>;
}

const root = join(import.meta.dirname, "..");
const check = process.argv.includes("--check");
const stale: string[] = [];

for (const name of readdirSync(join(root, "actions")).sort()) {
  const readme = join(root, "actions", name, "README.md");
  const metadata = parse(readFileSync(join(root, "actions", name, "action.yml"), "utf8")) as Metadata;
  const before = readFileSync(readme, "utf8");
  const after = fill(fill(before, "inputs", inputsTable(metadata)), "outputs", outputsTable(metadata));
  if (after === before) continue;
  if (check) stale.push(`actions/${name}/README.md`);
  else writeFileSync(readme, after);
}
if (stale.length > 0) {
  console.error(`Stale tables, run \`npm run docs\`: ${stale.join(", ")}`);
  process.exitCode = 1;
}

function inputsTable({ inputs = {} }: Metadata): string {
  const rows = Object.entries(inputs).map(([name, { description, required, default: fallback }]) => {
    const value = fallback === undefined || fallback === "" ? (required ? "required" : "") : `\`${fallback}\``;
    return `| \`${name}\` | ${cell(description)} | ${value} |`;
  });
  return table("| input | meaning | default |", rows);
}

function outputsTable({ outputs = {} }: Metadata): string {
  return table(
    "| output | meaning |",
    Object.entries(outputs).map(([name, { description }]) => `| \`${name}\` | ${cell(description)} |`),
  );
}

function table(header: string, rows: string[]): string {
  const rule = header.replace(/[^|]+/g, " --- ");
  return [header, rule.trim(), ...rows].join("\n");
}

function cell(text: string): string {
  return text.trim().replace(/\s+/g, " ").replaceAll("|", "\\|");
}

function fill(text: string, section: string, content: string): string {
  const [start, end] = [`<!-- ${section}:start -->`, `<!-- ${section}:end -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`a README has no ${start} ... ${end}`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}
