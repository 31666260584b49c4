// Decoding: one thought at a time. The same seed gives the tokens of labkit's `think` and `sample`.
import { MersenneTwister } from "./random";
import { entropyOf, logSoftmax, sampleToken, topTokens, type SamplingParams } from "./sampling";
import type { Tokenizer } from "./tokenizer";
import type { Cache, Recorder, Transformer } from "./transformer";

/** A generated token; log-probabilities and the entropy are in nats, at temperature 1. */
export interface SampledToken {
  readonly id: number;
  readonly logprob: number;
  readonly entropy: number;
  readonly topIds: readonly number[];
  readonly topLogprobs: readonly number[];
}

/** The random numbers of `count` rollouts: rollout b uses column b of torch.rand(count), one row a token. */
export class Uniforms {
  readonly #generator: MersenneTwister;
  readonly #count: number;
  readonly #numbers: number[] = [];

  constructor(seed: number, count = 1) {
    this.#generator = new MersenneTwister(seed);
    this.#count = count;
  }

  at(step: number, rollout: number): number {
    const index = step * this.#count + rollout;
    while (this.#numbers.length <= index) this.#numbers.push(this.#generator.uniform());
    return this.#numbers[index] ?? 0;
  }
}

/** Reads a prompt into an empty cache and returns the logits of the first token of the completion. */
export function prefill(
  model: Transformer,
  ids: readonly number[],
  cache: Cache,
  recorder?: Recorder,
): Float32Array {
  let logits: Float32Array = new Float32Array();
  for (const id of ids) logits = model.step(id, cache, recorder);
  return logits;
}

/** Continues after `logits` until the end token, or for `maxNewTokens`; `uniform(i)` is in [0, 1) for token i. */
export function* generate(
  model: Transformer,
  tokenizer: Tokenizer,
  cache: Cache,
  logits: Float32Array,
  params: SamplingParams & { readonly maxNewTokens: number; readonly alternatives: number },
  uniform: (step: number) => number,
): Generator<SampledToken, void, undefined> {
  for (let i = 0; i < params.maxNewTokens; i++) {
    const id = sampleToken(logits, uniform(i), params);
    yield sampledToken(logits, id, params.alternatives);
    if (id === tokenizer.endId) return;
    if (i + 1 < params.maxNewTokens) logits = model.step(id, cache);
  }
}

/** What a view shows of a token. */
export function sampledToken(logits: Float32Array, id: number, alternatives: number): SampledToken {
  const logprobs = logSoftmax(logits);
  const topIds = topTokens(logprobs, alternatives);
  return {
    id,
    logprob: logprobs[id] ?? NaN,
    entropy: entropyOf(logprobs),
    topIds,
    topLogprobs: topIds.map((each) => logprobs[each] ?? NaN),
  };
}
