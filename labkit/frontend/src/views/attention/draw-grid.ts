// Layers x heads as one grid of thumbnails: the place of each. Pure.

export interface Grid {
  readonly layers: number;
  readonly heads: number;
  readonly cell: number; // points from one thumbnail to the next
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const LEFT = 34;
const TOP = 32;
const GAP = 2;

/** The largest square cells that fit. */
export function gridOf(layers: number, heads: number, width: number, height: number): Grid {
  const cell = Math.max(9, Math.min((width - LEFT) / heads, (height - TOP) / layers, 64));
  return {
    layers,
    heads,
    cell,
    left: LEFT,
    top: TOP,
    width: LEFT + cell * heads,
    height: TOP + cell * layers,
  };
}

/** Upper left corner and side of a thumbnail. */
export function boxOf(g: Grid, layer: number, head: number): readonly [number, number, number] {
  const gap = g.cell > 24 ? 2 * GAP : g.cell > 14 ? GAP : 1;
  return [g.left + head * g.cell + gap / 2, g.top + layer * g.cell + gap / 2, g.cell - gap];
}

/** The head at a point. */
export function headAt(g: Grid, x: number, y: number): { layer: number; head: number } | undefined {
  const [layer, head] = [Math.floor((y - g.top) / g.cell), Math.floor((x - g.left) / g.cell)];
  return layer >= 0 && head >= 0 && layer < g.layers && head < g.heads ? { layer, head } : undefined;
}
