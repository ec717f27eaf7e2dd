import { escapeHtml, htmlTable } from "./html.ts";
import type { Availability, DemoRecord, Sample } from "./record.ts";
import { timelineSvg } from "./timeline.ts";

const style = `
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6878; --line: #d8dee6; --paper: #fff; --card: #f6f8fa; --good: #1f7a50; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --soft: #9aa7b5; --line: #313b47; --paper: #12181f; --card: #1a222c; --good: #5ecf9a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.25rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p.lead { color: var(--soft); margin: 0 0 1rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; }
.figure { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; }
.figure b { display: block; font-size: 1.4rem; } .figure span { color: var(--soft); font-size: .85rem; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
svg { width: 100%; height: auto; min-width: 36rem; } svg .label { fill: var(--soft); font: 11px system-ui, sans-serif; } svg .tick { stroke: var(--line); }
.good { color: var(--good); } .legend i { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin: 0 .3rem 0 1rem; }`;

/** The closing page of the demo: one HTML file without any reference to the outside. */
export function demoPage(record: DemoRecord): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><title>${escapeHtml(record.title)}</title><style>${style}</style></head><body>
<h1>${escapeHtml(record.title)}</h1>
<p class="lead">${escapeHtml(record.startedAt)}. Real PostgreSQL, Odoo and git; GitHub is the only part that is simulated.</p>
<div class="figures">${figures(record).map(figure).join("")}</div>
<h2>What ran when, and what a client saw meanwhile</h2>
<div class="scroll">${timelineSvg(record)}</div>
<p class="legend"><i style="background:#2e9e6b"></i>serving<i style="background:#e8a33d"></i>maintenance answer (503)<i style="background:#d64545"></i>unreachable</p>
${htmlTable(["instance", "answers", "maintenance", "unreachable"], record.availability.map(availabilityRow))}
<h2>The same rows in production and on staging</h2>
${sampleTable(record.sample)}
<h2>What was updated</h2>
${htmlTable(["environment", "modules updated", "modules installed", "update", "closed to users"], record.updates.map(updateRow))}
<h2>History</h2>
${htmlTable(
  ["branch", "verdict"],
  record.verdicts.map(({ branch, verdict }) => [branch, verdict]),
)}
<h2>Masks</h2>
${htmlTable(["mask", "columns"], maskRows(record))}
<h2>Where it runs</h2>
${htmlTable(
  ["instance", "address", "release"],
  record.instances.map(({ name, url, release }) => [name, url, release]),
)}
</body></html>
`;
}

function figures(record: DemoRecord): Array<[string, string]> {
  const { refresh, leaks } = record;
  const total = Math.max(...record.phases.map((phase) => phase.to));
  return [
    [`${(total / 1000).toFixed(0)} s`, "whole demo"],
    [refresh.rows.toLocaleString("en"), `rows copied, ${refresh.tables} tables`],
    [`${refresh.seconds.toFixed(1)} s`, "masked copy, built and verified"],
    [String(leaks.found), `of ${leaks.needles} planted personal texts found in ${leaks.places} places`],
    [`${closedSeconds(record, "production").toFixed(1)} s`, "production closed for its update"],
  ];
}

function closedSeconds(record: DemoRecord, environment: string): number {
  return record.updates.findLast((update) => update.environment === environment)?.downtimeSeconds ?? 0;
}

function figure([value, label]: [string, string]): string {
  return `<div class="figure"><b>${escapeHtml(value)}</b><span>${escapeHtml(label)}</span></div>`;
}

function availabilityRow({ instance, answers, spans }: Availability): string[] {
  const seconds = (kind: string) =>
    spans.filter((span) => span.kind === kind).reduce((sum, { from, to }) => sum + (to - from) / 1000, 0);
  return [
    instance,
    String(answers),
    `${seconds("maintenance").toFixed(1)} s`,
    `${seconds("unreachable").toFixed(1)} s`,
  ];
}

function sampleTable({ table, columns, before, after }: Sample): string {
  const rows = before.flatMap((row, index) => [
    ["production", ...row],
    ["staging", ...(after[index] ?? [])],
  ]);
  return htmlTable([table, ...columns], rows);
}

function updateRow({
  environment,
  updated,
  installed,
  seconds,
  downtimeSeconds,
}: DemoRecord["updates"][number]): string[] {
  const list = (names: string[]) => (names.length === 0 ? "none" : names.join(", "));
  return [environment, list(updated), list(installed), `${seconds.toFixed(1)} s`, `${downtimeSeconds.toFixed(1)} s`];
}

function maskRows({ refresh }: DemoRecord): string[][] {
  const masks = Object.entries(refresh.masks).sort(([, a], [, b]) => b - a);
  return [...masks.map(([mask, columns]) => [mask, String(columns)]), ["kept, with a reason", String(refresh.kept)]];
}
