// The draw of a token, faster than ../sampling.ts: what is too unlikely for top-p is not sorted.

export interface DrawSettings {
  readonly temperature: number; // above 0
  readonly topP: number; // the smallest set of likeliest tokens with this mass can be drawn
}

/** Draws the token that `sampleToken` draws for the same `uniform`, a number in [0, 1). */
export function drawToken(logits: Float32Array, uniform: number, settings: DrawSettings): number {
  const { temperature, topP } = settings;
  let top = -Infinity;
  for (const logit of logits) if (logit > top) top = logit;
  const weights = new Float32Array(logits.length);
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += weights[i] = Math.exp((logits[i]! - top) / temperature);
  if (topP >= 1) return inverseCdf(weights, uniform, total);
  const nucleus = nucleusOf(weights, total, topP);
  const likely = nucleus.map((id) => weights[id]!);
  const mass = likely.reduce((a, b) => a + b, 0);
  return nucleus[inverseCdf(likely, uniform, mass)]!;
}

/** The likeliest tokens that together have the mass `topP`, likeliest first. */
function nucleusOf(weights: Float32Array, total: number, topP: number): number[] {
  const least = (total * (1 - topP)) / weights.length; // all tokens below it together are outside
  const candidates: number[] = [];
  weights.forEach((weight, id) => {
    if (weight >= least) candidates.push(id);
  });
  candidates.sort((a, b) => weights[b]! - weights[a]! || a - b);
  let mass = 0;
  const end = candidates.findIndex((id) => (mass += weights[id]!) >= topP * total);
  return candidates.slice(0, end + 1 || candidates.length);
}

function inverseCdf(weights: ArrayLike<number>, uniform: number, total: number): number {
  let [mass, last] = [0, 0];
  for (let i = 0; i < weights.length; i++) {
    if (weights[i]! > 0) last = i;
    mass += weights[i]!;
    if (mass > uniform * total) return last;
  }
  return last; // a rounding error
}
