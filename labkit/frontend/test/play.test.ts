import { describe, expect, test } from "vitest";
import { MersenneTwister } from "../src/engine";
import { float16 } from "../src/engine/safetensors";
import { sampleToken, topTokens } from "../src/engine/sampling";
import { EngineAttention, thumbnailSize } from "../src/play/panels/attention-data";
import { rawBytes } from "../src/core/packing";
import { EngineLens, type Reader, type Streams } from "../src/play/panels/lens-data";
import { addressOf, readAddress, START } from "../src/play/address";
import { judge, readPuzzle, unlikeTraining, wording } from "../src/play/countdown";
import { EngineSource } from "../src/play/engine-source";
import type { TextToken } from "../src/play/messages";
import { answerStartOf, sentencesOf } from "../src/play/places";
import { parse, valueOf } from "../src/play/rules/arithmetic";
import { positions, split, stepsOf, type Tags } from "../src/views/token/draw-steps";
import { python } from "./python";

interface TraceFields extends Tags {
  readonly text: string;
  readonly family: string;
  readonly own_steps: readonly (readonly [number, number, string])[] | null;
  readonly tokens: { readonly sizes: readonly number[] };
}

const PUZZLE = { numbers: [3, 5, 9], target: 24 };

describe("Countdown", () => {
  test.each(python.countdown)("judges %j as Python does", (answer, right, why) => {
    expect(judge(answer, PUZZLE)).toMatchObject({ right, why });
  });

  test("has the wording of the training", () => {
    expect(wording(PUZZLE)).toBe("Using 3, 5 and 9, make 24.");
    expect(wording(readPuzzle(" 3 5;9,", " 24 "))).toBe("Using 3, 5 and 9, make 24.");
  });

  test.each([
    ["", "24"],
    ["3", "24"],
    ["3, x", "24"],
    ["3, 5", ""],
    ["3, 5", "-1"],
    ["1,2,3,4,5,6", "9"],
    ["3, 5000", "1"],
  ])("refuses %j make %j with a sentence", (numbers, target) =>
    expect(() => readPuzzle(numbers, target)).toThrow(/\.$/),
  );

  test("says what the model did not learn", () => {
    expect(unlikeTraining(PUZZLE)).toBe("");
    expect(unlikeTraining({ numbers: [3, 50], target: 24 })).toContain("learned");
  });

  test("computes exactly", () => {
    expect(valueOf(parse("8 / (3 - 8 / 3)") ?? 0n)).toEqual([24n, 1n]);
    expect(valueOf(parse("1 / 3 - 1 / 3") ?? 1n)).toEqual([0n, 1n]);
  });
});

describe("the engine", () => {
  test("draws the numbers of torch.rand with seed 0", () => {
    const generator = new MersenneTwister(0);
    const drawn = Array.from({ length: 3 }, () => generator.uniform().toFixed(4));
    expect(drawn).toEqual(["0.4963", "0.7682", "0.0885"]); // torch.manual_seed(0); torch.rand(3)
  });

  test.each([
    [0x3c00, 1],
    [0xc000, -2],
    [0x0001, 2 ** -24],
    [0x7bff, 65504],
    [0x8000, -0],
    [0x7c00, Infinity],
  ])("reads the half %i as %d", (bits, value) => expect(float16(bits)).toBe(value));

  test("samples within top-k and top-p", () => {
    const logits = Float32Array.from([0, 3, 1, 2]);
    const params = { temperature: 1, topP: 1, topK: 0 };
    expect(topTokens(logits, 2)).toEqual([1, 3]);
    expect(sampleToken(logits, 0.999, { ...params, temperature: 0 })).toBe(1);
    const drawn = (topK: number, topP: number) =>
      new Set(Array.from({ length: 200 }, (_, i) => sampleToken(logits, i / 200, { ...params, topK, topP })));
    expect(drawn(0, 1)).toEqual(new Set([0, 1, 2, 3]));
    expect(drawn(2, 1)).toEqual(new Set([1, 3]));
    expect(drawn(0, 0.5)).toEqual(new Set([1]));
  });
});

test("an address holds the state, and a broken one the start", () => {
  const puzzle = { numbers: [1, 2, 4], target: 9 };
  const state = { model: "r1-mini", puzzle, temperature: 1.2, seed: 7, prefix: [5, 1350] };
  expect(readAddress(addressOf(state))).toEqual(state);
  expect(addressOf(state)).not.toContain("m=");
  expect(readAddress(addressOf({ ...state, model: "r1-nano" })).model).toBe("r1-nano");
  expect(readAddress("#m=../../x").model).toBe("r1-mini");
  for (const hash of ["", "#", "#n=x&t=1&T=99&s=-1&p=a.b", "#n=3&t=<script>"])
    expect(readAddress(hash)).toEqual(START);
});

test("a growing thought has the tokens, the blocks and the answer", () => {
  const texts = ["First 3 and 5.", "\n", "3 + 5", "\n", "</think>", "\n\n", "<answer>", "é", "</answer>"];
  const tokens = texts.map((text, id): TextToken => ({
    id,
    logprob: -1,
    entropy: 1,
    topIds: [id, 77],
    topLogprobs: [-1, -2],
    topTexts: [text, "x"],
    bytes: new TextEncoder().encode(text),
  }));
  const source = new EngineSource("R1-mini", wording(PUZZLE), () => undefined);
  for (const token of tokens) source.add([token]);
  source.end("stop");
  const all = new EngineSource("R1-mini", wording(PUZZLE), () => undefined);
  all.add(tokens);
  expect(source.columns.texts).toEqual(texts);
  expect(source.columns.blocks).toEqual(all.columns.blocks);
  expect(source.columns.blocks.map(({ role }) => role)).toEqual(["step", "step", "tag", "answer"]);
  expect(source.answer).toBe("\n\n<answer>é</answer>");
  expect([source.scene.running, source.scene.count]).toEqual([false, 9]);
});

test.each(Object.entries(python.thoughts))("the sentences and the answer are Python's: %s", (_, thought) => {
  const { text, family, tokens, own_steps, ...tags } = thought.trace as TraceFields;
  const { thinking, answer } = split(text, { ...tags, family });
  const steps = stepsOf({ text, family, own_steps }, thinking);
  const starts = positions(
    text,
    tokens.sizes.map((__, i) => tokens.sizes.slice(0, i).reduce((a, b) => a + b, 0)),
  );
  expect(sentencesOf(text, starts, steps)).toEqual(thought.sentences);
  expect(answerStartOf(text, starts, answer)).toBe(thought.answer);
});

describe("attention from the engine's queries and keys", () => {
  const { ids, texts, parts, sentences, queries, keys, answers } = python.attention;
  const numbers = (layers: readonly (readonly number[])[]) => layers.map((layer) => Float32Array.from(layer));
  const captured = {
    ids,
    texts,
    parts,
    sentences,
    prompt: 4,
    heads: 2,
    kvHeads: 2,
    headSize: 4,
    queries: numbers(queries),
    keys: numbers(keys),
  };
  const inside = new EngineAttention(captured);

  test.each(answers)("answers $ask as Python does", ({ ask, header, levels }) => {
    const answer = inside.answer(ask as Parameters<typeof inside.answer>[0]);
    expect(answer.header).toEqual(near(header));
    const { bytes } = answer;
    const own = bytes ? Array.from(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)) : [];
    expect(own.length).toBe(levels.length);
    expect(Math.max(0, ...own.map((level, i) => Math.abs(level - (levels[i] ?? 0))))).toBeLessThanOrEqual(1);
  });

  test("has no receiver heads in seven sentences", () => {
    const short = new EngineAttention({ ...captured, sentences: sentences.slice(0, 7) });
    expect(() => short.answer({ ask: "find", what: "receiver" })).toThrow("in 7 sentences");
  });

  test("the side of a thumbnail is Python's", () => {
    const sizes = [thumbnailSize(25, 200), thumbnailSize(336, 8192), thumbnailSize(25, 20)];
    expect(sizes).toEqual([48, 21, 20]); // the doctest of thumbnail_size
  });
});

describe("a lens over a model of two layers and three tokens, whose logits are the stream", () => {
  const streams: Streams = {
    ids: [0, 2, 1],
    layers: 2,
    width: 3,
    values: Float32Array.from([9, 0, 0, 0, 0, 9, 0, 0, 9, 0, 9, 0, 9, 0, 0, 0, 9, 0]), // likeliest: 0 2 2, then 1 0 1
  };
  const reader: Reader = { vocabulary: 3, logits: (stream) => stream, text: (id) => "abc".charAt(id) };
  const lens = () => new EngineLens(streams, reader);
  const bytesOf = ({ bytes }: { readonly bytes?: DataView }) => Array.from(rawBytes(bytes));

  test("the depth is the layer from which the next token stays the likeliest", () => {
    expect(bytesOf(lens().answer({ ask: "depths", kind: "logit" }))).toEqual([1, 2]);
  });

  test("the depths of a model that is too large are left to the tiles", () => {
    const large = new EngineLens(streams, { ...reader, vocabulary: 1e9 });
    expect(bytesOf(large.answer({ ask: "depths", kind: "logit" }))).toEqual([255, 255]);
  });

  test("a token that is not known is never the likeliest", () => {
    const tile = { ask: "tile", kind: "logit", target: 0, first: 0, last: 2 } as const;
    expect(lens().answer(tile).header).toMatchObject({ count: 2, ids: [0, 1, 2], came_texts: ["c", "b"] });
    const two = new EngineLens(streams, { ...reader, vocabulary: 2 });
    expect(two.answer(tile).header).toMatchObject({ ids: [0, 1] });
  });

  test("the tuned lens maps each layer but the last", () => {
    const tuned = lens();
    const depths = { ask: "depths", kind: "tuned" } as const;
    expect(() => tuned.answer(depths)).toThrow("There is no tuned lens of this model.");
    const swap = [0, 1, 0, 1, 0, 0, 0, 0, 1]; // the first two logits
    tuned.translators = { weight: Float32Array.from([...swap, ...swap]), bias: new Float32Array(6) };
    expect(bytesOf(tuned.answer(depths))).toEqual([1, 1]);
    tuned.translators = { ...tuned.translators, bias: Float32Array.from([0, 0, 99, 0, 99, 0]) };
    expect(bytesOf(tuned.answer(depths))).toEqual([2, 1]);
  });

  test("a cell that does not exist gets a sentence", () => {
    const cell = { ask: "cell", kind: "logit", target: null, position: 2, layer: 0 } as const;
    expect(() => lens().answer(cell)).toThrow("no cell at layer 0 and position 2");
  });
});

/** Equals the same value with numbers that differ by less than 0.000005. */
function near(value: object): unknown {
  return JSON.parse(JSON.stringify(value), (_, each: unknown): unknown =>
    typeof each === "number" ? expect.closeTo(each, 5) : each,
  );
}
