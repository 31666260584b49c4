// A Qwen2 transformer: token by token, with a KV cache. Read `step` first: it is the model.
// Source: Qwen2 technical report, arXiv 2407.10671; RoPE: arXiv 2104.09864; RMSNorm: arXiv 1910.07467; SwiGLU: arXiv 2002.05202.
import { maximum } from "./sampling";
import type { Tensor } from "./safetensors";

/** The fields of a checkpoint's config.json that are used. */
export interface Config {
  readonly model_type: string;
  readonly hidden_size: number;
  readonly intermediate_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim?: number;
  readonly rms_norm_eps: number;
  readonly vocab_size: number;
  readonly max_position_embeddings: number;
  readonly rope_parameters?: { readonly rope_theta: number };
  readonly rope_theta?: number;
  readonly tie_word_embeddings?: boolean;
}

/** Receives what is inside the model at one token. The arrays change later: copy what should stay. */
export interface Recorder {
  residual?(layer: number, stream: Float32Array): void; // layer 0 is the embedding, the last is before the final norm
  queryAndKeys?(layer: number, query: Float32Array, key: Float32Array): void; // after RoPE
}

/** Keys and values of the tokens so far, [position, KV head, dimension] for each layer. */
export interface Cache {
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
  readonly capacity: number; // tokens
  length: number;
}

export class Transformer {
  readonly config: Config;
  readonly headSize: number;
  readonly tensors: ReadonlyMap<string, Tensor>; // by their names in the checkpoint
  readonly #frequencies: Float32Array;

  /** Throws an `Error` whose message is a sentence if the weights are not those of a Qwen2 model of this shape. */
  constructor(config: Config, tensors: ReadonlyMap<string, Tensor>) {
    if (config.model_type !== "qwen2")
      throw new Error(`This is no Qwen2 model: its model_type is ${config.model_type}.`);
    this.config = config;
    this.headSize = config.head_dim ?? config.hidden_size / config.num_attention_heads;
    this.tensors = tensors;
    const theta = config.rope_parameters?.rope_theta ?? config.rope_theta ?? 10_000;
    const half = this.headSize / 2;
    this.#frequencies = Float32Array.from({ length: half }, (_, i) => theta ** (-i / half));
    this.step(0, this.newCache(1)); // notices a weight that is missing
  }

  /** An empty cache for a prompt and a completion of together at most `capacity` tokens. */
  newCache(capacity = this.config.max_position_embeddings): Cache {
    const { num_hidden_layers: layers, num_key_value_heads: kvHeads } = this.config;
    const arrays = () =>
      Array.from({ length: layers }, () => new Float32Array(capacity * kvHeads * this.headSize));
    return { keys: arrays(), values: arrays(), capacity, length: 0 };
  }

  /** Reads one token at the next position and returns the logits of the token after it, (vocabulary,). */
  step(id: number, cache: Cache, recorder: Recorder = {}): Float32Array {
    const { hidden_size: width, num_hidden_layers: layers, vocab_size: words } = this.config;
    if (cache.length === cache.capacity)
      throw new Error(`The model reads at most ${cache.capacity} tokens here, and these are more.`);
    const embedding = this.#weight("model.embed_tokens.weight", words * width);
    const stream = embedding.slice(id * width, (id + 1) * width); // the residual stream
    recorder.residual?.(0, stream);
    for (let i = 0; i < layers; i++) {
      const layer = `model.layers.${i}`;
      add(stream, this.#attention(i, this.#normalized(`${layer}.input_layernorm`, stream), cache, recorder));
      add(stream, this.#mlp(i, this.#normalized(`${layer}.post_attention_layernorm`, stream)));
      recorder.residual?.(i + 1, stream);
    }
    cache.length++;
    return this.logits(stream);
  }

  /** The logits that a residual stream predicts: the logit lens reads those of every layer. */
  logits(stream: Float32Array): Float32Array {
    const { tie_word_embeddings: tied, vocab_size: words } = this.config;
    const output = tied ? "model.embed_tokens" : "lm_head";
    return this.#linear(output, this.#normalized("model.norm", stream), words);
  }

  /** Grouped-query attention of the newest token to itself and to all tokens before it. */
  #attention(index: number, x: Float32Array, cache: Cache, recorder: Recorder): Float32Array {
    const { num_attention_heads: heads, num_key_value_heads: kvHeads } = this.config;
    const [size, position, name] = [this.headSize, cache.length, `model.layers.${index}.self_attn`];
    const [keys, values, row] = [cache.keys[index]!, cache.values[index]!, kvHeads * size];
    const query = this.#rotated(this.#linear(`${name}.q_proj`, x, heads * size), position);
    const key = this.#rotated(this.#linear(`${name}.k_proj`, x, row), position);
    recorder.queryAndKeys?.(index, query, key);
    keys.set(key, position * row);
    values.set(this.#linear(`${name}.v_proj`, x, row), position * row);
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
    return this.#linear(`${name}.o_proj`, mixed, x.length);
  }

  /** Rotary position embedding, in place: each pair (i, i + half) of a head turns by its own angle. */
  #rotated(heads: Float32Array, position: number): Float32Array {
    const half = this.headSize / 2;
    for (let start = 0; start < heads.length; start += this.headSize)
      for (let i = 0; i < half; i++) {
        const angle = Math.fround(position * this.#frequencies[i]!);
        const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
        const [a, b] = [heads[start + i]!, heads[start + half + i]!];
        heads[start + i] = a * cos - b * sin;
        heads[start + half + i] = b * cos + a * sin;
      }
    return heads;
  }

  /** The gated MLP (SwiGLU): down(silu(gate x) * up x). */
  #mlp(index: number, x: Float32Array): Float32Array {
    const [name, inner] = [`model.layers.${index}.mlp`, this.config.intermediate_size];
    const [gate, up] = [
      this.#linear(`${name}.gate_proj`, x, inner),
      this.#linear(`${name}.up_proj`, x, inner),
    ];
    const gated = gate.map((g, i) => (g / (1 + Math.exp(-g))) * up[i]!);
    return this.#linear(`${name}.down_proj`, gated, x.length);
  }

  /** Root mean square normalisation. */
  #normalized(name: string, x: Float32Array): Float32Array {
    const weight = this.#weight(`${name}.weight`, x.length);
    const scale = 1 / Math.sqrt(dot(x, 0, x, 0, x.length) / x.length + this.config.rms_norm_eps);
    return x.map((value, i) => value * scale * weight[i]!);
  }

  /** A linear layer: W x + b, with W [outputs, inputs]; some layers have no b. */
  #linear(name: string, x: Float32Array, outputs: number): Float32Array {
    const weight = this.#weight(`${name}.weight`, outputs * x.length);
    const bias = this.tensors.get(`${name}.bias`)?.values;
    const out = new Float32Array(outputs);
    for (let i = 0; i < outputs; i++) out[i] = dot(weight, i * x.length, x, 0, x.length) + (bias?.[i] ?? 0);
    return out;
  }

  #weight(name: string, count: number): Float32Array {
    const values = this.tensors.get(name)?.values;
    if (values?.length !== count)
      throw new Error(
        `The file of weights has no ${name} with the ${count} numbers that config.json asks for.`,
      );
    return values;
  }
}

function dot(a: Float32Array, aStart: number, b: Float32Array, bStart: number, length: number): number {
  let [even, odd] = [0, length % 2 ? a[aStart]! * b[bStart]! : 0]; // two sums: a processor adds to both at once
  for (let i = length % 2; i < length; i += 2) {
    even += a[aStart + i]! * b[bStart + i]!;
    odd += a[aStart + i + 1]! * b[bStart + i + 1]!;
  }
  return even + odd;
}

function add(x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i]! += y[i]!;
}

function softmax(x: Float32Array): void {
  const top = maximum(x);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] = Math.exp(x[i]! - top);
  for (let i = 0; i < x.length; i++) x[i]! /= sum;
}
