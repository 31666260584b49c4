// The bars of a histogram; agrees with labkit/views/traces/histogram.py.
import { lastAtOrBefore } from "../../core/search";
import type { Column, Range } from "./contract";

const MOST_BINS = 24; // one more if the lowest value is in the middle of a bar
const LEAST_BINS = 8; // so that equal values are a bar and not the whole plot

/** Whether the values of a column are categories, and not amounts. */
export const isCategory = ({ kind }: Column): boolean => kind === "verdict" || kind === "finish";

/**
 * Bars of one width: bar `i` counts the values in `[low + i * width, low + (i + 1) * width)`. The values and these edges
 * are float32; the first and the last bar also count what lies beyond them.
 */
export interface Bins {
  readonly low: number;
  readonly width: number;
  readonly count: number;
}

/**
 * The bars of a column: 8 to 25, of a round width; undefined if no value is known. Where values are not counts, the
 * largest one may be the upper edge of the last bar.
 */
export function binsOf(column: Column, values: Float32Array): Bins | undefined {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return undefined;
  if (isCategory(column)) return { low: -0.5, width: 1, count: Math.max(2, high + 1) };
  const isCount = column.kind === "count";
  const width = roundWidth((high - low) / MOST_BINS, isCount);
  const first = Math.floor(low / width + 1e-9);
  const end = isCount ? Math.floor(high / width + 1e-9) + 1 : Math.ceil(high / width - 1e-6);
  return { low: first * width, width, count: Math.max(LEAST_BINS, end - first) };
}

/** 1, 2 or 5 times a power of ten, at least `least`; at least 1 for whole numbers. */
export function roundWidth(least: number, whole: boolean): number {
  if (whole && least <= 1) return 1;
  if (!(least > 0)) return 0.1;
  const power = 10 ** Math.floor(Math.log10(least));
  const width = [1, 2, 5, 10].map((m) => m * power).find((one) => one >= least * 0.999999) ?? 10 * power;
  return Number(width.toPrecision(6));
}

/** The lowest value of a bar. */
const edgeOf = ({ low, width }: Bins, bin: number): number => Number((low + bin * width).toPrecision(12));

const binOf = ({ low, width, count }: Bins, value: number): number =>
  Math.min(count - 1, Math.max(0, Math.floor((value - low) / width)));

/** How many values each bar has; values that are not known are left out. */
export function counted(bins: Bins, values: Float32Array, rows?: readonly number[]): number[] {
  const counts = new Array<number>(bins.count).fill(0);
  const edges = Float32Array.from(counts, (_, i) => (i ? edgeOf(bins, i) : -Infinity));
  const add = (value: number) => {
    if (Number.isNaN(value)) return;
    const bin = lastAtOrBefore(bins.count, (i) => edges[i] ?? 0, value);
    counts[bin] = (counts[bin] ?? 0) + 1;
  };
  if (rows) for (const row of rows) add(values[row] ?? NaN);
  else for (const value of values) add(value);
  return counts;
}

/** The range of the bars from `first` to `last`; an end of the histogram stays open. Undefined if that is all of it. */
export function rangeOf({ name }: Column, bins: Bins, first: number, last: number): Range | undefined {
  const low = first > 0 ? edgeOf(bins, first) : null;
  const high = last < bins.count - 1 ? edgeOf(bins, last + 1) : null;
  return low === null && high === null ? undefined : { column: name, low, high };
}

/** The first and the last bar of a range. */
export const binsIn = (bins: Bins, { low, high }: Range): readonly [number, number] => [
  low === null ? 0 : binOf(bins, low + bins.width / 2),
  high === null ? bins.count - 1 : binOf(bins, high - bins.width / 2),
];
