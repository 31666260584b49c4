// From logits to a token, as labkit/models/local/sampling.py does it: temperature, then top-k, then top-p.

export interface SamplingParams {
  readonly temperature: number; // below 1e-5: the likeliest token
  readonly topP: number; // the smallest set of likeliest tokens with this mass can be drawn
  readonly topK: number; // this many of the likeliest tokens can be drawn; 0 means all
}

const GREEDY_BELOW = 1e-5;

/** The log-probability of each token, in nats. */
export function logSoftmax(logits: Float32Array): Float32Array {
  const top = maximum(logits);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - top);
  const shift = top + Math.log(sum);
  return logits.map((logit) => logit - shift);
}

/** How uncertain a distribution is: the sum of -p log p, in nats. */
export function entropyOf(logprobs: Float32Array): number {
  let sum = 0;
  for (const logprob of logprobs) if (logprob > -Infinity) sum -= Math.exp(logprob) * logprob;
  return sum;
}

/** The `count` tokens with the largest values, largest first; of two equal ones, the one with the smaller id. */
export function topTokens(values: Float32Array, count: number): number[] {
  const ids = Array.from(values.keys());
  return ids.sort((a, b) => values[b]! - values[a]! || a - b).slice(0, count);
}

/** Draws one token: the first at which the cumulative probability exceeds `uniform`, a number in [0, 1). */
export function sampleToken(logits: Float32Array, uniform: number, params: SamplingParams): number {
  const { temperature, topP, topK } = params;
  if (temperature < GREEDY_BELOW) return logits.indexOf(maximum(logits));
  const probabilities = logSoftmax(logits.map((logit) => logit / temperature)).map(Math.exp);
  const limited = topK > 0 && topK < logits.length;
  if (!limited && topP >= 1) return inverseCdf(probabilities, uniform);
  const order = topTokens(probabilities, limited ? topK : logits.length);
  const ranked = Float32Array.from(order, (id) => probabilities[id]!);
  const total = ranked.reduce((a, b) => a + b);
  let [count, mass] = [0, 0]; // of the tokens that can be drawn
  do mass += ranked[count++]!;
  while (mass / total < topP && count < order.length);
  return order[inverseCdf(ranked.subarray(0, count), uniform)]!;
}

function inverseCdf(weights: Float32Array, uniform: number): number {
  const total = weights.reduce((a, b) => a + b);
  let mass = 0;
  const drawn = weights.findIndex((weight) => (mass += weight) > uniform * total);
  return drawn < 0 ? weights.findLastIndex((weight) => weight > 0) : drawn; // below 0: a rounding error
}

export function maximum(values: Float32Array): number {
  return values.reduce((a, b) => Math.max(a, b), -Infinity);
}
