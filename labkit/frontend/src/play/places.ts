// Places in a thought: its sentences, and where its answer begins.
import { firstAtOrAfter } from "../core/search";

const END = /(?<=[.:!?])\s+/g;
const MARKS = ["<answer>", "\\boxed{"]; // before the answer itself

/** The tokens `[first, last)` of each sentence, as in labkit/inside/attention/steps.py; `starts` are the characters at which the tokens begin. */
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

/** The first token of the answer itself, after its tag, as in labkit/views/lens/data.py; -1 without an answer. */
export function answerStartOf(
  text: string,
  starts: readonly number[],
  [start, end]: readonly [number, number],
): number {
  const answer = text.slice(start, end);
  const mark = MARKS.find((each) => answer.includes(each)) ?? "";
  const bare = answer.slice(mark ? answer.lastIndexOf(mark) + mark.length : 0).trimStart();
  const first = firstAtOrAfter(starts.length, (i) => starts[i] ?? 0, end - bare.length);
  return (starts[first] ?? end) < end ? first : -1;
}
