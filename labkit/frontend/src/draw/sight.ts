// Which part of a head is in sight, and which tile shows it. Pure arithmetic on positions.

/** The position at the upper left corner, and how many fit into each direction. */
export interface Sight {
  readonly row: number;
  readonly col: number;
  readonly span: number;
}

/** What a tile holds: positions, and how many of them one pixel stands for. */
export interface Piece {
  readonly rows: readonly [number, number];
  readonly cols: readonly [number, number];
  readonly per: number;
}

const CLOSEST = 8; // positions in sight, at least
const MARGIN = 0.12; // of what is in sight, asked for around it

export const whole = (count: number): Sight => ({ row: 0, col: 0, span: Math.max(1, count) });

/** The same sight, moved to where there is something to see. */
export function clamp({ row, col, span }: Sight, count: number): Sight {
  const size = Math.min(Math.max(span, Math.min(CLOSEST, count)), Math.max(1, count));
  const within = (at: number) => Math.min(Math.max(0, at), count - size);
  return { row: within(row), col: within(col), span: size };
}

/** Zooms by `factor` (below 1: closer); the point at `x`, `y` (0 to 1 of the sight) stays where it is. */
export function zoom(s: Sight, factor: number, x: number, y: number, count: number): Sight {
  const { span } = clamp({ ...s, span: s.span * factor }, count);
  return clamp({ row: s.row + y * (s.span - span), col: s.col + x * (s.span - span), span }, count);
}

/** Moves by positions. */
export const pan = (s: Sight, rows: number, cols: number, count: number): Sight =>
  clamp({ ...s, row: s.row + rows, col: s.col + cols }, count);

/** The sight around a weight, close enough to read the tokens. */
export const around = (row: number, col: number, span: number, count: number): Sight =>
  clamp({ row: row - span / 2, col: col - span / 2, span }, count);

/** The least movement that brings a weight into sight. */
export function reveal(s: Sight, row: number, col: number, count: number): Sight {
  const into = (at: number, from: number) => Math.min(Math.max(from, at + 1.5 - s.span), Math.max(at - 0.5, 0));
  return clamp({ ...s, row: into(row, s.row), col: into(col, s.col) }, count);
}

/** The tile for a sight on `pixels` points: whole multiples of `per`, so that each pixel pools as many weights. */
export function pieceOf(s: Sight, count: number, pixels: number): Piece {
  const per = Math.max(1, Math.ceil(s.span / pixels));
  const margin = s.span < count ? MARGIN * s.span : 0;
  const range = (from: number): readonly [number, number] => [
    Math.max(0, Math.floor((from - margin) / per) * per),
    Math.min(count, Math.ceil((from + s.span + margin) / per) * per),
  ];
  return { rows: range(s.row), cols: range(s.col), per };
}

/** Whether a tile shows all of a sight, finely enough. */
export function covers(piece: Omit<Piece, "per"> & { readonly down: number }, s: Sight, pixels: number): boolean {
  const inside = ([first, last]: readonly [number, number], from: number) => first <= from + 1e-6 && last >= from + s.span - 1e-6;
  return inside(piece.rows, s.row) && inside(piece.cols, s.col) && piece.down <= Math.max(1, Math.ceil(s.span / pixels));
}
