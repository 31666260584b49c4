// A Qwen2 transformer that learns: the forward pass of ../transformer.ts for many tokens at once, and its gradient.
// Read `forward` first, then `backward`, which goes the same way back.
import type { Config } from "../transformer";
import { attend, attendBackward, type Heads, type Projections } from "./attention";
import {
  addTo,
  gated,
  gatedBackward,
  linear,
  linearBackward,
  rmsNorm,
  rmsNormBackward,
  Rotation,
} from "./layers";
import type { LayerWeights, Weights } from "./parameters";

/** A prompt and its completion. */
export interface Sequence {
  readonly prompt: readonly number[];
  readonly completion: readonly number[];
}

/** The tokens that the model reads, one sequence after the other, and those that it predicts. */
export interface Batch {
  readonly ids: Uint32Array; // (N,)
  readonly positions: Uint32Array; // (N,)
  readonly starts: readonly number[]; // sequence i has the tokens starts[i] to starts[i + 1]
  readonly rows: Uint32Array; // the token after which each token of a completion is predicted
  readonly targets: Uint32Array; // the tokens of the completions
}

/** What the backward pass needs of a layer. */
interface Seen {
  readonly before: Float32Array; // the residual stream that the attention reads
  readonly normed: Float32Array;
  readonly projections: Projections; // after RoPE
  readonly looks: readonly Float32Array[]; // attention weights
  readonly mixed: Float32Array;
  readonly between: Float32Array; // the residual stream that the MLP reads
  readonly normedMlp: Float32Array;
  readonly gate: Float32Array;
  readonly up: Float32Array;
  readonly inner: Float32Array; // silu(gate) * up
}

/** d loss / d logp of token n of the completions, from its log-probability. */
export type Slope = (n: number, logp: number) => number;

const CHUNK = 64; // predictions at once: their logits are the largest array

export function batchOf(sequences: readonly Sequence[]): Batch {
  const starts = [0];
  const [ids, positions, rows, targets]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (const { prompt, completion } of sequences) {
    const first = ids.length;
    ids.push(...prompt, ...completion.slice(0, -1));
    for (let i = 0; first + i < ids.length; i++) positions.push(i);
    completion.forEach((id, i) => {
      rows.push(first + prompt.length - 1 + i);
      targets.push(id);
    });
    starts.push(ids.length);
  }
  return {
    ids: Uint32Array.from(ids),
    positions: Uint32Array.from(positions),
    starts,
    rows: Uint32Array.from(rows),
    targets: Uint32Array.from(targets),
  };
}

export class Network {
  readonly config: Config;
  readonly weights: Weights;
  readonly headSize: number;
  readonly rotation: Rotation;

  constructor(config: Config, weights: Weights) {
    this.config = config;
    this.weights = weights;
    this.headSize = config.hidden_size / config.num_attention_heads;
    const theta = config.rope_parameters?.rope_theta ?? config.rope_theta ?? 10_000;
    this.rotation = new Rotation(this.headSize, theta);
  }

  /** The log-probability of each token of the completions, in nats. */
  logps(batch: Batch): Float32Array {
    return this.#head(batch, this.#forward(batch, []));
  }

  /** Adds the gradient of a loss to `gradients`, and returns the log-probabilities, as `logps` does. */
  learn(batch: Batch, gradients: Weights, slope: Slope): Float32Array {
    const seen: Seen[] = [];
    const stream = this.#forward(batch, seen);
    const dStream = new Float32Array(stream.length);
    const logps = this.#head(batch, stream, { dStream, gradients, slope });
    this.#backward(batch, seen, dStream, gradients);
    return logps;
  }

  /** The residual stream after the last layer, (N, width). */
  #forward(batch: Batch, seen: Seen[]): Float32Array {
    const { hidden_size: width, rms_norm_eps: epsilon } = this.config;
    const { embedding, layers } = this.weights;
    const count = batch.ids.length;
    const stream = new Float32Array(count * width);
    batch.ids.forEach((id, n) => stream.set(embedding.subarray(id * width, (id + 1) * width), n * width));
    for (const layer of layers) {
      const before = stream.slice();
      const normed = rmsNorm(stream, layer.attentionNorm, epsilon);
      const projections = this.project(normed, layer, batch.positions);
      const { weights: looks, mixed } = attend(projections, this.#heads(batch));
      addTo(stream, linear(mixed, layer.output, count, width));
      const between = stream.slice();
      const normedMlp = rmsNorm(stream, layer.mlpNorm, epsilon);
      const gate = linear(normedMlp, layer.gate, count, width);
      const up = linear(normedMlp, layer.up, count, width);
      const inner = gated(gate, up);
      addTo(stream, linear(inner, layer.down, count, inner.length / count));
      seen.push({ before, normed, projections, looks, mixed, between, normedMlp, gate, up, inner });
    }
    return stream;
  }

  /** Queries, keys and values of tokens at the given positions. */
  project(normed: Float32Array, layer: LayerWeights, positions: Uint32Array): Projections {
    const [count, width] = [positions.length, this.config.hidden_size];
    const query = linear(normed, layer.query, count, width, layer.queryBias);
    const key = linear(normed, layer.key, count, width, layer.keyBias);
    const value = linear(normed, layer.value, count, width, layer.valueBias);
    this.rotation.turn(query, positions);
    this.rotation.turn(key, positions);
    return { query, key, value };
  }

  #backward(batch: Batch, seen: readonly Seen[], dStream: Float32Array, gradients: Weights): void {
    const { hidden_size: width, rms_norm_eps: epsilon } = this.config;
    const count = batch.ids.length;
    for (let i = seen.length - 1; i >= 0; i--) {
      const [layer, d, x] = [this.weights.layers[i]!, gradients.layers[i]!, seen[i]!];

      const dUp = new Float32Array(x.inner.length); // first of silu(gate) * up, then of up
      linearBackward(dStream, x.inner, layer.down, count, { x: dUp, weight: d.down });
      const dGate = gatedBackward(dUp, x.gate, x.up);
      const dNormedMlp = new Float32Array(x.normedMlp.length);
      linearBackward(dGate, x.normedMlp, layer.gate, count, { x: dNormedMlp, weight: d.gate });
      linearBackward(dUp, x.normedMlp, layer.up, count, { x: dNormedMlp, weight: d.up });
      rmsNormBackward(dNormedMlp, x.between, layer.mlpNorm, epsilon, dStream, d.mlpNorm);

      const dMixed = new Float32Array(x.mixed.length);
      linearBackward(dStream, x.mixed, layer.output, count, { x: dMixed, weight: d.output });
      const { query, key, value } = attendBackward(dMixed, x.projections, x.looks, this.#heads(batch));
      this.rotation.turn(query, batch.positions, -1);
      this.rotation.turn(key, batch.positions, -1);
      const dNormed = new Float32Array(x.normed.length);
      const into = { x: dNormed, weight: d.query, bias: d.queryBias };
      linearBackward(query, x.normed, layer.query, count, into);
      linearBackward(key, x.normed, layer.key, count, { x: dNormed, weight: d.key, bias: d.keyBias });
      linearBackward(value, x.normed, layer.value, count, { x: dNormed, weight: d.value, bias: d.valueBias });
      rmsNormBackward(dNormed, x.before, layer.attentionNorm, epsilon, dStream, d.attentionNorm);
    }
    batch.ids.forEach((id, n) =>
      addTo(
        gradients.embedding.subarray(id * width, (id + 1) * width),
        dStream.subarray(n * width, (n + 1) * width),
      ),
    );
  }

  /** The log-probabilities of the completions' tokens; with `back`, also the gradient of the loss up to the stream. */
  #head(
    batch: Batch,
    stream: Float32Array,
    back?: { readonly dStream: Float32Array; readonly gradients: Weights; readonly slope: Slope },
  ): Float32Array {
    const { hidden_size: width, rms_norm_eps: epsilon, vocab_size: vocabulary } = this.config;
    const { embedding, finalNorm } = this.weights;
    const logps = new Float32Array(batch.targets.length);
    for (let first = 0; first < logps.length; first += CHUNK) {
      const rows = batch.rows.subarray(first, first + CHUNK);
      const chosen = gather(stream, rows, width);
      const normed = rmsNorm(chosen, finalNorm, epsilon);
      const logits = linear(normed, embedding, rows.length, width);
      const slopes = new Float32Array(rows.length);
      for (let n = 0; n < rows.length; n++) {
        const at = n * vocabulary;
        const shift = logSumExp(logits, at, vocabulary);
        const logp = logits[at + batch.targets[first + n]!]! - shift;
        logps[first + n] = logp;
        if (!back) continue;
        const slope = (slopes[n] = back.slope(first + n, logp));
        // d logp / d logit is 1 - p for the token itself, and -p for each other token
        for (let v = at; v < at + vocabulary; v++) logits[v] = -slope * Math.exp(logits[v]! - shift);
        logits[at + batch.targets[first + n]!]! += slope;
      }
      if (!back || slopes.every((slope) => !slope)) continue;
      const dNormed = new Float32Array(normed.length);
      const into = { x: dNormed, weight: back.gradients.embedding };
      linearBackward(logits, normed, embedding, rows.length, into);
      const dChosen = new Float32Array(chosen.length);
      rmsNormBackward(dNormed, chosen, finalNorm, epsilon, dChosen, back.gradients.finalNorm);
      rows.forEach((row, n) =>
        addTo(
          back.dStream.subarray(row * width, (row + 1) * width),
          dChosen.subarray(n * width, (n + 1) * width),
        ),
      );
    }
    return logps;
  }

  #heads({ starts }: Batch): Heads {
    return { count: this.config.num_attention_heads, size: this.headSize, starts };
  }

  /** The logits after rows of the residual stream, (rows, vocabulary). */
  logits(stream: Float32Array): Float32Array {
    const { hidden_size: width, rms_norm_eps: epsilon } = this.config;
    const normed = rmsNorm(stream, this.weights.finalNorm, epsilon);
    return linear(normed, this.weights.embedding, stream.length / width, width);
  }
}

export function gather(data: Float32Array, rows: Uint32Array, width: number): Float32Array {
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, n) => out.set(data.subarray(row * width, (row + 1) * width), n * width));
  return out;
}

function logSumExp(x: Float32Array, at: number, length: number): number {
  let top = -Infinity;
  for (let i = at; i < at + length; i++) if (x[i]! > top) top = x[i]!;
  let sum = 0;
  for (let i = at; i < at + length; i++) sum += Math.exp(x[i]! - top);
  return top + Math.log(sum);
}
