// All weights of a model in one array, so that an optimizer, a gradient and a message to a worker are one array each.
import type { Tensor } from "../safetensors";
import type { Config } from "../transformer";

export interface LayerWeights {
  readonly attentionNorm: Float32Array; // (width,)
  readonly query: Float32Array; // (heads * head size, width)
  readonly queryBias: Float32Array;
  readonly key: Float32Array; // (heads * head size, width)
  readonly keyBias: Float32Array;
  readonly value: Float32Array; // (heads * head size, width)
  readonly valueBias: Float32Array;
  readonly output: Float32Array; // (width, heads * head size)
  readonly mlpNorm: Float32Array; // (width,)
  readonly gate: Float32Array; // (MLP, width)
  readonly up: Float32Array; // (MLP, width)
  readonly down: Float32Array; // (width, MLP)
}

/** The weights of a model, or the gradient of a loss with respect to them: each array is a part of `all`. */
export interface Weights {
  readonly all: Float32Array;
  readonly tensors: ReadonlyMap<string, Tensor>; // by the names of the checkpoint
  readonly embedding: Float32Array; // (vocabulary, width), also the output layer
  readonly finalNorm: Float32Array; // (width,)
  readonly layers: readonly LayerWeights[];
}

/** Names and shapes of the weights, in the order in which they stand in `Weights.all`. */
export function shapesOf(config: Config): readonly (readonly [string, readonly number[]])[] {
  const { hidden_size: width, intermediate_size: mlp, vocab_size: vocabulary } = config;
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => {
    const square = ["q_proj", "k_proj", "v_proj"].flatMap((name) => [
      [`self_attn.${name}.weight`, [width, width]] as const,
      [`self_attn.${name}.bias`, [width]] as const,
    ]);
    const rest = [
      ["input_layernorm.weight", [width]],
      ...square,
      ["self_attn.o_proj.weight", [width, width]],
      ["post_attention_layernorm.weight", [width]],
      ["mlp.gate_proj.weight", [mlp, width]],
      ["mlp.up_proj.weight", [mlp, width]],
      ["mlp.down_proj.weight", [width, mlp]],
    ] as const;
    return rest.map(([name, shape]) => [`model.layers.${i}.${name}`, shape] as const);
  });
  return [
    ["model.embed_tokens.weight", [vocabulary, width]],
    ...layers.flat(),
    ["model.norm.weight", [width]],
  ];
}

/** Weights that are all 0, or that stand in `all` already. */
export function newWeights(config: Config, all?: Float32Array): Weights {
  const shapes = shapesOf(config);
  const count = shapes.reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
  const values = all ?? new Float32Array(count);
  const tensors = new Map<string, Tensor>();
  let start = 0;
  for (const [name, shape] of shapes)
    tensors.set(name, { shape, values: values.subarray(start, (start += sizeOf(shape))) });
  const of = (name: string): Float32Array => tensors.get(name)!.values;
  const layers = Array.from({ length: config.num_hidden_layers }, (_, i) => {
    const part = (name: string): Float32Array => of(`model.layers.${i}.${name}`);
    return {
      attentionNorm: part("input_layernorm.weight"),
      query: part("self_attn.q_proj.weight"),
      queryBias: part("self_attn.q_proj.bias"),
      key: part("self_attn.k_proj.weight"),
      keyBias: part("self_attn.k_proj.bias"),
      value: part("self_attn.v_proj.weight"),
      valueBias: part("self_attn.v_proj.bias"),
      output: part("self_attn.o_proj.weight"),
      mlpNorm: part("post_attention_layernorm.weight"),
      gate: part("mlp.gate_proj.weight"),
      up: part("mlp.up_proj.weight"),
      down: part("mlp.down_proj.weight"),
    };
  });
  return {
    all: values,
    tensors,
    embedding: of("model.embed_tokens.weight"),
    finalNorm: of("model.norm.weight"),
    layers,
  };
}

/** A copy of a checkpoint's weights. Throws an `Error` whose message is a sentence for a model of another shape. */
export function weightsOf(config: Config, tensors: ReadonlyMap<string, Tensor>): Weights {
  const { hidden_size: width, num_attention_heads: heads, num_key_value_heads: kvHeads, head_dim } = config;
  if (kvHeads !== heads || (head_dim ?? width / heads) !== width / heads || tensors.has("lm_head.weight"))
    throw new Error(
      "Training runs on Qwen2 models with tied embeddings and without grouped attention, such as r1-nano.",
    );
  const weights = newWeights(config);
  for (const [name, { values }] of weights.tensors) {
    const given = tensors.get(name);
    if (given?.values.length !== values.length)
      throw new Error(`The file of weights has no ${name} of this model. Load the page again.`);
    values.set(given.values);
  }
  return weights;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
