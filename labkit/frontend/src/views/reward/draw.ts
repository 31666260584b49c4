// The mathematics of a reward view, as in labkit/rewards and labkit/training/rl/loss.py: small enough to be done
// anew at each move of a slider. No DOM.
import type { Focus } from "./contract";

export type Kind = Focus["kind"];
type Value = number | null;

export const NAMES: Readonly<Record<Kind, string>> = { grpo: "GRPO", "dr-grpo": "Dr. GRPO", rloo: "RLOO" };
const EPS = 1e-4; // added to the spread, as in TRL

/** Weight times value over what could be judged; null where nothing could. */
export function total(values: readonly Value[], weights: readonly number[]): Value {
  let [sum, known] = [0, false];
  values.forEach((value, i) => {
    if (value === null) return;
    sum += value * (weights[i] ?? 0);
    known = true;
  });
  return known ? sum : null;
}

export interface Group {
  readonly rewards: readonly Value[];
  readonly advantages: readonly number[];
  readonly judged: number;
  readonly mean: number;
  readonly spread: number;
  readonly teaches: boolean;
}

/** Rewards and advantages of a group; what cannot be judged counts for nothing and gets 0. */
export function groupOf(
  values: readonly (readonly Value[])[],
  weights: readonly number[],
  kind: Kind,
): Group {
  const rewards = values.map((row) => total(row, weights));
  const known = rewards.filter((r) => r !== null);
  const n = known.length;
  const mean = n ? known.reduce((a, b) => a + b, 0) / n : 0;
  const spread = n ? Math.sqrt(known.reduce((a, b) => a + (b - mean) ** 2, 0) / n) : 0;
  const scale = kind === "grpo" ? 1 / (spread + EPS) : kind === "rloo" ? n / (n - 1) : 1;
  const advantages = rewards.map((r) => (r === null || n < 2 ? 0 : (r - mean) * scale));
  return {
    rewards,
    advantages,
    judged: n,
    mean,
    spread,
    teaches: n > 1 && Math.max(...known) - Math.min(...known) > 1e-9,
  };
}

/** What the group teaches, in one sentence: labkit/views/reward/wording.py. */
export function lesson(group: Group, kind: Kind): string {
  const { judged, mean, spread } = group;
  if (!judged) return "None of these rollouts can be judged by these rules: the group teaches nothing.";
  if (judged < 2)
    return "Only one rollout can be judged, and there is nothing to compare it with: it teaches nothing.";
  if (!group.teaches)
    return `${judged === 2 ? "Both" : `All ${judged}`} earned ${number(mean)}: every advantage is 0, so this group teaches nothing.`;
  const how = {
    grpo: `A = (reward − ${number(mean)}) / ${number(spread)}`,
    "dr-grpo": `A = reward − ${number(mean)}`,
    rloo: "A = reward − mean of the others",
  };
  return `Mean ${number(mean)}, spread ${number(spread)}. ${NAMES[kind]}: ${how[kind]}.`;
}

export interface TokenLoss {
  readonly ratio: number;
  readonly clipped: boolean; // the gradient stops: it has moved as far as it may in the direction it is pushed
  readonly kl: number;
  readonly loss: number;
}

/** What one token carries of the loss; logprobs under the sampling policy, the policy and the reference. */
export function tokenLoss(
  old: number,
  now: number,
  ref: number,
  advantage: number,
  share: number,
  focus: Focus,
): TokenLoss {
  const { epsilon, beta } = focus;
  const ratio = Math.exp(now - old);
  const bounded = Math.min(1 + epsilon, Math.max(1 - epsilon, ratio));
  const away = ref - now;
  const kl = Math.exp(away) - away - 1;
  const clipped = advantage > 0 ? ratio > 1 + epsilon : advantage < 0 && ratio < 1 - epsilon;
  return {
    ratio,
    clipped,
    kl,
    loss: -share * (Math.min(ratio * advantage, bounded * advantage) - beta * kl),
  };
}

/** What a token's term is multiplied by: 1/(G |o|), 1/(G L) or 1/G. */
export function shareOf(kind: Kind, judged: number, length: number, limit: number): number {
  return 1 / (Math.max(1, judged) * Math.max(1, kind === "grpo" ? length : kind === "dr-grpo" ? limit : 1));
}

/** Stacked bars: [rule, from, to], what was earned to the right of 0 and what was lost to the left. */
export function bars(values: readonly Value[], weights: readonly number[]): [number, number, number][] {
  const found: [number, number, number][] = [];
  let [up, down] = [0, 0];
  values.forEach((value, rule) => {
    const amount = (value ?? 0) * (weights[rule] ?? 0);
    if (amount > 0) found.push([rule, up, (up += amount)]);
    else if (amount < 0) found.push([rule, down + amount, (down += amount) - amount]);
  });
  return found;
}

/** The lowest and highest end of all bars, 0 included. */
export function extent(rows: readonly (readonly (readonly [number, number, number])[])[]): [number, number] {
  const ends = rows.flatMap((row) => row.flatMap(([, a, b]) => [a, b]));
  return [Math.min(0, ...ends), Math.max(0, ...ends) || 1];
}

/** Rows in the order of a column; what cannot be judged comes last, equals keep their order. */
export function order(group: Group, counts: readonly number[], sort: string, down: boolean): number[] {
  const columns: Readonly<Record<string, readonly Value[]>> = {
    reward: group.rewards,
    advantage: group.advantages,
    tokens: counts,
  };
  const rows = counts.map((_, i) => i);
  const values = columns[sort] ?? rows;
  const last = (i: number) => (sort === "reward" || sort === "advantage") && group.rewards[i] === null;
  return rows.sort(
    (a, b) =>
      Number(last(a)) - Number(last(b)) || (down ? -1 : 1) * ((values[a] ?? 0) - (values[b] ?? 0)) || a - b,
  );
}

/** Two decimals, a real minus, `?` for what cannot be judged. */
export function number(value: Value, sign = false, digits = 2): string {
  if (value === null) return "?";
  const small = Math.abs(value) < 0.5 * 10 ** -digits;
  return `${!sign || small || value < 0 ? "" : "+"}${(small ? 0 : value).toFixed(digits)}`.replace("-", "−");
}

/**
 * How much a group weighs in which a share p is right (rewards 1 and 0), against one that is split: the mean
 * size of its advantages, 2 sqrt(p (1 - p)) with the spread divided out and 4 p (1 - p) without.
 */
export const weight = (kind: Kind, p: number): number =>
  kind === "grpo" ? 2 * Math.sqrt(p * (1 - p)) : 4 * p * (1 - p);
