import { describe, expect, test } from "vitest";
import { highest, level, nextSurprise, percent, ramp } from "../src/core/color-scale";
import type { Block, Columns } from "../src/core/contract";
import { TokenColumns, unpackColumns, type Chunk } from "../src/core/token-columns";
import { kindOf } from "../src/views/token/draw-kind";
import { positions, segment, split, stepsOf } from "../src/views/token/draw-steps";
import { readTrace, TraceSource } from "../src/views/token/trace-source";
import { python } from "./python";

describe("a trace file has the blocks that Python makes", () => {
  test.each(Object.entries(python.thoughts))("%s", (_, { trace, texts, blocks }) => {
    const { columns } = new TraceSource(readTrace(trace));
    expect(columns.texts).toEqual(texts);
    expect(columns.blocks).toEqual(blocks);
  });
});

describe("blocks", () => {
  test.each(Object.entries(python.thoughts))("cover every token once: %s", (_, { trace }) => {
    const { columns } = new TraceSource(readTrace(trace));
    const covered = columns.blocks.flatMap((b) =>
      Array.from({ length: b.last - b.first }, (__, i) => b.first + i),
    );
    expect(covered).toEqual(Array.from({ length: columns.count }, (__, i) => i));
    columns.blocks.forEach((block, i) => expect(columns.blockOf(block.first)).toBe(i));
  });
});

describe("steps", () => {
  test("tile the thought without gaps, and each line of a small model is one", () => {
    const text = "First a.\nGo back. Now b.\nCheck: c.";
    const steps = segment(text, 10, "r1-mini");
    expect(steps.map((s) => s.kind)).toEqual(["plan", "back", "check"]);
    expect(steps.map((s) => text.slice(s.start - 10, s.end - 10)).join("")).toBe(text);
  });
  test("are paragraphs in other families", () => {
    expect(segment("a\nb\n\nc", 0, "r1-distill").map((s) => [s.start, s.end])).toEqual([
      [0, 5],
      [5, 6],
    ]);
  });
  test("of a file by a rule of the user's own are those that it holds, counted in characters", () => {
    const text = "🦉 one. Two.";
    const own = {
      text,
      family: "r1-mini",
      own_steps: [
        [0, 6, "owl"],
        [7, 11, "number"],
      ] as const,
    };
    const steps = stepsOf(own, [0, text.length]);
    expect(steps.map((s) => [text.slice(s.start, s.end), s.kind])).toEqual([
      ["🦉 one.", "owl"],
      ["Two.", "number"],
    ]);
    expect(stepsOf({ ...own, own_steps: null }, [0, text.length]).map((s) => s.kind)).toEqual(["try"]);
  });
  test.each(python.step_kinds)("have the kind that Python finds: %j", (text, kind) => {
    expect(kindOf(text, "")).toBe(kind);
  });
  test("a cut thought has no answer, whichever tag the template wrote", () => {
    const tags = { opened: true, open_tag: "<think>", close_tag: "</think>" };
    expect(split("3 + 5", tags)).toEqual({ thinking: [0, 5], answer: [5, 5] });
    expect(split("<think>3", { ...tags, opened: false })).toEqual({ thinking: [7, 8], answer: [8, 8] });
  });
});

test("a token that begins inside a character has the character's position", () => {
  expect(positions("a🦉é", [0, 1, 3, 5, 7])).toEqual([0, 1, 1, 3, 4]);
});

describe("a file that is no trace is refused with a sentence", () => {
  test.each([
    [null, "This file holds no trace."],
    [{ version: 2 }, "This is a trace of version 2; this labkit reads version 1."],
    [
      {
        version: 1,
        model: "m",
        prompt: "",
        text: "ab",
        finish: "stop",
        own_steps: [
          [0, 2, "a"],
          [1, 2, "b"],
        ],
      },
      /its own_steps are not/,
    ],
    [
      { version: 1, model: "m", prompt: "", text: "ab", finish: "stop", own_steps: [[0, 2, "a\u202e"]] },
      /its own_steps are not/,
    ],
    [{ version: 1, model: "m" }, /^This trace cannot be read: its prompt, text, finish are not/],
  ])("%j", (file, message) => {
    expect(() => readTrace(file)).toThrow(message);
  });
  test("columns of different lengths", () => {
    const { trace } = python.thoughts["both tags"] ?? { trace: {} };
    const tokens = { ids: [1, 2], sizes: [1], texts: [] };
    expect(() => readTrace({ ...trace, tokens })).toThrow("its sizes are not as they should be");
  });
});

describe("colours of tokens", () => {
  test.each(python.levels)("%s, p = %f, entropy %f: level %i", (color, p, entropy, expected) => {
    expect(level(color, Math.log(p), entropy)).toBe(expected);
  });
  test("an unknown number has level 0", () => {
    for (const color of ["probability", "surprisal", "entropy"] as const)
      expect(level(color, NaN, NaN)).toBe(0);
  });
  test.each([false, true])("the lowest levels are transparent and opacity grows (dark: %s)", (dark) => {
    const alpha = ramp(dark).map((color) => Number(/\/ ([\d.]+)/.exec(color)?.[1] ?? 0));
    expect(alpha.slice(0, 3)).toEqual([0, 0, 0]);
    alpha.forEach((a, i) => expect(a).toBeGreaterThanOrEqual((alpha[i - 1] ?? 0) - 0.03));
    expect(alpha[255]).toBeGreaterThan(0.3);
  });
  test("the maximum of each column is kept", () => {
    expect([...highest([1, 5, 2, 0, 9, 3], 3)]).toEqual([5, 2, 9]);
    expect(Math.max(...highest([0.5, 0.1], 1))).toBe(0.5);
  });
});

test("a probability is never shown as zero", () => {
  expect([1, 0.9996, 0.5, 0.0012, 0.00004, 1e-9, 0].map(percent)).toEqual([
    "100 %",
    "100 %",
    "50.0 %",
    "0.1 %",
    "0.004 %",
    "< 0.001 %",
    "0 %",
  ]);
});

test("the next surprise is among the rarest 5 %, below even odds, and wraps around", () => {
  const logprob = Array.from({ length: 100 }, (_, i) => (i === 10 ? -5 : i === 60 ? -4 : -0.01));
  expect(nextSurprise(logprob, -1)).toBe(10);
  expect(nextSurprise(logprob, 10)).toBe(60);
  expect(nextSurprise(logprob, 60)).toBe(10);
  expect(nextSurprise([-0.01, -0.02], -1)).toBeUndefined();
  expect(nextSurprise([NaN, NaN], -1)).toBeUndefined();
});

describe("streamed columns", () => {
  const block = (first: number, last: number): Block => ({
    role: "step",
    first,
    last,
    number: 1,
    kind: "try",
    gist: "",
  });
  const chunk = (first: number, texts: string[], keep = 0, blocks: Block[] = []): Chunk => ({
    first,
    count: texts.length,
    texts,
    keep,
    blocks,
    logprob: Float32Array.from(texts, () => -1),
    entropy: Float32Array.from(texts, () => NaN),
    ids: Uint32Array.from(texts, (_, i) => first + i),
    starts: Uint32Array.from(texts, (_, i) => first + i),
  });

  test("an overlapping chunk adds only its new tokens", () => {
    const columns = new TokenColumns();
    columns.add(chunk(0, ["a", "b"], 0, [block(0, 2)]), true);
    expect(columns.add(chunk(1, ["b", "c"], 0, [block(0, 3)]), true)).toEqual({ token: 2, block: 0 });
    expect(columns.texts).toEqual(["a", "b", "c"]);
    expect(columns.ids).toEqual([0, 1, 2]);
  });
  test("a chunk after a gap changes nothing", () => {
    const columns = new TokenColumns();
    columns.add(chunk(0, ["a"]), true);
    expect(columns.add(chunk(2, ["c"]), true)).toBeUndefined();
    expect(columns.count).toBe(1);
  });
  test("a streamed chunk from the first token begins anew", () => {
    const columns = new TokenColumns();
    columns.add(chunk(0, ["a", "b"], 0, [block(0, 2)]), true);
    columns.add(chunk(0, ["x"], 0, [block(0, 1)]), true);
    expect([columns.texts, columns.blocks]).toEqual([["x"], [block(0, 1)]]);
  });
  test("blocks before `keep` stay", () => {
    const columns = new TokenColumns();
    columns.add(chunk(0, ["a", "b"], 0, [block(0, 1), block(1, 2)]), true);
    columns.add(chunk(2, ["c"], 1, [block(1, 3)]), true);
    expect(columns.blocks).toEqual([block(0, 1), block(1, 3)]);
  });
  test("only columns without any number are blind", () => {
    const columns = new TokenColumns();
    expect(columns.blind).toBe(false);
    columns.add({ ...chunk(0, ["a"]), logprob: Float32Array.of(NaN) }, true);
    expect(columns.blind).toBe(true);
    columns.add(chunk(1, ["b"]), true);
    expect(columns.blind).toBe(false);
  });
  test("a buffer that begins anywhere is unpacked", () => {
    const header: Columns = { first: 0, count: 2, texts: ["a", "b"], keep: 0, blocks: [] };
    const bytes = new Uint8Array(3 + 32);
    const view = new DataView(bytes.buffer, 3);
    [-1, -2, 0.5, 0.25].forEach((value, i) => view.setFloat32(4 * i, value, true));
    [7, 8, 0, 1].forEach((value, i) => view.setUint32(16 + 4 * i, value, true));
    const { logprob, entropy, ids, starts } = unpackColumns(header, view);
    expect([[...logprob], [...entropy], [...ids], [...starts]]).toEqual([
      [-1, -2],
      [0.5, 0.25],
      [7, 8],
      [0, 1],
    ]);
    expect(() => unpackColumns({ ...header, count: 3 }, view)).toThrow("wrong length");
  });
});
