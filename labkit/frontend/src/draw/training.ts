// A curve over the steps of a run: its axis, its words, its strokes. No DOM; labkit/views/training/data.py and
// _training_still.py draw the same.
import type { Check, Curve } from "../contract_training";
import { lettered, ruled, write } from "./pen";

export interface Inks {
  readonly ink: string;
  readonly muted: string;
  readonly rule: string;
  readonly accent: string;
  readonly band: string;
  readonly paper: string;
  readonly font: string;
}

/** Something that is drawn over the steps: points, and a band where an interval is known. */
export interface Series {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly points: readonly { readonly step: number; readonly value: number; readonly low?: number; readonly high?: number }[];
  readonly span: readonly [number, number];
  readonly percent: boolean;
  readonly digits: number;
}

/** pass@1 on held-out problems, from its checks. */
export function ofChecks(checks: readonly Check[]): Series {
  return { name: "pass1", title: "held-out pass@1", unit: "95 % interval", points: checks, span: [0, 1], percent: true, digits: 0 };
}

/** A measure of every step; steps at which it was no number are left out. */
export function ofCurve(curve: Curve): Series {
  const points = curve.values.flatMap((value, i) => (value === null ? [] : [{ step: i + 1, value }]));
  return { ...curve, points, span: span(points.map((p) => p.value), curve.percent, curve.digits) };
}

/** From zero to a little above the highest, at least ten of the last decimal's units. */
export function span(values: readonly number[], percent: boolean, digits: number): [number, number] {
  if (percent) return [0, Math.max(0.05, ...values)];
  const [low, high] = [Math.min(0, ...values), Math.max(10 ** (1 - digits), ...values)];
  return [low, high + 0.06 * (high - low)];
}

/** Round numbers between two ends: steps of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, most: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? rough;
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(10)));
}

/** A value as people read it: what is not zero does not look like zero. */
export function said(series: Pick<Series, "percent" | "digits">, value: number | undefined): string {
  if (value === undefined) return "–";
  const [shown, unit] = series.percent ? [100 * value, " %"] : [value, ""];
  if (shown === 0) return `0${unit}`;
  const least = 10 ** -series.digits;
  if (Math.abs(shown) < least / 2) return `${shown < 0 ? "−" : ""}<${least.toFixed(series.digits)}${unit}`;
  const digits = { minimumFractionDigits: series.digits, maximumFractionDigits: series.digits };
  return `${Number(shown.toFixed(series.digits)).toLocaleString("en", digits)}${unit}`.replace("-", "−");
}

/** What is known at a step: the last point at or before it. */
export function at(series: Series, step: number): Series["points"][number] | undefined {
  return series.points.findLast((p) => p.step <= step);
}

const [LEFT, RIGHT, TOP, BOTTOM] = [36, 8, 8, 17];

/** Where a step stands, and which step stands nearest to a place. */
export function across(width: number, last: number): { x(step: number): number; step(x: number): number } {
  const wide = Math.max(1, width - LEFT - RIGHT);
  return {
    x: (step) => LEFT + (wide * step) / Math.max(1, last),
    step: (x) => Math.max(0, Math.min(last, Math.round(((x - LEFT) / wide) * last))),
  };
}

/** Draws a series into a box; `here` is the step of the crosshair. */
export function plot(pen: CanvasRenderingContext2D, series: Series, width: number, height: number, last: number, here: number | null, inks: Inks): void {
  const { x } = across(width, last);
  const [low, high] = series.span;
  const y = (value: number) => height - BOTTOM - ((value - low) / (high - low)) * (height - TOP - BOTTOM);
  lettered(pen, inks.muted, 10, inks.font);
  ruled(pen, inks.rule);
  for (const tick of ticks(low, high, 2)) {
    line(pen, [[LEFT, Math.round(y(tick)) + 0.5], [width - RIGHT, Math.round(y(tick)) + 0.5]]);
    write(pen, series.percent ? `${Math.round(100 * tick)} %` : String(tick), LEFT - 5, y(tick));
  }
  write(pen, "0", LEFT, height - 6, "left");
  write(pen, `step ${last}`, width - RIGHT, height - 6);
  if (here !== null) {
    ruled(pen, inks.muted);
    line(pen, [[Math.round(x(here)) + 0.5, TOP - 4], [Math.round(x(here)) + 0.5, height - BOTTOM]]);
  }
  const banded = series.points.filter((p) => p.low !== undefined && p.high !== undefined);
  if (banded.length > 1) {
    pen.fillStyle = inks.band;
    pen.beginPath();
    for (const p of banded) pen.lineTo(x(p.step), y(p.high ?? p.value));
    for (const p of banded.toReversed()) pen.lineTo(x(p.step), y(p.low ?? p.value));
    pen.fill();
  } else
    for (const p of banded) {
      ruled(pen, inks.band, 6);
      line(pen, [[x(p.step), y(p.high ?? p.value)], [x(p.step), y(p.low ?? p.value)]]);
    }
  ruled(pen, inks.accent, 1.75);
  pen.lineJoin = "round";
  line(pen, series.points.map((p) => [x(p.step), y(p.value)] as const));
  const marked = here === null ? undefined : at(series, here);
  for (const p of series.points) {
    if (p !== marked && series.points.length > 24) continue;
    pen.fillStyle = inks.accent;
    dot(pen, x(p.step), y(p.value), p === marked ? 4.5 : 2.25);
    if (p !== marked) continue;
    pen.fillStyle = inks.paper;
    dot(pen, x(p.step), y(p.value), 2);
  }
}

function line(pen: CanvasRenderingContext2D, points: readonly (readonly [number, number])[]): void {
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
}

function dot(pen: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}
