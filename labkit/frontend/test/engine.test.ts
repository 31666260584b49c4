import { describe, expect, test } from "vitest";
import { MersenneTwister, readSafetensors, Transformer, type Config } from "../src/engine";

const CONFIG: Config = {
  model_type: "qwen2",
  hidden_size: 4,
  intermediate_size: 6,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  rms_norm_eps: 1e-6,
  vocab_size: 5,
  max_position_embeddings: 8,
};
const LAYER = "model.layers.0";
const SHAPES: Readonly<Record<string, readonly number[]>> = {
  "model.embed_tokens.weight": [5, 4],
  [`${LAYER}.input_layernorm.weight`]: [4],
  [`${LAYER}.self_attn.q_proj.weight`]: [4, 4],
  [`${LAYER}.self_attn.k_proj.weight`]: [2, 4],
  [`${LAYER}.self_attn.v_proj.weight`]: [2, 4],
  [`${LAYER}.self_attn.o_proj.weight`]: [4, 4],
  [`${LAYER}.post_attention_layernorm.weight`]: [4],
  [`${LAYER}.mlp.gate_proj.weight`]: [6, 4],
  [`${LAYER}.mlp.up_proj.weight`]: [6, 4],
  [`${LAYER}.mlp.down_proj.weight`]: [4, 6],
  "model.norm.weight": [4],
  "lm_head.weight": [5, 4],
};
const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A safetensors file with this header and `bytes` bytes of numbers. */
function fileOf(
  header: string,
  bytes: number,
  length = new TextEncoder().encode(header).length,
): ArrayBuffer {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + bytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  return file.buffer;
}

function checkpoint(): ArrayBuffer {
  let at = 0;
  const entries = Object.entries(SHAPES).map(([name, shape]) => {
    const offsets = [at, (at += 2 * product(shape))];
    return [name, { dtype: "F16", shape, data_offsets: offsets }];
  });
  const file = fileOf(JSON.stringify(Object.fromEntries(entries)), at);
  new Uint16Array(file.slice(file.byteLength - at)).forEach((_, i) =>
    new DataView(file).setUint16(file.byteLength - at + 2 * i, 0x3000 + 37 * i, true),
  );
  return file;
}

const entry = (fields: object): string =>
  JSON.stringify({ a: { dtype: "F32", shape: [2], data_offsets: [0, 8], ...fields } });

describe("a file of weights", () => {
  test("is read, with each type of number", () => {
    const header = JSON.stringify({
      __metadata__: { format: "pt" },
      f32: { dtype: "F32", shape: [1], data_offsets: [0, 4] },
      f16: { dtype: "F16", shape: [1, 1], data_offsets: [4, 6] },
      bf16: { dtype: "BF16", shape: [2], data_offsets: [6, 10] },
      none: { dtype: "F32", shape: [0], data_offsets: [10, 10] },
    });
    const file = fileOf(header, 10);
    new Uint8Array(file).set([0, 0, 0x20, 0x41, 0, 0xc0, 0x20, 0x41, 0xc0, 0xbf], file.byteLength - 10);
    const read = [...readSafetensors(file)].map(([name, { values }]) => [name, ...values]);
    expect(read).toEqual([["f32", 10], ["f16", -2], ["bf16", 10, -1.5], ["none"]]);
  });

  test.each([
    ["an empty file", new ArrayBuffer(0)],
    ["seven bytes", new ArrayBuffer(7)],
    ["a page of HTML", new TextEncoder().encode("<!doctype html><title>404</title>").buffer],
    ["a header beyond the file", fileOf("{}", 0, 2 ** 40)],
    ["a header of no length", fileOf("", 0)],
    ["no JSON", fileOf("{...", 0)],
    ["another JSON", fileOf('"text"', 0)],
    ["a list", fileOf("[1]", 0)],
    ["no entry", fileOf('{"a": null}', 0)],
    ["an entry without offsets", fileOf('{"a": {"dtype": "F32", "shape": [1]}}', 9)],
    ["offsets that are texts", fileOf(entry({ data_offsets: ["0", "8"] }), 8)],
    ["a shape of halves", fileOf(entry({ shape: [0.5, 4] }), 8)],
    ["numbers before the file", fileOf(entry({ data_offsets: [-8, 0] }), 8)],
    ["numbers beyond the file", fileOf(entry({ data_offsets: [4, 12] }), 8)],
    ["fewer numbers than the shape", fileOf(entry({ shape: [3] }), 8)],
    ["a shape of 2 ** 60 numbers", fileOf(entry({ shape: [2 ** 30, 2 ** 30] }), 8)],
    ["an odd number of bytes", fileOf(entry({ data_offsets: [0, 7] }), 8)],
  ])("is refused with a sentence: %s", (_, file) =>
    expect(() => readSafetensors(file)).toThrow(/^The file of weights is damaged, or it is not complete\.$/),
  );

  test("names a type of number that is not read", () =>
    expect(() => readSafetensors(fileOf(entry({ dtype: "I64" }), 8))).toThrow("are I64; F32, F16 and BF16"));

  test("is read or refused with a sentence, wherever 3,000 random changes hit it", () => {
    const [whole, random] = [checkpoint(), new MersenneTwister(17)];
    const header = Number(new DataView(whole).getBigUint64(0, true));
    const below = (most: number): number => Math.floor(random.uniform() * most);
    const outcomes = new Set<string>();
    for (let round = 0; round < 3000; round++) {
      const file = whole.slice(0, round % 3 ? undefined : below(whole.byteLength));
      const bytes = new Uint8Array(file);
      for (let k = below(3) + 1; bytes.length && k; k--)
        bytes[below(Math.min(8 + header, bytes.length))] = round % 2 ? below(256) : 48 + below(10);
      try {
        new Transformer(CONFIG, readSafetensors(file));
        outcomes.add("read");
      } catch (error) {
        const { name, message } = error as Error;
        expect([name, message]).toEqual(["Error", expect.stringMatching(/^(The|This) .*\.$/s)]);
        outcomes.add(message.slice(0, 25));
      }
    }
    expect(outcomes).toContain("read");
    expect(outcomes).toContain("The file of weights is da");
    expect(outcomes).toContain("The file of weights has n");
  });
});

describe("a transformer", () => {
  test("reads no more tokens than its cache has room for", () => {
    const model = new Transformer(CONFIG, readSafetensors(checkpoint()));
    const cache = model.newCache(2);
    expect(model.step(1, cache)).toHaveLength(5);
    model.step(2, cache);
    expect(() => model.step(3, cache)).toThrow("at most 2 tokens");
  });

  test.each([
    [{ model_type: "llama" }, "is no Qwen2 model: its model_type is llama."],
    [{ vocab_size: 6 }, "has no model.embed_tokens.weight with the 24 numbers"],
    [{ num_hidden_layers: 2 }, "has no model.layers.1.input_layernorm.weight"],
    [{ num_key_value_heads: 2 }, "has no model.layers.0.self_attn.k_proj.weight with the 16 numbers"],
    [{ intermediate_size: 7 }, "has no model.layers.0.mlp.gate_proj.weight"],
  ])("refuses the weights of another shape: %j", (fields, sentence) =>
    expect(() => new Transformer({ ...CONFIG, ...fields }, readSafetensors(checkpoint()))).toThrow(sentence),
  );
});
