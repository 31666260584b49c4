// Many rollouts at once: each step reads one token of every rollout that has not ended.
import { addTo, gated, linear, rmsNorm } from "./layers";
import { gather, type Network } from "./network";

export interface RolloutTokens {
  readonly ids: readonly number[];
  readonly logps: readonly number[]; // at temperature 1, in nats
  readonly entropies: readonly number[]; // at temperature 1, in nats
}

export interface SampleSettings {
  readonly maxNewTokens: number;
  readonly endId: number;
  /** Draws token `step` of rollout `row` from its logits. */
  readonly draw: (logits: Float32Array, row: number, step: number) => number;
}

interface Growing {
  readonly row: number;
  readonly prompt: readonly number[];
  readonly ids: number[];
  readonly logps: number[];
  readonly entropies: number[];
  readonly keys: readonly Float32Array[]; // of each layer, (positions, width)
  readonly values: readonly Float32Array[];
}

/** Generates one completion for each prompt. */
export function sample(
  network: Network,
  prompts: readonly (readonly number[])[],
  settings: SampleSettings,
): RolloutTokens[] {
  const { hidden_size: width, num_hidden_layers: layers } = network.config;
  const rollouts = prompts.map((prompt, row): Growing => {
    const size = (prompt.length + settings.maxNewTokens) * width;
    const arrays = (): Float32Array[] => Array.from({ length: layers }, () => new Float32Array(size));
    return { row, prompt, ids: [], logps: [], entropies: [], keys: arrays(), values: arrays() };
  });
  let running: readonly Growing[] = rollouts;
  for (let position = 0; running.length; position++) {
    const stream = readToken(network, running, position);
    const ended = continueRollouts(network, running, position, stream, settings);
    if (ended.size) running = running.filter((rollout) => !ended.has(rollout));
  }
  return rollouts;
}

/** Reads the token at `position` of each rollout; returns the residual stream after the last layer. */
function readToken(network: Network, running: readonly Growing[], position: number): Float32Array {
  const { config, weights } = network;
  const { hidden_size: width, rms_norm_eps: epsilon } = config;
  const count = running.length;
  const ids = Uint32Array.from(running, ({ prompt, ids }) =>
    position < prompt.length ? prompt[position]! : ids[position - prompt.length]!,
  );
  const positions = new Uint32Array(count).fill(position);
  const stream = gather(weights.embedding, ids, width);
  weights.layers.forEach((layer, i) => {
    const normed = rmsNorm(stream, layer.attentionNorm, epsilon);
    const { query, key, value } = network.project(normed, layer, positions);
    const mixed = new Float32Array(count * width);
    running.forEach(({ keys, values }, n) => {
      keys[i]!.set(key.subarray(n * width, (n + 1) * width), position * width);
      values[i]!.set(value.subarray(n * width, (n + 1) * width), position * width);
      attendToCache(mixed, query, n * width, keys[i]!, values[i]!, position, width, network.headSize);
    });
    addTo(stream, linear(mixed, layer.output, count, width));
    const normedMlp = rmsNorm(stream, layer.mlpNorm, epsilon);
    const gate = linear(normedMlp, layer.gate, count, width);
    const inner = gated(gate, linear(normedMlp, layer.up, count, width));
    addTo(stream, linear(inner, layer.down, count, inner.length / count));
  });
  return stream;
}

/** Draws the next token of each rollout whose prompt has been read; returns those that have ended. */
function continueRollouts(
  network: Network,
  running: readonly Growing[],
  position: number,
  stream: Float32Array,
  { maxNewTokens, endId, draw }: SampleSettings,
): ReadonlySet<Growing> {
  const { hidden_size: width, vocab_size: vocabulary } = network.config;
  const rows = running.flatMap(({ prompt }, n) => (position + 1 >= prompt.length ? [n] : []));
  const logits = network.logits(gather(stream, Uint32Array.from(rows), width));
  const ended = new Set<Growing>();
  rows.forEach((n, i) => {
    const rollout = running[n]!;
    const own = logits.subarray(i * vocabulary, (i + 1) * vocabulary);
    const id = draw(own, rollout.row, rollout.ids.length);
    rollout.ids.push(id);
    const { logp, entropy } = measured(own, id);
    rollout.logps.push(logp);
    rollout.entropies.push(entropy);
    if (id === endId || rollout.ids.length === maxNewTokens) ended.add(rollout);
  });
  return ended;
}

/** Attention of one token to those of its rollout so far. */
function attendToCache(
  mixed: Float32Array,
  query: Float32Array,
  at: number,
  keys: Float32Array,
  values: Float32Array,
  position: number,
  width: number,
  size: number,
): void {
  const weights = new Float32Array(position + 1);
  const scale = 1 / Math.sqrt(size);
  for (let head = 0; head < width; head += size) {
    let top = -Infinity;
    for (let p = 0; p <= position; p++) {
      let score = 0;
      for (let d = 0; d < size; d++) score += query[at + head + d]! * keys[p * width + head + d]!;
      weights[p] = score * scale;
      top = Math.max(top, weights[p]!);
    }
    let sum = 0;
    for (let p = 0; p <= position; p++) sum += weights[p] = Math.exp(weights[p]! - top);
    for (let p = 0; p <= position; p++) {
      const weight = weights[p]! / sum;
      for (let d = 0; d < size; d++) mixed[at + head + d]! += weight * values[p * width + head + d]!;
    }
  }
}

/** The log-probability of a token, and the entropy of the distribution from which it was drawn. */
function measured(logits: Float32Array, id: number): { readonly logp: number; readonly entropy: number } {
  let top = -Infinity;
  for (const logit of logits) if (logit > top) top = logit;
  let [sum, mean] = [0, 0];
  for (const logit of logits) {
    const weight = Math.exp(logit - top);
    sum += weight;
    mean += weight * logit;
  }
  const shift = top + Math.log(sum);
  return { logp: logits[id]! - shift, entropy: shift - mean / sum };
}
