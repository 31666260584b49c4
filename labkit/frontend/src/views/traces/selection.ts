// Which thoughts a focus shows, and in which order; agrees with labkit/views/traces/selection.py.
import type { Focus, Range } from "./contract";
import type { NumberColumns } from "./number-columns";

export const EXTREME = 5; // thoughts of "worst" and "best"

/** Whether a value is in a range, whose ends are rounded to float32 like the values; one that is not known is in none. */
export const passes = (value: number, { low, high }: Range): boolean =>
  !Number.isNaN(value) &&
  (low === null || value >= Math.fround(low)) &&
  (high === null || value < Math.fround(high));

/** The rows that pass all filters, in the order of the focus; `matches` are those of the search. */
export function shownRows(
  numbers: NumberColumns,
  focus: Focus,
  matches: readonly number[] | undefined,
): number[] {
  const filters = focus.ranges.map((range) => [numbers.named(range.column), range] as const);
  const candidates =
    matches?.filter((row) => row < numbers.count) ?? Array.from({ length: numbers.count }, (_, i) => i);
  const rows = candidates.filter((row) =>
    filters.every(([values, range]) => passes(values[row] ?? NaN, range)),
  );
  const judge = judgeOf(numbers);
  if (!focus.extreme || !judge) return sorted(rows, numbers, focus);
  const values = numbers.named(judge);
  const extreme = ordered(rows, values, focus.extreme === "best")
    .slice(0, EXTREME)
    .filter((row) => !Number.isNaN(values[row]));
  return focus.sort === "number" ? extreme : sorted(extreme, numbers, focus);
}

function sorted(rows: number[], numbers: NumberColumns, { sort, down }: Focus): number[] {
  if (sort === "number") return down ? rows.reverse() : rows;
  return ordered(rows, numbers.named(sort), down);
}

/** Rows by value; equal ones keep their order, and those that are not known come last. */
export function ordered(rows: readonly number[], values: ArrayLike<number>, down: boolean): number[] {
  const sign = down ? -1 : 1;
  const isKnown = (row: number) => !Number.isNaN(values[row] ?? NaN);
  const known = rows.filter(isKnown).sort((a, b) => sign * ((values[a] ?? 0) - (values[b] ?? 0)));
  return [...known, ...rows.filter((row) => !isKnown(row))];
}

/** The column by which thoughts are better or worse: the reward, otherwise the verdict; "" if none is known. */
export const judgeOf = (numbers: NumberColumns): string =>
  ["reward", "correct"].find((name) => numbers.named(name).some((value) => !Number.isNaN(value))) ?? "";

/** The ranges with that of one column replaced; undefined removes it. */
export const withRange = (
  ranges: readonly Range[],
  column: string,
  range: Range | undefined,
): readonly Range[] => [...ranges.filter((one) => one.column !== column), ...(range ? [range] : [])];
