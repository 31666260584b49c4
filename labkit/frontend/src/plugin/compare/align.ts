// Aligns the steps of two thoughts, so that equal and similar steps stand side by side.

/** A pair of indices; undefined where one thought has no step beside that of the other. */
export type Pair = readonly [left: number | undefined, right: number | undefined];

const MOST = 400_000; // pairs that are compared; longer thoughts are aligned by the number of their steps
const SIMILAR = 0.3; // steps that share less of their words do not stand side by side

/** Pairs each index of `left` and of `right` once, in order. */
export function align(left: readonly string[], right: readonly string[]): Pair[] {
  const [start, end] = equalEnds(left, right);
  const range = (first: number, count: number, shift: number): Pair[] =>
    Array.from({ length: count }, (_, i) => [first + i, first + i + shift]);
  const middle = alignMiddle(left.slice(start, left.length - end), right.slice(start, right.length - end));
  return [
    ...range(0, start, 0),
    ...middle.map(([i, j]): Pair => [i === undefined ? i : i + start, j === undefined ? j : j + start]),
    ...range(left.length - end, end, right.length - left.length),
  ];
}

/** The alignment with the largest sum of similarities (Needleman-Wunsch). */
function alignMiddle(left: readonly string[], right: readonly string[]): Pair[] {
  const [n, m] = [left.length, right.length];
  if (n * m > MOST)
    return Array.from({ length: Math.max(n, m) }, (_, i) => [i < n ? i : undefined, i < m ? i : undefined]);
  const [words, others] = [left.map(wordsOf), right.map(wordsOf)];
  const best = Array.from({ length: n + 1 }, () => new Float32Array(m + 1));
  const gain = (i: number, j: number): number =>
    similarity(words[i] ?? new Set(), others[j] ?? new Set()) - SIMILAR;
  const at = (i: number, j: number): number => best[i]?.[j] ?? 0;
  for (let i = n - 1; i >= 0; i--)
    for (let j = m - 1; j >= 0; j--)
      (best[i] as Float32Array)[j] = Math.max(at(i + 1, j), at(i, j + 1), at(i + 1, j + 1) + gain(i, j));
  const pairs: Pair[] = [];
  let [i, j] = [0, 0];
  while (i < n && j < m) {
    const together = at(i + 1, j + 1) + gain(i, j);
    if (together >= at(i + 1, j) && together >= at(i, j + 1)) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) pairs.push([i++, undefined]);
    else pairs.push([undefined, j++]);
  }
  while (i < n) pairs.push([i++, undefined]);
  while (j < m) pairs.push([undefined, j++]);
  return pairs;
}

const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(text.toLowerCase().match(/[\p{L}\p{N}]+|[^\s]/gu));

/** The share of words that two texts have in common, 0 to 1 (Jaccard). */
function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const word of a) if (b.has(word)) common++;
  return common / Math.max(1, a.size + b.size - common);
}

/** The lengths of the equal beginning and the equal end of two lists, which do not overlap. */
export function equalEnds(left: readonly string[], right: readonly string[]): readonly [number, number] {
  const shortest = Math.min(left.length, right.length);
  let start = 0;
  while (start < shortest && left[start] === right[start]) start++;
  let end = 0;
  while (end < shortest - start && left.at(-1 - end) === right.at(-1 - end)) end++;
  return [start, end];
}
