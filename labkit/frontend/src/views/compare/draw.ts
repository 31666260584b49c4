// The numbers and colours of a compare view, as in labkit/views/compare. No DOM.
import { ramp, translucent } from "../../core/color-scale";
import { kindName } from "../../core/names";
import { kindColor } from "../../core/step-kinds";
import { t } from "../../core/words";
import { KL_DARK, KL_LIGHT, MORE_DARK, MORE_LIGHT } from "./colors";
import type { Focus, KindMean } from "./contract";

export type Measure = Focus["color"];

/** The three ramps of a theme, 256 colours each: b expects a piece less, or more; the divergence. */
export interface Ramps {
  readonly less: readonly string[];
  readonly more: readonly string[];
  readonly kl: readonly string[];
}

export const rampsOf = (dark: boolean): Ramps => ({
  less: ramp(dark),
  more: translucent(dark ? MORE_DARK : MORE_LIGHT),
  kl: translucent(dark ? KL_DARK : KL_LIGHT),
});

/** The size of a value as a colour level, 0 to 255; 0 if the value is unknown. */
export const level = (value: number, top: number): number =>
  Number.isNaN(value) ? 0 : Math.round(255 * Math.min(1, Math.abs(value) / top));

/** The background of a value; empty if the value is too small to see. */
export function colorOf(ramps: Ramps, measure: Measure, value: number, top: number): string {
  const colors = measure === "kl" ? ramps.kl : value > 0 ? ramps.more : ramps.less;
  return colors[level(value, top)] ?? "";
}

/** The colours of the legend from its left end to its right end. */
export function legendStops(ramps: Ramps, measure: Measure): string[] {
  const some = (colors: readonly string[]) => colors.filter((_, i) => i % 17 === 0);
  const stops = measure === "kl" ? some(ramps.kl) : [...some(ramps.less).reverse(), ...some(ramps.more)];
  return stops.map((color) => color || "transparent");
}

/** A number of nats with its sign, as `nats` in wording.py; `?` if it is unknown. */
export function nats(value: number | null, digits = 2): string {
  if (value === null || Number.isNaN(value)) return "?";
  const small = Math.abs(value) < 0.5 * 10 ** -digits;
  return `${small || value < 0 ? "" : "+"}${(small ? 0 : value).toFixed(digits)}`.replace("-", "−");
}

/** The ratio of two probabilities by the difference of their logarithms: "36", "1/4.5". */
export function ratio(difference: number): string {
  const factor = Math.exp(Math.abs(difference));
  const digits = factor < 1.995 ? 2 : factor < 9.95 ? 1 : 0;
  const shown = factor < 1e6 ? factor.toFixed(digits) : factor.toExponential(0).replace("e+", "e");
  return difference < 0 && Number(shown) !== 1 ? `1/${shown}` : shown;
}

/** The next piece after `from` among the 5 % with the largest values, if it is at least 0.1 nats. */
export function nextLarge(values: Float32Array, from: number): number | undefined {
  const sizes = values.map((value) => (Number.isNaN(value) ? 0 : Math.abs(value)));
  const sorted = sizes.toSorted((a, b) => b - a);
  const bound = Math.max(0.1, sorted[Math.ceil(sorted.length / 20) - 1] ?? 0);
  const after = sizes.findIndex((size, i) => i > from && size >= bound);
  const next = after >= 0 ? after : sizes.findIndex((size) => size >= bound);
  return next >= 0 ? next : undefined;
}

/** The lowest and the highest value of each of `n` columns; 0 is within. */
export function extremes(values: Float32Array, n: number): { low: Float32Array; high: Float32Array } {
  const [low, high] = [new Float32Array(n), new Float32Array(n)];
  values.forEach((value, i) => {
    const at = Math.min(n - 1, Math.floor((i * n) / values.length));
    if (value < (low[at] ?? 0)) low[at] = value;
    if (value > (high[at] ?? 0)) high[at] = value;
  });
  return { low, high };
}

/** The largest end of all bars and intervals, for an axis with 0 in the middle. */
export const reachOf = (kinds: readonly KindMean[]): number =>
  Math.max(...kinds.flatMap(({ mean, low, high }) => [mean, low ?? 0, high ?? 0]).map(Math.abs)) || 1;

/** A kind of step, "answer" or "tag", in the language of the page. */
export const nameOfKind = (kind: string): string =>
  kind === "answer" ? t("answer") : kind === "tag" ? t("tag") : kindName(kind);

/** The class of the colour of a kind; answers and tags have none. */
export const classOfKind = (kind: string): string =>
  kind === "answer" || kind === "tag" ? "" : kindColor(kind);
