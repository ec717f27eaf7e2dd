import type { RefreshFigures, Way } from "./refresh.ts";

const WIDTH = 720;
const LEFT = 225;
const BAR = 34;
const GAP = 22;
const COLOURS = ["#2f6f9f", "#6aa6c9", "#b9d6e6", "#d9d9d9"];

interface Segment {
  label: string;
  seconds: number;
}

/** The bars of the chart: what each way spends its time on; of our two refreshes the last. */
function bars({ ours: [, ours], dump, pgcopydb }: RefreshFigures): { label: string; segments: Segment[] }[] {
  const sum = ({ steps }: Way, names: readonly string[]) =>
    names.reduce((total, name) => total + (steps[name] ?? 0), 0);
  const copying = ["preflight", "snapshot", "plan", "strategy", "schema", "copy", "constraints"];
  const copied = sum(ours, copying);
  return [
    {
      label: "this project",
      segments: [
        { label: "masked copy", seconds: copied },
        { label: "proof, swap", seconds: ours.seconds - copied },
      ],
    },
    ...[
      { label: "pgcopydb + UPDATE", way: pgcopydb, copy: ["pgcopydb"] },
      { label: "pg_dump, pg_restore + UPDATE", way: dump, copy: ["pg_dump", "pg_restore"] },
    ].map(({ label, way, copy }) => ({
      label,
      segments: [
        { label: "copy, indexes", seconds: sum(way, copy) },
        { label: "masks by UPDATE", seconds: way.seconds - sum(way, copy) },
      ],
    })),
  ];
}

/** The chart of one run, as SVG without fonts or scripts of its own. */
export function refreshChart(figures: RefreshFigures): string {
  const rows = bars(figures);
  const longest = Math.max(...rows.map(({ segments }) => segments.reduce((sum, { seconds }) => sum + seconds, 0)));
  const scale = (WIDTH - LEFT - 60) / longest;
  const height = rows.length * (BAR + GAP) + 16;
  const drawn = rows.flatMap(({ label, segments }, row) =>
    drawRow(label, segments, { y: 8 + row * (BAR + GAP), scale }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" font-family="sans-serif" font-size="13">`,
    "<title>Seconds of a masked copy of an Odoo database</title>",
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

function drawRow(label: string, segments: readonly Segment[], { y, scale }: { y: number; scale: number }): string[] {
  const lines = [`<text x="${LEFT - 8}" y="${y + 21}" text-anchor="end">${label}</text>`];
  let x = LEFT;
  for (const [index, segment] of segments.entries()) {
    const width = segment.seconds * scale;
    const tip = `<title>${segment.label}: ${segment.seconds.toFixed(0)} s</title>`;
    lines.push(
      `<rect x="${x.toFixed(1)}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" fill="${COLOURS[index]}">${tip}</rect>`,
    );
    lines.push(`<text x="${x.toFixed(1)}" y="${y + BAR + 13}" font-size="10" fill="#555555">${segment.label}</text>`);
    x += width;
  }
  const total = segments.reduce((sum, { seconds }) => sum + seconds, 0);
  return [...lines, `<text x="${(x + 6).toFixed(1)}" y="${y + 21}">${total.toFixed(0)} s</text>`];
}
