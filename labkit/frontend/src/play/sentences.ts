// The sentences of a thought, as labkit/inside/attention/steps.py cuts its steps.
import { firstAtOrAfter } from "../core/search";

const END = /(?<=[.:!?])\s+/g;

/** The tokens `[first, last)` of each sentence; `starts` are the characters at which the tokens begin. */
export function sentencesOf(
  text: string,
  starts: readonly number[],
  steps: readonly { readonly start: number; readonly end: number }[],
): [number, number][] {
  const tokenAt = (at: number): number => firstAtOrAfter(starts.length, (i) => starts[i] ?? 0, at);
  return steps.flatMap(({ start, end }) => {
    const ends = [...text.slice(start, end).matchAll(END)].map(
      (blank) => start + blank.index + blank[0].length,
    );
    const edges = [start, ...ends.filter((at) => at < end), end].map(tokenAt);
    return edges.slice(1).flatMap((last, i): [number, number][] => {
      const first = edges[i] ?? 0;
      return first < last ? [[first, last]] : [];
    });
  });
}
