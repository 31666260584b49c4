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

/** The random numbers of rollout `index` of `count`, one a token: column `index` of rows of torch.rand(count). */
export function uniforms(seed: number, count = 1, index = 0): () => number {
  const generator = new MersenneTwister(seed);
  return () => Array.from({ length: count }, () => generator.uniform())[index]!;
}

/** Reads the tokens of a prompt and returns the logits of the token after it. */
export function prefill(model: Transformer, ids: number[], cache: Cache, recorder?: Recorder): Float32Array {
  let logits = new Float32Array() as Float32Array;
  for (const id of ids) logits = model.step(id, cache, recorder);
  return logits;
}

/** Continues after `logits` until the end token, or for `maxNewTokens`; each token takes one number of `uniform`. */
export function* generate(
  model: Transformer,
  tokenizer: Tokenizer,
  cache: Cache,
  logits: Float32Array,
  params: SamplingParams & { readonly maxNewTokens: number; readonly alternatives: number },
  uniform: () => number,
): Generator<SampledToken, void, undefined> {
  for (let i = 1; i <= params.maxNewTokens; i++) {
    const id = sampleToken(logits, uniform(), params);
    yield sampledToken(logits, id, params.alternatives);
    if (id === tokenizer.endId) return;
    if (i < params.maxNewTokens) logits = model.step(id, cache);
  }
}

/** What a view shows of a token. */
export function sampledToken(logits: Float32Array, id: number, alternatives: number): SampledToken {
  const logprobs = logSoftmax(logits);
  const topIds = topTokens(logprobs, alternatives);
  const topLogprobs = topIds.map((each) => logprobs[each]!);
  return { id, logprob: logprobs[id]!, entropy: entropyOf(logprobs), topIds, topLogprobs };
}
