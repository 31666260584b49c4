// The parts of a chart on a canvas: lines, bands and markers. No DOM; labkit/views/core/plot.py draws the same.
import { setStroke } from "./canvas-text";

/** A place with an interval, in points of the canvas. */
export interface Interval {
  readonly x: number;
  readonly low: number;
  readonly high: number;
}

export type Marker = "dot" | "ring" | "diamond";

/** Strokes a line through points. */
export function line(ctx: CanvasRenderingContext2D, points: readonly (readonly [number, number])[]): void {
  ctx.beginPath();
  for (const [x, y] of points) ctx.lineTo(x, y);
  ctx.stroke();
}

/** Fills a disc. */
export function dot(ctx: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fill();
}

/** Fills intervals as a band; a single one is a thick line. */
export function band(ctx: CanvasRenderingContext2D, ends: readonly Interval[], color: string): void {
  if (ends.length === 1) {
    setStroke(ctx, color, 6);
    for (const { x, low, high } of ends)
      line(ctx, [
        [x, high],
        [x, low],
      ]);
  } else if (ends.length) {
    ctx.fillStyle = color;
    ctx.beginPath();
    for (const { x, high } of ends) ctx.lineTo(x, high);
    for (const { x, low } of ends.toReversed()) ctx.lineTo(x, low);
    ctx.fill();
  }
}

/** Draws a disc, a ring that is filled with `paper`, or a diamond. */
export function marker(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  kind: Marker,
  color: string,
  paper: string,
): void {
  ctx.fillStyle = color;
  if (kind === "diamond") {
    const r = 1.3 * radius;
    ctx.beginPath();
    for (const [dx, dy] of [
      [0, -r],
      [r, 0],
      [0, r],
      [-r, 0],
    ] as const)
      ctx.lineTo(x + dx, y + dy);
    ctx.fill();
    return;
  }
  dot(ctx, x, y, radius);
  if (kind !== "ring") return;
  ctx.fillStyle = paper;
  dot(ctx, x, y, radius - 1.4);
}
