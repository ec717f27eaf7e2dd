/** Blocks of a table's heap: from `from` up to, but without, `to`; without `to`, to the end wherever that is by then. */
export interface BlockRange {
  from: number;
  to?: number;
}

const SMALLEST_PIECE = 256 * 1024 * 1024;
const MOST_PIECES = 1000;

/**
 * Bytes of one piece of a table. One table is one stream, so pieces are wanted as soon as one alone would outlast the
 * other streams; not earlier, since only a whole table can be loaded frozen.
 */
export function pieceSize(totalBytes: number, jobs: number): number {
  return Math.max(SMALLEST_PIECE, totalBytes / (2 * jobs));
}

/**
 * Cuts a table into ranges of about `pieceBytes`, what lies in TOAST counted; the whole as one range when it is not worth
 * it. Numbers of blocks are read after the snapshot was taken, and the last range is open, so that no row is missed.
 */
export function blockRanges({ bytes, blocks }: { bytes: number; blocks: number }, pieceBytes: number): BlockRange[] {
  const pieces = Math.min(Math.floor(bytes / pieceBytes), blocks, MOST_PIECES);
  if (pieces < 2) return [{ from: 0 }];
  const bound = (piece: number) => Math.round((blocks * piece) / pieces);
  return Array.from({ length: pieces }, (_, piece) =>
    piece === pieces - 1 ? { from: bound(piece) } : { from: bound(piece), to: bound(piece + 1) },
  );
}

/** SQL condition on `t`, which the server answers by reading these blocks only; undefined for the whole table. */
export function rangeCondition({ from, to }: BlockRange): string | undefined {
  const bounds = [
    ...(from > 0 ? [`t.ctid >= '(${from},0)'::pg_catalog.tid`] : []),
    ...(to === undefined ? [] : [`t.ctid < '(${to},0)'::pg_catalog.tid`]),
  ];
  return bounds.length > 0 ? bounds.join(" AND ") : undefined;
}
