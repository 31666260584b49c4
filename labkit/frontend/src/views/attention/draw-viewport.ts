// The visible part of a head, and the tile that shows it. Pure arithmetic on positions.

/** The position at the upper left corner, and the number of positions in each direction. */
export interface Viewport {
  readonly row: number;
  readonly col: number;
  readonly span: number;
}

/** A window of positions; one pixel pools `per` x `per` weights. */
export interface TileRequest {
  readonly rows: readonly [number, number];
  readonly cols: readonly [number, number];
  readonly per: number;
}

const MIN_SPAN = 8; // positions, the closest zoom
const MARGIN = 0.12; // of the viewport, requested around it

export const complete = (count: number): Viewport => ({ row: 0, col: 0, span: Math.max(1, count) });

/** The viewport, moved and resized to lie within the head. */
export function clamp({ row, col, span }: Viewport, count: number): Viewport {
  const size = Math.min(Math.max(span, Math.min(MIN_SPAN, count)), Math.max(1, count));
  const within = (at: number) => Math.min(Math.max(0, at), count - size);
  return { row: within(row), col: within(col), span: size };
}

/** Zooms by `factor` (below 1: closer); the point at `x`, `y` (0 to 1 of the viewport) stays in place. */
export function zoom(s: Viewport, factor: number, x: number, y: number, count: number): Viewport {
  const { span } = clamp({ ...s, span: s.span * factor }, count);
  return clamp({ row: s.row + y * (s.span - span), col: s.col + x * (s.span - span), span }, count);
}

/** Moves by positions. */
export const pan = (s: Viewport, rows: number, cols: number, count: number): Viewport =>
  clamp({ ...s, row: s.row + rows, col: s.col + cols }, count);

/** The viewport around a weight. */
export const around = (row: number, col: number, span: number, count: number): Viewport =>
  clamp({ row: row - span / 2, col: col - span / 2, span }, count);

/** The least movement that makes a weight visible. */
export function reveal(s: Viewport, row: number, col: number, count: number): Viewport {
  const into = (at: number, from: number) =>
    Math.min(Math.max(from, at + 1.5 - s.span), Math.max(at - 0.5, 0));
  return clamp({ ...s, row: into(row, s.row), col: into(col, s.col) }, count);
}

/** The tile for a viewport of `pixels` points, aligned to multiples of `per` so that all pixels pool equally many weights. */
export function tileRequest(s: Viewport, count: number, pixels: number): TileRequest {
  const per = Math.max(1, Math.ceil(s.span / pixels));
  const margin = s.span < count ? MARGIN * s.span : 0;
  const range = (from: number): readonly [number, number] => [
    Math.max(0, Math.floor((from - margin) / per) * per),
    Math.min(count, Math.ceil((from + s.span + margin) / per) * per),
  ];
  return { rows: range(s.row), cols: range(s.col), per };
}

/** Whether a tile shows a complete viewport at its resolution. */
export function covers(
  request: Omit<TileRequest, "per"> & { readonly down: number },
  s: Viewport,
  pixels: number,
): boolean {
  const inside = ([first, last]: readonly [number, number], from: number) =>
    first <= from + 1e-6 && last >= from + s.span - 1e-6;
  return (
    inside(request.rows, s.row) &&
    inside(request.cols, s.col) &&
    request.down <= Math.max(1, Math.ceil(s.span / pixels))
  );
}
