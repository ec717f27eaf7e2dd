import { escapeHtml } from "./html.ts";
import type { Availability, DemoRecord, Phase } from "./record.ts";

const lanes = ["prepare", "development", "staging", "production"] as const;
const laneColours: Record<Phase["lane"], string> = {
  prepare: "#8a94a6",
  development: "#3b82c4",
  staging: "#8b5fbf",
  production: "#2e9e6b",
};
const kindColours: Record<Availability["spans"][number]["kind"], string> = {
  serving: "#2e9e6b",
  maintenance: "#e8a33d",
  unreachable: "#d64545",
};
const width = 960;
const left = 150;
const rowHeight = 26;

/** The demo as a picture: what ran when, and below it how each instance answered meanwhile. SVG text. */
export function timelineSvg(record: DemoRecord): string {
  const end = Math.max(1, ...record.phases.map((phase) => phase.to));
  const x = (ms: number) => left + (Math.min(ms, end) / end) * (width - left - 16);
  const rows = lanes.flatMap((lane) => rowsOfLane(record.phases, lane));
  const bars = rows.map((row, index) => phaseRow(row, index, x));
  const answers = record.availability.map((entry, index) => availabilityRow(entry, rows.length + 0.5 + index, x));
  const height = 40 + (rows.length + 0.5 + record.availability.length) * rowHeight;
  const label = `Timeline of the demo, ${Math.round(end / 1000)} seconds`;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}" xmlns="http://www.w3.org/2000/svg">
${axis(end, x, height)}
${[...bars, ...answers].join("\n")}
</svg>`;
}

interface Row {
  lane: Phase["lane"];
  phases: Phase[];
}

/** One row for each lane that has phases; phases of a lane never overlap. */
function rowsOfLane(phases: Phase[], lane: Phase["lane"]): Row[] {
  const own = phases.filter((phase) => phase.lane === lane);
  return own.length === 0 ? [] : [{ lane, phases: own }];
}

function phaseRow({ lane, phases }: Row, index: number, x: (ms: number) => number): string {
  const y = 30 + index * rowHeight;
  const bars = phases.map(({ name, from, to }, position) => {
    const opacity = position % 2 === 0 ? 1 : 0.72;
    const seconds = ((to - from) / 1000).toFixed(1);
    const size = Math.max(2, x(to) - x(from));
    return `<rect x="${x(from).toFixed(1)}" y="${y}" width="${size.toFixed(1)}" height="18" rx="3" fill="${laneColours[lane]}" opacity="${opacity}"><title>${escapeHtml(name)}: ${seconds} s</title></rect>`;
  });
  return `${rowLabel(lane, y)}${bars.join("")}`;
}

function availabilityRow({ instance, spans }: Availability, index: number, x: (ms: number) => number): string {
  const y = 30 + index * rowHeight;
  const bars = spans.map(({ from, to, kind }) => {
    const size = Math.max(1, x(to) - x(from));
    return `<rect x="${x(from).toFixed(1)}" y="${y + 5}" width="${size.toFixed(1)}" height="8" fill="${kindColours[kind]}"><title>${kind}: ${((to - from) / 1000).toFixed(1)} s</title></rect>`;
  });
  return `${rowLabel(`${instance} answers`, y)}${bars.join("")}`;
}

function rowLabel(text: string, y: number): string {
  return `<text x="${left - 10}" y="${y + 13}" text-anchor="end" class="label">${escapeHtml(text)}</text>`;
}

function axis(end: number, x: (ms: number) => number, height: number): string {
  const step = [5, 10, 15, 30, 60, 120, 300].find((seconds) => end / 1000 / seconds <= 12) ?? 600;
  const ticks = Array.from({ length: Math.floor(end / 1000 / step) + 1 }, (_, index) => index * step);
  return ticks
    .map((seconds) => {
      const at = x(seconds * 1000).toFixed(1);
      return `<line x1="${at}" x2="${at}" y1="22" y2="${height}" class="tick"/><text x="${at}" y="14" text-anchor="middle" class="label">${seconds} s</text>`;
    })
    .join("");
}
