// The order of the catalog's rows, and figures as text. No DOM.
import type { Entry, Focus } from "./contract";

export type Value = number | string | null;

/** The value by which a row is sorted. */
export function value(entry: Entry, focus: Focus): Value {
  if (focus.sort === "weights") return entry.sizes[focus.precision]?.weights ?? null;
  if (focus.sort === "thought") return entry.mark ? `${entry.mark} ${entry.kind}` : null;
  return entry[focus.sort];
}

/** The sorted rows: by name in the file's order, which keeps groups together; unknown figures come last. */
export function ordered(entries: readonly Entry[], focus: Focus): Entry[] {
  const turn = focus.down ? -1 : 1;
  if (focus.sort === "name") return focus.down ? [...entries].reverse() : [...entries];
  return [...entries].sort((a, b) => {
    const [x, y] = [value(a, focus), value(b, focus)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return (
      turn * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)))
    );
  });
}

/** Whether a row has every word of a search in its name, family, heading, mark, licence or hub name. */
export function matches(entry: Entry, search: string): boolean {
  const { name, hub, family, group, base, mark, licence } = entry;
  const text = [name, hub, family, group, base, mark, licence].join(" ").toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Trillions, billions or millions of something: 1.5 T, 671 G, 3.6 G, 135 M, 1.8 M. */
const short = (n: number, billions: string): string => {
  if (n >= 1e12) return `${(n / 1e12).toFixed(1)} T`;
  const [value, unit] = n >= 1e9 ? [n / 1e9, billions] : [n / 1e6, "M"];
  return `${value >= 100 || (unit === "M" && value >= 10) ? Math.round(value) : value.toFixed(1)} ${unit}`;
};

/** Bytes: 3.6 GB, 29 MB. */
export const size = (n: number): string => `${short(n, "G")}B`;

/** Parameters: 1.8 B, 135 M. */
export const count = (n: number): string => short(n, "B");
