// The axes of a chart: round ticks, and labels that do not overlap; agrees with labkit/views/core/axes.py.

const LEAST_LOG_TICKS = 3;
const MOST_LOG_TICKS = 8;

/** Round numbers between two ends: steps of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, most: number): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999) ?? rough;
  const [first, last] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)];
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(10)));
}

/** Ticks of a logarithmic axis: 1, 2 and 5 times powers of ten; evenly spaced if fewer than three are between the ends. */
export function logTicks(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const count = Math.ceil(Math.log10(high)) - first + 1;
  const powers = Array.from({ length: count }, (_, i) => first + i);
  const inside = (factors: readonly number[]) =>
    powers
      .flatMap((e) => factors.map((m) => Number(`${m}e${e}`)))
      .filter((tick) => low <= tick && tick <= high);
  const fine = inside([1, 2, 5]);
  if (fine.length < LEAST_LOG_TICKS) return ticks(low, high, 6);
  if (fine.length <= MOST_LOG_TICKS) return fine;
  const coarse = inside([1]);
  const every = Math.ceil(coarse.length / MOST_LOG_TICKS);
  return coarse.filter((_, i) => i % every === 0);
}

/** Moves labels apart, so that two are at least `gap` apart and none is below `bottom`; keeps their order. */
export function spaced(heights: readonly number[], bottom: number, gap: number): number[] {
  const order = heights.map((_, i) => i).sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  const result = [...heights];
  let least = -Infinity;
  for (const i of order) least = (result[i] = Math.max(result[i] ?? 0, least)) + gap;
  let most = bottom;
  for (const i of order.toReversed()) most = (result[i] = Math.min(result[i] ?? 0, most)) - gap;
  return result;
}
