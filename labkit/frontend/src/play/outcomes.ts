// Outcomes of rollouts: the answer, whether it is right, and the share of right answers with its interval;
// as labkit/rewards/outcomes.py and statistics.py.
import { judge, type Puzzle } from "./countdown";
import type { Completion } from "./completion";
import { spelledAnswer } from "./rules/rewards";

export interface Outcome {
  readonly answer: string; // in one spelling; "" without an answer
  readonly correct: boolean;
}

/** Rollouts with the same outcome; `members` are their indices. */
export interface Group {
  readonly outcome: Outcome;
  readonly members: readonly number[];
}

export function outcomeOf({ text, answer }: Completion, puzzle: Puzzle): Outcome {
  const { right } = judge(text.slice(...answer), puzzle);
  return { answer: spelledAnswer(text, answer), correct: right };
}

/** Right outcomes first, then by frequency; rollouts without an answer last. */
export function groupsOf(outcomes: readonly Outcome[]): Group[] {
  const groups = new Map<string, { outcome: Outcome; members: number[] }>();
  outcomes.forEach((outcome, i) => {
    const key = `${outcome.correct} ${outcome.answer}`;
    const group = groups.get(key) ?? { outcome, members: [] };
    group.members.push(i);
    groups.set(key, group);
  });
  const rank = ({ outcome }: Group): number => (outcome.correct ? 0 : outcome.answer ? 1 : 2);
  const first = ({ members }: Group): number => members[0] ?? 0;
  return [...groups.values()].sort(
    (a, b) => rank(a) - rank(b) || b.members.length - a.members.length || first(a) - first(b),
  );
}

/** Right outcomes of `n`, their share (NaN of none), and its 95 % interval. */
export interface Share {
  readonly right: number;
  readonly n: number;
  readonly value: number;
  readonly interval: readonly [number, number];
}

export function shareOf(outcomes: readonly Outcome[]): Share {
  const [right, n] = [outcomes.filter(({ correct }) => correct).length, outcomes.length];
  return { right, n, value: right / n, interval: wilson(right, n) };
}

const Z = 1.959964; // 95 %

/** The 95 % Wilson interval of a share (Wilson 1927); (0, 1) of no sample. */
export function wilson(right: number, n: number): readonly [number, number] {
  if (!n) return [0, 1];
  const [p, w] = [right / n, (Z * Z) / n];
  const half = Z * Math.sqrt((p * (1 - p)) / n + w / (4 * n));
  return [Math.max(0, (p + w / 2 - half) / (1 + w)), Math.min(1, (p + w / 2 + half) / (1 + w))];
}
