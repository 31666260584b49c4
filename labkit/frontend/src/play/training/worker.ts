// A worker of the training page: it generates groups of rollouts, judges them, and computes the gradient of GRPO's loss.
import {
  generate,
  MersenneTwister,
  prefill,
  type Tokenizer,
  Transformer,
  uniforms,
  type SampledToken,
} from "../../engine";
import {
  advantagesOf,
  batchOf,
  drawToken,
  grpoSlope,
  Network,
  newWeights,
  sample,
  weightsOf,
  type RolloutTokens,
  type Weights,
} from "../../engine/training";
import { messageOf } from "../../core/text";
import { split } from "../../views/token/draw-steps";
import { fetchCheckpoint } from "../checkpoint";
import { judge, wording, type Puzzle } from "../countdown";
import { SAMPLING, TAGS } from "../family";
import type { TextToken } from "../messages";
import type { Reply, Request, Rollout, SampleRequest, ThinkRequest, ThoughtTokens } from "./messages";

const FOLDER = new URL("../model/r1-base/", import.meta.url);
const CLIP = 0.2;
const ALTERNATIVES = 8;
const THINKING = { ...SAMPLING, topK: 0, alternatives: ALTERNATIVES };

interface Learner {
  readonly network: Network;
  readonly tokenizer: Tokenizer;
  readonly gradients: Weights;
}

const post = (reply: Reply): void => postMessage(reply);

async function load(): Promise<Learner> {
  const { transformer, tokenizer } = await fetchCheckpoint(FOLDER, () => undefined);
  const { config, tensors } = transformer;
  const weights = weightsOf(config, tensors);
  post({ kind: "ready", weights: weights.all });
  return { network: new Network(config, weights), tokenizer, gradients: newWeights(config) };
}

/** Rollouts of each puzzle, and the gradient of those groups that have right and wrong ones. */
function sampleAndLearn(learner: Learner, request: SampleRequest): Rollout[] {
  const { network, tokenizer } = learner;
  const { puzzles, group, seed, maxNewTokens, learn } = request;
  const generator = new MersenneTwister(seed);
  const rows = puzzles.flatMap((puzzle) => new Array<Puzzle>(group).fill(puzzle));
  const prompts = rows.map((puzzle) => tokenizer.encode(tokenizer.template(wording(puzzle))));
  const tokens = sample(network, prompts, {
    maxNewTokens,
    endId: tokenizer.endId,
    draw: (logits) => drawToken(logits, generator.uniform(), request),
  });
  const right = tokens.map(({ ids }, i) => {
    const puzzle = rows[i];
    return puzzle !== undefined && judge(answerOf(tokenizer, ids), puzzle).right;
  });
  const advantages = puzzles.flatMap((_, i) =>
    advantagesOf(right.slice(i * group, (i + 1) * group).map(Number)),
  );
  if (learn) addGradient(learner, prompts, tokens, advantages, learn.batch, maxNewTokens);
  return tokens.flatMap((rollout, i) => {
    const puzzle = rows[i];
    const texts = rollout.ids.map((id) => tokenizer.bytes(id));
    const { ids, logps, entropies } = rollout;
    return puzzle
      ? [{ ids, logps, entropies, puzzle, right: right[i] ?? false, advantage: advantages[i] ?? 0, texts }]
      : [];
  });
}

/** Adds the gradient of the mean loss of a batch, of which these rollouts are a part. */
function addGradient(
  { network, gradients }: Learner,
  prompts: readonly (readonly number[])[],
  rollouts: readonly RolloutTokens[],
  advantages: readonly number[],
  batchSize: number,
  maxNewTokens: number,
): void {
  if (advantages.every((advantage) => advantage === 0)) return; // all rewards are equal: nothing to learn
  const tokens = rollouts.flatMap(({ logps }, i) => logps.map((old) => ({ old, rollout: i })));
  const settings = { variant: "grpo", epsilon: CLIP, maxNewTokens } as const;
  const batch = batchOf(rollouts.map(({ ids }, i) => ({ prompt: prompts[i] ?? [], completion: ids })));
  network.learn(batch, gradients, (n, logp) => {
    const { old, rollout } = tokens[n] ?? { old: logp, rollout: 0 };
    const length = rollouts[rollout]?.ids.length ?? 1;
    return grpoSlope(logp, old, advantages[rollout] ?? 0, length, settings) / batchSize;
  });
}

function answerOf(tokenizer: Tokenizer, ids: readonly number[]): string {
  const bytes = ids.flatMap((id) => Array.from(tokenizer.bytes(id)));
  const text = new TextDecoder().decode(Uint8Array.from(bytes));
  return text.slice(...split(text, TAGS).answer);
}

/** One thought as the playground shows it. */
function think({ network, tokenizer }: Learner, { puzzle, seed, weights }: ThinkRequest): ThoughtTokens {
  const transformer = new Transformer(network.config, newWeights(network.config, weights).tensors);
  const cache = transformer.newCache();
  const logits = prefill(transformer, tokenizer.encode(tokenizer.template(wording(puzzle))), cache);
  const params = { ...THINKING, maxNewTokens: cache.capacity - cache.length };
  const withText = (token: SampledToken): TextToken => ({
    ...token,
    bytes: tokenizer.bytes(token.id),
    topTexts: token.topIds.map((id) => tokenizer.text(id)),
  });
  const drawn = generate(transformer, tokenizer, cache, logits, params, uniforms(seed));
  const tokens = [...drawn].map(withText);
  return { tokens, finish: tokens.at(-1)?.id === tokenizer.endId ? "stop" : "length" };
}

function answer(learner: Learner, request: Request): unknown {
  if (request.kind === "sample") return sampleAndLearn(learner, request);
  if (request.kind === "think") return think(learner, request);
  if (request.kind === "gradient") return learner.gradients.all;
  learner.network.weights.all.set(request.weights);
  learner.gradients.all.fill(0);
  return undefined;
}

const learner = load();
learner.catch((error: unknown) => post({ kind: "failed", message: messageOf(error) }));

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  learner
    .then((ready) => post({ kind: "result", job: data.job, result: answer(ready, data) }))
    .catch((error: unknown) => post({ kind: "error", job: data.job, message: messageOf(error) }));
});
