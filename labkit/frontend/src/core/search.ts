// Binary search.

/** The last index whose start is at or before `position`; 0 if none is. Starts are in ascending order. */
export function lastAtOrBefore(count: number, startOf: (index: number) => number, position: number): number {
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (startOf(middle) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The first index whose start is at or after `position`; `count` if none is. Starts are in ascending order. */
export function firstAtOrAfter(count: number, startOf: (index: number) => number, position: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (startOf(middle) >= position) high = middle;
    else low = middle + 1;
  }
  return low;
}
