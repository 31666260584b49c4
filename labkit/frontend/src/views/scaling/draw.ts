// The chart of a scaling view: places, axes, bands, curves and labels. No DOM; labkit/views/scaling/png.py draws the same.
import { logTicks, spaced, ticks } from "../../core/axes";
import { fillLabel, setFont, setStroke } from "../../core/canvas-text";
import { band, line, marker, type Marker } from "../../core/plot";
import { seriesColor } from "../../core/series";
import type { Palette } from "../../core/theme";
import type { Curve, Focus, Point, Scene } from "./contract";
import { fromPython, t, whole } from "../../core/words";

export type Axis = Focus["axis"];

/** The colours of the chart, CSS variables of the view. */
export const COLORS = ["ink", "muted", "rule", "paper"] as const;
export type PlotPalette = Palette<(typeof COLORS)[number]>;

export const MARKERS: Readonly<Record<Curve["measure"], Marker>> = {
  "pass@k": "dot",
  "maj@k": "ring",
  accuracy: "diamond",
};

const LEFT = 50;
const TOP = 12;
const BOTTOM = 44;
const EDGE = 16; // points at the right of a plot without labels
const LABELS = 200; // the most that labels take
const BESIDE = 40; // of a label's room: its marker, and the space around it
const ROOMY = 600; // a narrower chart has no labels beside its curves
const LABEL_SIZE = 12;
const LABEL_GAP = 15;
const LEADER = 30; // a label at most this many points away is joined to its curve
const REACH = 32; // a pointer at most this many points away selects a point
const OPACITY = { few: "2e", many: "17", chosen: "47", other: "0a" };

/** The box of a plot in points, and the ends of its axes. */
export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly extent: readonly [number, number];
  readonly span: readonly [number, number];
  /** Whether there is room for labels beside the curves. */
  readonly labels: boolean;
}

/** A drawn point: its curve, its index in the curve, and its place in the chart. */
export interface Spot {
  readonly curve: number;
  readonly point: number;
  readonly x: number;
  readonly y: number;
}

/** A point by its indices. */
export type Choice = Pick<Spot, "curve" | "point">;

/** The place of a point on an axis; null if it has none. */
export const placeOf = (point: Point, axis: Axis): number | null => (axis === "k" ? point.k : point.tokens);

/** The ends of the horizontal axis, over all curves; a single value gets room on both sides. */
export function extentOf(scene: Scene, axis: Axis): [number, number] {
  const places = scene.curves.flatMap((curve) => curve.points.flatMap((point) => placeOf(point, axis) ?? []));
  const [low, high] = [Math.min(...places), Math.max(...places)];
  return low < high ? [low, high] : [low / 2, low * 2];
}

/** The box of the plot; `longest` is the width of the longest label. */
export function frameOf(scene: Scene, axis: Axis, width: number, height: number, longest: number): Frame {
  return {
    left: LEFT,
    top: TOP,
    right: Math.max(LEFT + 1, width - (width < ROOMY ? EDGE : Math.min(LABELS, longest + BESIDE))),
    bottom: height - BOTTOM,
    extent: extentOf(scene, axis),
    span: scene.span,
    labels: width >= ROOMY,
  };
}

/** The place of a value: logarithmic from left to right, linear upwards. */
export function at(frame: Frame, place: number, value: number): [number, number] {
  const [[first, last], [low, high]] = [frame.extent, frame.span];
  const across = Math.log(place / first) / Math.log(last / first);
  const up = (value - low) / (high - low);
  return [frame.left + (frame.right - frame.left) * across, frame.bottom - (frame.bottom - frame.top) * up];
}

/** The points of the curves that are switched on, curve by curve, from left to right. */
export function spotsOf(scene: Scene, focus: Focus, frame: Frame): Spot[] {
  return scene.curves.flatMap((curve, index) =>
    focus.hidden.includes(index)
      ? []
      : curve.points
          .flatMap((point, i) => {
            const place = placeOf(point, focus.axis);
            if (place === null) return [];
            const [x, y] = at(frame, place, point.value);
            return [{ curve: index, point: i, x, y }];
          })
          .sort((a, b) => a.x - b.x),
  );
}

/** The point nearest to a place, if it is near enough. */
export function nearest(spots: readonly Spot[], x: number, y: number): Spot | undefined {
  const distance = (spot: Spot) => Math.hypot(spot.x - x, spot.y - y);
  const [first] = [...spots].sort((a, b) => distance(a) - distance(b));
  return first && distance(first) <= REACH ? first : undefined;
}

/** The spot of a choice, if it is drawn. */
export function spotAt(spots: readonly Spot[], choice: Choice | undefined): Spot | undefined {
  return spots.find((spot) => spot.curve === choice?.curve && spot.point === choice.point);
}

/**
 * The point that a key leads to: left and right along the curve, Home and End to its ends, up and down to the nearest
 * point of the previous or next curve. Without a choice, the first point.
 */
export function step(spots: readonly Spot[], from: Spot | undefined, key: string): Spot | undefined {
  if (!from) return spots[0];
  const own = spots.filter((spot) => spot.curve === from.curve);
  const along = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity }[key];
  if (along !== undefined) return own[Math.max(0, Math.min(own.length - 1, own.indexOf(from) + along))];
  const curves = [...new Set(spots.map((spot) => spot.curve))];
  const next = curves[curves.indexOf(from.curve) + (key === "ArrowUp" ? -1 : 1)];
  return spots
    .filter((spot) => spot.curve === next)
    .sort((a, b) => Math.abs(a.x - from.x) - Math.abs(b.x - from.x))[0];
}

/** A point in words: its curve, its place, its value with the interval, and the number of problems. */
export function wordsOf(curve: Curve, point: Point): [string, string, string] {
  const [k = "", tokens = "", value = "", interval = "", problems = ""] = point.cells;
  const place = [
    ...(point.k === null ? [] : [`k = ${k}`]),
    ...(point.tokens === null ? [] : [t("{n} tokens", { n: fromPython(tokens) })]),
  ];
  const bounds =
    point.low === null ? "" : ` (${t("95 % interval {interval}", { interval: fromPython(interval) })})`;
  const counted =
    problems === "1" ? t("{n} problem", { n: 1 }) : t("{n} problems", { n: fromPython(problems) });
  return [curve.name, place.join(", "), `${value}${bounds}, ${counted}`];
}

/** The accuracy of one sample, if the curve is a pass@k with several k. */
export function baselineOf(curve: Curve): number | undefined {
  const [first] = curve.points;
  return curve.measure === "pass@k" && first?.k === 1 && curve.points.length > 1 ? first.value : undefined;
}

/** Each k that occurs, if these are few; round numbers of tokens. */
export function axisTicks(scene: Scene, axis: Axis): number[] {
  const all = scene.curves.flatMap((curve) => curve.points.flatMap((point) => point.k ?? []));
  const ks = [...new Set(all)].sort((a, b) => a - b);
  return axis === "k" && ks.length <= 8 ? ks : logTicks(...extentOf(scene, axis));
}

/** The width of the longest name of a curve. */
export function longestName(ctx: CanvasRenderingContext2D, scene: Scene, palette: PlotPalette): number {
  setFont(ctx, palette.ink, LABEL_SIZE, palette.font);
  return Math.max(...scene.curves.map((curve) => ctx.measureText(curve.name).width));
}

/** Draws the chart; `chosen` is the point under the pointer or the selected one. */
export function drawChart(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  focus: Focus,
  frame: Frame,
  chosen: Choice | undefined,
  dark: boolean,
  palette: PlotPalette,
): void {
  const spots = spotsOf(scene, focus, frame);
  const curves = scene.curves.flatMap((curve, index) => {
    const own = spots.filter((spot) => spot.curve === index);
    return own.length ? [{ curve, index, own, color: seriesColor(curve.color, dark) }] : [];
  });
  drawAxes(ctx, scene, focus.axis, frame, palette);
  for (const { curve, index, own, color } of curves) {
    const ends = own.flatMap(({ x, point }) => {
      const { low = null, high = null } = curve.points[point] ?? {};
      return low === null || high === null
        ? []
        : [{ x, low: at(frame, 1, low)[1], high: at(frame, 1, high)[1] }];
    });
    const plain = curves.length > 2 ? OPACITY.many : OPACITY.few;
    band(ctx, ends, color + (chosen ? (chosen.curve === index ? OPACITY.chosen : OPACITY.other) : plain));
  }
  for (const { curve, own, color } of curves) {
    drawBaseline(ctx, curve, frame, color);
    setStroke(ctx, color, 1.75);
    ctx.lineJoin = "round";
    line(
      ctx,
      own.map(({ x, y }) => [x, y] as const),
    );
    for (const { x, y, point } of own) {
      const radius = spotAt(own, chosen)?.point === point ? 6 : 3.5;
      marker(ctx, x, y, radius, MARKERS[curve.measure], color, palette.paper);
    }
  }
  if (frame.labels) drawLabels(ctx, curves, frame, palette);
}

function drawAxes(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  axis: Axis,
  frame: Frame,
  palette: PlotPalette,
): void {
  setFont(ctx, palette.muted, 11, palette.font);
  for (const tick of ticks(...frame.span, 5)) {
    const y = at(frame, frame.extent[0], tick)[1];
    setStroke(ctx, palette.rule);
    line(ctx, [
      [frame.left, Math.round(y) + 0.5],
      [frame.right, Math.round(y) + 0.5],
    ]);
    fillLabel(ctx, `${Math.round(100 * tick)} %`, frame.left - 9, y);
  }
  setStroke(ctx, palette.muted);
  line(ctx, [
    [frame.left, frame.bottom + 0.5],
    [frame.right, frame.bottom + 0.5],
  ]);
  for (const tick of axisTicks(scene, axis)) {
    const x = Math.round(at(frame, tick, 0)[0]) + 0.5;
    line(ctx, [
      [x, frame.bottom],
      [x, frame.bottom + 4],
    ]);
    fillLabel(ctx, whole(tick), x, frame.bottom + 13, "center");
  }
  fillLabel(
    ctx,
    fromPython(scene.titles[axis] ?? ""),
    (frame.left + frame.right) / 2,
    frame.bottom + 32,
    "center",
  );
}

/** The accuracy of one sample as a dashed line. */
function drawBaseline(ctx: CanvasRenderingContext2D, curve: Curve, frame: Frame, color: string): void {
  const value = baselineOf(curve);
  if (value === undefined) return;
  const y = at(frame, 1, value)[1];
  setStroke(ctx, color);
  ctx.setLineDash([4, 3]);
  line(ctx, [
    [frame.left, y],
    [frame.right, y],
  ]);
  ctx.setLineDash([]);
}

interface Drawn {
  readonly curve: Curve;
  readonly own: readonly Spot[];
  readonly color: string;
}

/** Writes the name of each curve at the right, at the height of its last point. */
function drawLabels(
  ctx: CanvasRenderingContext2D,
  curves: readonly Drawn[],
  frame: Frame,
  palette: PlotPalette,
): void {
  const ends = curves.map(({ own }) => own.at(-1) ?? { x: 0, y: 0 });
  const heights = spaced(
    ends.map(({ y }) => y),
    frame.bottom,
    LABEL_GAP,
  );
  curves.forEach(({ curve, color }, i) => {
    const [end, y, x] = [ends[i] ?? { x: 0, y: 0 }, heights[i] ?? 0, frame.right + 14];
    setStroke(ctx, color);
    if (x - end.x <= LEADER)
      line(ctx, [
        [end.x + 5, end.y],
        [x - 5, y],
      ]);
    marker(ctx, x, y, 3.5, MARKERS[curve.measure], color, palette.paper);
    setFont(ctx, palette.ink, LABEL_SIZE, palette.font);
    fillLabel(
      ctx,
      fitted(curve.name, LABELS - BESIDE, (text) => ctx.measureText(text).width),
      x + 9,
      y,
      "left",
    );
  });
}

/** A text shortened to a width. */
export function fitted(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text;
  let shown = text;
  while (shown && measure(`${shown}…`) > width) shown = Array.from(shown).slice(0, -1).join("").trimEnd();
  return `${shown}…`;
}
