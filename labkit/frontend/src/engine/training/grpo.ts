// GRPO (DeepSeekMath, arXiv 2402.03300, eq. 3), as labkit/training/rl/loss.py and labkit/rewards/advantages.py have it.
// Left out here: the KL term, DAPO's divisor, and RLOO.

/** The divisor of a rollout's sum over its tokens: its own length, or the longest possible length (Dr. GRPO). */
export type Variant = "grpo" | "dr-grpo";

export interface LossSettings {
  readonly variant: Variant;
  readonly epsilon: number; // the clip: how far a token's ratio may move before its gradient stops
  readonly maxNewTokens: number;
}

const LEAST_SPREAD = 1e-4; // so that a group of equal rewards has advantages of 0

/** How much better each rollout is than its group: (r - mean) / standard deviation. */
export function advantagesOf(rewards: readonly number[]): number[] {
  const mean = rewards.reduce((a, b) => a + b, 0) / rewards.length;
  const variance = rewards.reduce((sum, r) => sum + (r - mean) ** 2, 0) / rewards.length;
  return rewards.map((r) => (r - mean) / (Math.sqrt(variance) + LEAST_SPREAD));
}

/** The loss of a rollout: minus the mean over its tokens of min(ratio A, clip(ratio) A). */
export function grpoLoss(
  logps: ArrayLike<number>,
  oldLogps: ArrayLike<number>,
  advantage: number,
  settings: LossSettings,
): number {
  let sum = 0;
  for (let t = 0; t < logps.length; t++) {
    const ratio = Math.exp(logps[t]! - oldLogps[t]!);
    sum += Math.min(ratio * advantage, clipped(ratio, settings.epsilon) * advantage);
  }
  return -sum / divisor(logps.length, settings);
}

/** d loss / d logp of one token of a rollout with `length` tokens; 0 where the clip stops it. */
export function grpoSlope(
  logp: number,
  oldLogp: number,
  advantage: number,
  length: number,
  settings: LossSettings,
): number {
  const ratio = Math.exp(logp - oldLogp);
  if (clipped(ratio, settings.epsilon) * advantage < ratio * advantage) return 0;
  return (-ratio * advantage) / divisor(length, settings);
}

function clipped(ratio: number, epsilon: number): number {
  return Math.min(1 + epsilon, Math.max(1 - epsilon, ratio));
}

function divisor(length: number, { variant, maxNewTokens }: LossSettings): number {
  return variant === "grpo" ? length : maxNewTokens;
}
