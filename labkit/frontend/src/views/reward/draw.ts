// The mathematics of a reward view, as in labkit/rewards and labkit/training/rl/loss.py; computed again at each
// move of a slider. No DOM.
import type { Focus } from "./contract";
import { t } from "../../core/words";

export type Kind = Focus["kind"];
type Value = number | null;

export const NAMES: Readonly<Record<Kind, string>> = { grpo: "GRPO", "dr-grpo": "Dr. GRPO", rloo: "RLOO" };
const EPS = 1e-4; // added to the spread, as in TRL

/** The weighted sum of the values that could be judged; null if none could. */
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

/** Rewards and advantages of a group; a rollout that cannot be judged is ignored and gets 0. */
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

/** What the policy learns from the group, in one sentence, as in labkit/views/reward/wording.py. */
export function lesson(group: Group, kind: Kind): string {
  const { judged, mean, spread } = group;
  if (!judged) return t("None of these rollouts can be judged by these rules: the group teaches nothing.");
  if (judged < 2)
    return t("Only one rollout can be judged, and there is nothing to compare it with: it teaches nothing.");
  if (!group.teaches)
    return judged === 2
      ? t("Both earned {reward}: every advantage is 0, so this group teaches nothing.", {
          reward: number(mean),
        })
      : t("All {n} earned {reward}: every advantage is 0, so this group teaches nothing.", {
          n: judged,
          reward: number(mean),
        });
  const how = {
    grpo: t("A = (reward − {mean}) / {spread}", { mean: number(mean), spread: number(spread) }),
    "dr-grpo": t("A = reward − {mean}", { mean: number(mean) }),
    rloo: t("A = reward − mean of the others"),
  };
  return t("Mean {mean}, spread {spread}. {kind}: {formula}.", {
    mean: number(mean),
    spread: number(spread),
    kind: NAMES[kind],
    formula: how[kind],
  });
}

export interface TokenLoss {
  readonly ratio: number;
  readonly clipped: boolean; // no gradient: the ratio has left the interval in the direction of the advantage
  readonly kl: number;
  readonly loss: number;
}

/** The terms of one token in the loss; logprobs under the sampling policy, the policy and the reference. */
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

/** The factor of a token's term: 1/(G |o|), 1/(G L) or 1/G. */
export function shareOf(kind: Kind, judged: number, length: number, limit: number): number {
  return 1 / (Math.max(1, judged) * Math.max(1, kind === "grpo" ? length : kind === "dr-grpo" ? limit : 1));
}

/** Stacked bars as [rule, from, to]: rewards to the right of 0, penalties to the left. */
export function bars(values: readonly Value[], weights: readonly number[]): [number, number, number][] {
  const stacked: [number, number, number][] = [];
  let [up, down] = [0, 0];
  values.forEach((value, rule) => {
    const amount = (value ?? 0) * (weights[rule] ?? 0);
    if (amount > 0) stacked.push([rule, up, (up += amount)]);
    else if (amount < 0) stacked.push([rule, down + amount, (down += amount) - amount]);
  });
  return stacked;
}

/** The lowest and highest end of all bars, 0 included. */
export function extent(rows: readonly (readonly (readonly [number, number, number])[])[]): [number, number] {
  const ends = rows.flatMap((row) => row.flatMap(([, a, b]) => [a, b]));
  return [Math.min(0, ...ends), Math.max(0, ...ends) || 1];
}

/** The rows sorted by a column; rows that cannot be judged come last, and the sort is stable. */
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

/** A value with two decimals and a minus sign (U+2212); `?` if it cannot be judged. */
export function number(value: Value, sign = false, digits = 2): string {
  if (value === null) return "?";
  const small = Math.abs(value) < 0.5 * 10 ** -digits;
  return `${!sign || small || value < 0 ? "" : "+"}${(small ? 0 : value).toFixed(digits)}`.replace("-", "−");
}

/**
 * The weight of a group with a share `p` of right answers (rewards 1 and 0), relative to p = 1/2: the mean size of
 * its advantages, 2 sqrt(p (1 - p)) if they are divided by the spread, and 4 p (1 - p) if not.
 */
export const weight = (kind: Kind, p: number): number =>
  kind === "grpo" ? 2 * Math.sqrt(p * (1 - p)) : 4 * p * (1 - p);
