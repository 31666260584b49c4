// What a group of thoughts gives, by the definitions of labkit/rewards: pass@k, and the vote of k (maj@k).

/** An answer of a thought. A thought without an answer has "", which does not vote. */
export interface Ballot {
  readonly answer: string;
  readonly right: boolean;
}

/** Thoughts with the same answer. */
export interface Party {
  readonly answer: string;
  readonly right: boolean;
  readonly votes: number;
}

/** The answers of a group, most frequent first; of equal ones the one that came first. */
export function parties(ballots: readonly Ballot[]): Party[] {
  const votes = new Map<string, Party>();
  for (const { answer, right } of ballots)
    votes.set(answer, { answer, right, votes: (votes.get(answer)?.votes ?? 0) + 1 });
  return [...votes.values()].sort((a, b) => b.votes - a.votes);
}

/** The probability that the vote is right; leaders with equal votes win equally often. */
export function voteOf(ballots: readonly Ballot[]): number {
  const voting = parties(ballots.filter(({ answer }) => answer));
  const leaders = voting.filter(({ votes }) => votes === voting[0]?.votes);
  return leaders.length ? leaders.filter(({ right }) => right).length / leaders.length : 0;
}

export interface AtK {
  readonly k: number;
  readonly pass: number; // the probability that at least one of k thoughts is right
  readonly majority: number; // the probability that the vote of k thoughts is right
}

/** pass@k and maj@k, exact: the means over all ways to take k of the thoughts. For at most 16 thoughts. */
export function atK(ballots: readonly Ballot[], k: number): AtK {
  const draws = subsets(ballots, k);
  const mean = (value: (draw: readonly Ballot[]) => number): number =>
    draws.reduce((sum, draw) => sum + value(draw), 0) / draws.length;
  return { k, pass: mean((draw) => Number(draw.some(({ right }) => right))), majority: mean(voteOf) };
}

function subsets<T>(items: readonly T[], k: number): T[][] {
  const [first, ...rest] = items;
  if (k === 0) return [[]];
  if (first === undefined || items.length < k) return [];
  return [...subsets(rest, k - 1).map((others) => [first, ...others]), ...subsets(rest, k)];
}
