// An attention view without a kernel answers as Python does: saved.json, written by tests/views/saved_check.py.
import { describe, expect, test } from "vitest";
import { bytesOf } from "../src/core/saved-model";
import type { Ask, Saved, Scene, Thumbs, Tile, TokenAttention } from "../src/views/attention/contract";
import { SavedAttention } from "../src/views/attention/saved";
import { saved as cases } from "./saved-cases";

const { saved, answers } = cases.attention;
const scene = saved.scene as Scene;
const data = saved as unknown as Saved;
type Question = Parameters<SavedAttention["answer"]>[0];
const ask = (question: object, from = data) => new SavedAttention(scene, from).answer(question as Question);
const of = (kind: Ask["ask"]) => answers.filter((answer) => (answer.ask as { ask: string }).ask === kind);
const levels = (bytes: DataView | undefined) =>
  bytes ? [...new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)] : [];
const HEAD = { layer: 1, head: 1 };

function near(now: readonly number[], expected: readonly number[], most: number): void {
  expect(now).toHaveLength(expected.length);
  now.forEach((value, i) => expect(Math.abs(value - (expected[i] ?? NaN))).toBeLessThanOrEqual(most));
}

describe("an answer without a kernel is that of Python", () => {
  test.each(["texts", "steps", "tile"] as const)("%s", (kind) => {
    for (const { ask: question, header, bytes } of of(kind)) {
      const answer = ask(question);
      expect(answer?.header).toEqual(header);
      if (kind === "texts")
        expect(JSON.parse(new TextDecoder().decode(answer?.bytes))).toEqual(
          JSON.parse(new TextDecoder().decode(bytesOf(bytes))),
        );
      else expect(levels(answer?.bytes)).toEqual(levels(bytesOf(bytes)));
    }
  });
  test("thumbs, up to the rounding of a level", () => {
    const [expected] = of("thumbs");
    const answer = ask({ ask: "thumbs" });
    expect(answer?.header).toEqual(expected?.header as Thumbs);
    near(levels(answer?.bytes), levels(bytesOf(expected?.bytes ?? "")), 2);
  });
  test("find", () => {
    for (const { ask: question, header } of of("find")) expect(ask(question)?.header).toEqual(header);
  });
  test("look, up to a ten-thousandth", () => {
    for (const { ask: question, header, bytes } of of("look")) {
      const answer = ask(question);
      const [now, expected] = [answer?.header as TokenAttention, header as TokenAttention];
      for (const way of ["at", "by"] as const) {
        expect(now[way].map((one) => one.position)).toEqual(expected[way].map((one) => one.position));
        now[way].forEach(({ weight }, i) =>
          expect(Math.abs(weight - (expected[way][i]?.weight ?? NaN))).toBeLessThan(1e-4),
        );
      }
      near(levels(answer?.bytes), levels(bytesOf(bytes)), 4);
    }
  });
});

describe("what was not saved", () => {
  test("is not answered", () => {
    expect(ask({ ask: "look", layer: 0, head: 1, position: 3 })).toBeUndefined();
    expect(ask({ ask: "look", ...HEAD, position: scene.count })).toBeUndefined();
    const nothing: Saved = { ...data, heads: null, tile: null, look: null, steps: [], rankings: [] };
    for (const { ask: question } of answers)
      if ((question as { ask: string }).ask !== "texts") expect(ask(question, nothing)).toBeUndefined();
  });
  test("of another head is its small picture, and only as the largest weights", () => {
    const every = [0, scene.count];
    const question = { ask: "tile", layer: 0, head: 1, rows: every, cols: every, per: 1 };
    const answer = ask({ ...question, how: "max" });
    const { height, width, down, top } = answer?.header as Tile;
    expect([height, width, down]).toEqual([data.heads?.height, data.heads?.width, data.heads?.step]);
    expect(top).toBe(data.heads?.tops[1]);
    expect(answer?.bytes?.byteLength).toBe(height * width);
    expect(ask({ ...question, how: "mean" })).toBeUndefined();
  });
  test("of a pooled head are the weights between its strongest ones", () => {
    const pooled = { ...data, tile: data.tile && { ...data.tile, tile: { ...data.tile.tile, down: 2 } } };
    const answer = ask({ ask: "look", ...HEAD, position: 9 }, pooled);
    const full = ask({ ask: "look", ...HEAD, position: 9 });
    expect(answer?.header).toEqual(full?.header);
    expect(levels(answer?.bytes).filter(Boolean).length).toBeLessThanOrEqual(16);
  });
});

test("damaged data is an error", () => {
  const damaged: Partial<Saved>[] = [
    { words: { ...data.words, texts: data.words.texts.slice(1) } },
    { heads: data.heads && { ...data.heads, height: 1e9 } },
    { heads: data.heads && { ...data.heads, tops: [] } },
    { tile: data.tile && { ...data.tile, levels: "AAAA" } },
    { look: data.look && { ...data.look, by: data.look.by.slice(1) } },
    { look: data.look && { ...data.look, by: data.look.by.map((row) => row.map(() => 1e9)) } },
    { steps: data.steps.map((one) => ({ ...one, levels: "%" })) },
  ];
  for (const part of damaged) expect(() => new SavedAttention(scene, { ...data, ...part })).toThrow();
});
