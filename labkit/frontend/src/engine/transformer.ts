// A Qwen2 transformer: token by token, with a KV cache. Read `step` first: it is the model.
// Source: Qwen2 technical report, arXiv 2407.10671; RoPE: arXiv 2104.09864; RMSNorm: arXiv 1910.07467; SwiGLU: arXiv 2002.05202.
import type { Tensor } from "./safetensors";

/** The fields of a checkpoint's config.json that are used. */
export interface Config {
  readonly model_type: string;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly rms_norm_eps: number;
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
  readonly rope_parameters?: { readonly rope_theta: number };
  readonly rope_theta?: number;
}

/** Receives what is inside the model at one token. The arrays change later: copy what should stay. */
export interface Recorder {
  residual?(layer: number, stream: Float32Array): void; // layer 0 is the embedding, the last is before the final norm
  queryAndKeys?(layer: number, query: Float32Array, key: Float32Array): void; // after RoPE
}

/** Keys and values of the tokens so far, [position, KV head, dimension] for each layer. */
export class Cache {
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
  readonly capacity: number; // tokens
  length = 0;

  constructor(keys: readonly Float32Array[], values: readonly Float32Array[], capacity: number) {
    this.keys = keys;
    this.values = values;
    this.capacity = capacity;
  }

  /** How many more tokens can be read. */
  get room(): number {
    return this.capacity - this.length;
  }
}

interface Layer {
  readonly attentionNorm: Float32Array;
  readonly query: Linear;
  readonly key: Linear;
  readonly value: Linear;
  readonly output: Linear;
  readonly mlpNorm: Float32Array;
  readonly gate: Linear;
  readonly up: Linear;
  readonly down: Linear;
}

interface Linear {
  readonly weight: Float32Array;
  readonly bias?: Float32Array;
}

export class Transformer {
  readonly config: Config;
  readonly headSize: number;
  readonly #embedding: Float32Array; // also the output layer, if the checkpoint ties them
  readonly #unembedding: Linear;
  readonly #finalNorm: Float32Array;
  readonly #layers: readonly Layer[];
  readonly #frequencies: Float32Array;

  /** Throws an `Error` whose message is a sentence if the weights are not those of a Qwen2 model. */
  constructor(config: Config, tensors: ReadonlyMap<string, Tensor>) {
    if (config.model_type !== "qwen2")
      throw new Error(`This page runs Qwen2 models, not ${config.model_type}.`);
    const weight = (name: string): Float32Array => {
      const tensor = tensors.get(name);
      if (!tensor) throw new Error(`The file of weights has no ${name}. Load the page again.`);
      return tensor.values;
    };
    const linear = (name: string): Linear => {
      const bias = tensors.get(`${name}.bias`);
      return { weight: weight(`${name}.weight`), ...(bias && { bias: bias.values }) };
    };
    this.config = config;
    this.headSize = config.hidden_size / config.num_attention_heads;
    this.#embedding = weight("model.embed_tokens.weight");
    this.#unembedding = tensors.has("lm_head.weight") ? linear("lm_head") : { weight: this.#embedding };
    this.#finalNorm = weight("model.norm.weight");
    this.#layers = Array.from({ length: config.num_hidden_layers }, (_, i) => {
      const [attention, mlp] = [`model.layers.${i}.self_attn`, `model.layers.${i}.mlp`];
      return {
        attentionNorm: weight(`model.layers.${i}.input_layernorm.weight`),
        query: linear(`${attention}.q_proj`),
        key: linear(`${attention}.k_proj`),
        value: linear(`${attention}.v_proj`),
        output: linear(`${attention}.o_proj`),
        mlpNorm: weight(`model.layers.${i}.post_attention_layernorm.weight`),
        gate: linear(`${mlp}.gate_proj`),
        up: linear(`${mlp}.up_proj`),
        down: linear(`${mlp}.down_proj`),
      };
    });
    const theta = config.rope_parameters?.rope_theta ?? config.rope_theta ?? 10_000;
    const half = this.headSize / 2;
    this.#frequencies = Float32Array.from({ length: half }, (_, i) => theta ** (-i / half));
  }

  /** An empty cache for a prompt and a completion of together at most `capacity` tokens. */
  newCache(capacity = this.config.max_position_embeddings): Cache {
    const size = capacity * this.config.num_key_value_heads * this.headSize;
    const arrays = () => this.#layers.map(() => new Float32Array(size));
    return new Cache(arrays(), arrays(), capacity);
  }

  /** Reads one token at the next position and returns the logits of the token after it, (vocabulary,). */
  step(id: number, cache: Cache, recorder: Recorder = {}): Float32Array {
    const { hidden_size: width, rms_norm_eps: epsilon } = this.config;
    const stream = this.#embedding.slice(id * width, (id + 1) * width); // the residual stream
    recorder.residual?.(0, stream);
    this.#layers.forEach((layer, i) => {
      add(
        stream,
        this.#attention(layer, i, normalized(stream, layer.attentionNorm, epsilon), cache, recorder),
      );
      add(stream, swiglu(layer, normalized(stream, layer.mlpNorm, epsilon)));
      recorder.residual?.(i + 1, stream);
    });
    cache.length++;
    return this.logits(stream);
  }

  /** The logits that a residual stream predicts: the logit lens reads those of every layer. */
  logits(stream: Float32Array): Float32Array {
    return apply(this.#unembedding, normalized(stream, this.#finalNorm, this.config.rms_norm_eps));
  }

  /** Grouped-query attention of the newest token to itself and to all tokens before it. */
  #attention(layer: Layer, index: number, x: Float32Array, cache: Cache, recorder: Recorder): Float32Array {
    const { num_attention_heads: heads, num_key_value_heads: kvHeads } = this.config;
    const size = this.headSize;
    const [position, row] = [cache.length, kvHeads * size];
    const [query, key] = [apply(layer.query, x), apply(layer.key, x)];
    this.#rotate(query, position);
    this.#rotate(key, position);
    recorder.queryAndKeys?.(index, query, key);
    const [keys, values] = [cache.keys[index], cache.values[index]];
    if (!keys || !values || !cache.room)
      throw new Error(
        `This model reads at most ${this.config.max_position_embeddings} tokens. Ask for fewer.`,
      );
    keys.set(key, position * row);
    values.set(apply(layer.value, x), position * row);
    const mixed = new Float32Array(heads * size);
    const weights = new Float32Array(position + 1);
    for (let head = 0; head < heads; head++) {
      const shared = Math.floor((head * kvHeads) / heads) * size; // heads of a group share keys and values
      for (let p = 0; p <= position; p++)
        weights[p] = dot(query, head * size, keys, p * row + shared, size) / Math.sqrt(size);
      softmax(weights);
      for (let p = 0; p <= position; p++)
        for (let d = 0; d < size; d++) mixed[head * size + d]! += weights[p]! * values[p * row + shared + d]!;
    }
    return apply(layer.output, mixed);
  }

  /** Rotary position embedding, in place: each pair (i, i + half) of a head turns by its own angle. */
  #rotate(heads: Float32Array, position: number): void {
    const half = this.headSize / 2;
    for (let start = 0; start < heads.length; start += this.headSize)
      for (let i = 0; i < half; i++) {
        const angle = Math.fround(position * this.#frequencies[i]!);
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        const [a, b] = [heads[start + i]!, heads[start + half + i]!];
        heads[start + i] = a * cos - b * sin;
        heads[start + half + i] = b * cos + a * sin;
      }
  }
}

/** The gated MLP: down(silu(gate x) * up x). */
function swiglu(layer: Layer, x: Float32Array): Float32Array {
  const [gate, up] = [apply(layer.gate, x), apply(layer.up, x)];
  return apply(
    layer.down,
    gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!),
  );
}

/** Root mean square normalisation. */
function normalized(x: Float32Array, weight: Float32Array, epsilon: number): Float32Array {
  const scale = 1 / Math.sqrt(dot(x, 0, x, 0, x.length) / x.length + epsilon);
  return x.map((value, i) => value * scale * weight[i]!);
}

/** A linear layer: W x + b, with W [out, in]. */
function apply({ weight, bias }: Linear, x: Float32Array): Float32Array {
  const out = new Float32Array(weight.length / x.length);
  for (let i = 0; i < out.length; i++) out[i] = dot(weight, i * x.length, x, 0, x.length) + (bias?.[i] ?? 0);
  return out;
}

function dot(a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += a[aStart + i]! * b[bStart + i]!;
  return sum;
}

function add(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i]! += y[i]!;
}

function softmax(x: Float32Array): void {
  let [top, sum] = [-Infinity, 0];
  for (const value of x) top = Math.max(top, value);
  for (let i = 0; i < x.length; i++) sum += x[i] = Math.exp(x[i]! - top);
  for (let i = 0; i < x.length; i++) x[i]! /= sum;
}
