// A curve over the steps of a run: axis, texts and strokes. No DOM; labkit/views/training/png.py draws the same.
import { ticks } from "../../core/axes";
import { fillLabel, setFont, setStroke } from "../../core/canvas-text";
import { band, dot, line } from "../../core/plot";
import type { Palette } from "../../core/theme";
import type { Check, Curve } from "./contract";
import { fromPython, t } from "../../core/words";

/** The colours of a plot, CSS variables of the view. */
export const COLORS = ["ink", "muted", "rule", "line", "band", "paper"] as const;
export type PlotPalette = Palette<(typeof COLORS)[number]>;

/** Values over the steps; points with an interval get a band. */
export interface Series {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly points: readonly {
    readonly step: number;
    readonly value: number;
    readonly low?: number;
    readonly high?: number;
  }[];
  readonly span: readonly [number, number];
  readonly percent: boolean;
  readonly digits: number;
}

/** pass@1 on held-out problems, from its checks. */
export function ofChecks(checks: readonly Check[]): Series {
  return {
    name: "pass1",
    title: t("held-out pass@1"),
    unit: t("95 % interval"),
    points: checks,
    span: [0, 1],
    percent: true,
    digits: 0,
  };
}

/** A measure at every step, without the steps at which it was NaN or infinite. */
export function ofCurve(curve: Curve): Series {
  const points = curve.values.flatMap((value, i) => (value === null ? [] : [{ step: i + 1, value }]));
  return {
    ...curve,
    title: fromPython(curve.title),
    unit: fromPython(curve.unit),
    points,
    span: span(
      points.map((p) => p.value),
      curve.percent,
      curve.digits,
    ),
  };
}

/** From zero to a little above the highest, at least ten of the last decimal's units. */
export function span(values: readonly number[], percent: boolean, digits: number): [number, number] {
  if (percent) return [0, Math.max(0.05, ...values)];
  const [low, high] = [Math.min(0, ...values), Math.max(10 ** (1 - digits), ...values)];
  return [low, high + 0.06 * (high - low)];
}

/** A value as text; a value that is not zero does not look like zero. */
export function valueText(series: Pick<Series, "percent" | "digits">, value: number | undefined): string {
  if (value === undefined) return "–";
  const [shown, unit] = series.percent ? [100 * value, " %"] : [value, ""];
  if (shown === 0) return `0${unit}`;
  const least = 10 ** -series.digits;
  if (Math.abs(shown) < least / 2) return `${shown < 0 ? "−" : ""}<${least.toFixed(series.digits)}${unit}`;
  const digits = { minimumFractionDigits: series.digits, maximumFractionDigits: series.digits };
  return `${Number(shown.toFixed(series.digits)).toLocaleString("en", digits).replaceAll(",", t(","))}${unit}`.replace(
    "-",
    "−",
  );
}

/** The last point at or before a step. */
export function pointAt(series: Series, step: number): Series["points"][number] | undefined {
  return series.points.findLast((p) => p.step <= step);
}

const LEFT = 36;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 17;

/** The place of a step, and the step nearest to a place. */
export function across(
  width: number,
  last: number,
): { x: (step: number) => number; step: (x: number) => number } {
  const wide = Math.max(1, width - LEFT - RIGHT);
  return {
    x: (step) => LEFT + (wide * step) / Math.max(1, last),
    step: (x) => Math.max(0, Math.min(last, Math.round(((x - LEFT) / wide) * last))),
  };
}

/** Draws a series into a box; `cursor` is the step of the crosshair. */
export function plot(
  ctx: CanvasRenderingContext2D,
  series: Series,
  width: number,
  height: number,
  last: number,
  cursor: number | null,
  palette: PlotPalette,
): void {
  const { x } = across(width, last);
  const [low, high] = series.span;
  const y = (value: number) => height - BOTTOM - ((value - low) / (high - low)) * (height - TOP - BOTTOM);
  setFont(ctx, palette.muted, 10, palette.font);
  setStroke(ctx, palette.rule);
  for (const tick of ticks(low, high, 2)) {
    line(ctx, [
      [LEFT, Math.round(y(tick)) + 0.5],
      [width - RIGHT, Math.round(y(tick)) + 0.5],
    ]);
    fillLabel(ctx, series.percent ? `${Math.round(100 * tick)} %` : String(tick), LEFT - 5, y(tick));
  }
  fillLabel(ctx, "0", LEFT, height - 6, "left");
  fillLabel(ctx, t("step {number}", { number: last }), width - RIGHT, height - 6);
  if (cursor !== null) {
    setStroke(ctx, palette.muted);
    line(ctx, [
      [Math.round(x(cursor)) + 0.5, TOP - 4],
      [Math.round(x(cursor)) + 0.5, height - BOTTOM],
    ]);
  }
  const ends = series.points.flatMap((p) =>
    p.low === undefined || p.high === undefined ? [] : [{ x: x(p.step), low: y(p.low), high: y(p.high) }],
  );
  band(ctx, ends, palette.band);
  setStroke(ctx, palette.line, 1.75);
  ctx.lineJoin = "round";
  line(
    ctx,
    series.points.map((p) => [x(p.step), y(p.value)] as const),
  );
  const marked = cursor === null ? undefined : pointAt(series, cursor);
  for (const p of series.points) {
    if (p !== marked && series.points.length > 24) continue;
    ctx.fillStyle = palette.line;
    dot(ctx, x(p.step), y(p.value), p === marked ? 4.5 : 2.25);
    if (p !== marked) continue;
    ctx.fillStyle = palette.paper;
    dot(ctx, x(p.step), y(p.value), 2);
  }
}
