// The rows of the catalog in their order, and figures as people say them. No page here.
import type { Entry, Focus } from "../contract_catalog";

export type Value = number | string | null;

/** What a row is sorted by. */
export function value(entry: Entry, focus: Focus): Value {
  return focus.sort === "weights" ? entry.sizes[focus.precision]?.weights ?? null : entry[focus.sort];
}

/** The file's order for names (families together); else by the figure, and what is not known comes last. */
export function ordered(entries: readonly Entry[], focus: Focus): Entry[] {
  const turn = focus.down ? -1 : 1;
  if (focus.sort === "name") return focus.down ? [...entries].reverse() : [...entries];
  return [...entries].sort((a, b) => {
    const [x, y] = [value(a, focus), value(b, focus)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return turn * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
  });
}

/** Bytes: 3.6 GB, 29 MB. */
export const size = (n: number): string => (n >= 1e11 ? `${Math.round(n / 1e9)} GB` : n >= 1e9 ? `${(n / 1e9).toFixed(1)} GB` : `${Math.round(n / 1e6)} MB`);

/** Parameters: 1.8 B, 135 M. */
export const count = (n: number): string => (n >= 1e11 ? `${Math.round(n / 1e9)} B` : n >= 1e9 ? `${(n / 1e9).toFixed(1)} B` : `${Math.round(n / 1e6)} M`);
