import { describe, expect, test } from "vitest";
import type { KindMean } from "../src/views/compare/contract";
import {
  colorOf,
  extremes,
  legendStops,
  level,
  nats,
  nextLarge,
  rampsOf,
  ratio,
  reachOf,
} from "../src/views/compare/draw";
import { PieceColumns, unpackPieces } from "../src/views/compare/piece-columns";
import { CompareSource } from "../src/views/compare/source";
import { savedModel } from "../src/core/saved-model";
import { python } from "./python";

const HEADER = {
  text: 0,
  count: 3,
  texts: ["First ", "3", "\n"],
  blocks: [
    { role: "step", first: 0, last: 2, number: 1, kind: "plan", gist: "First 3" },
    { role: "tag", first: 2, last: 3, number: 0, kind: "other", gist: "" },
  ],
  largest: [1, 0],
} as const;
const NUMBERS = Float32Array.of(-0.5, -2, 0, -0.25, -0.5, 0, 0.125, NaN, 0);

describe("a number is written and coloured as in Python", () => {
  test.each(python.differences)("%f", (value, two, three, shade) => {
    expect([nats(value), nats(value, 3), level(value, 2)]).toEqual([two, three, shade]);
  });
  test("and an unknown one has no colour", () => {
    expect([nats(NaN), nats(null), level(NaN, 2)]).toEqual(["?", "?", 0]);
    expect(colorOf(rampsOf(false), "kl", NaN, 2)).toBe("");
  });
});

test("a piece that b expects less has another colour than one that it expects more, in both themes", () => {
  for (const dark of [false, true]) {
    const ramps = rampsOf(dark);
    const colors = [-2, 0, 2].map((value) => colorOf(ramps, "difference", value, 2));
    expect(new Set(colors).size).toBe(3);
    expect(colors[1]).toBe("");
    const stops = legendStops(ramps, "difference");
    expect([stops[0], stops.at(-1)]).toEqual([colors[0], colors[2]]);
    expect(legendStops(ramps, "kl").at(-1)).toBe(colorOf(ramps, "kl", 9, 2));
  }
});

test.each([
  [0, "1.00"],
  [Math.log(1.5), "1.50"],
  [-Math.log(4.5), "1/4.5"],
  [Math.log(36), "36"],
  [-20, "1/5e8"],
])("a difference of %f nats is the ratio %s", (difference, expected) => {
  expect(ratio(difference)).toBe(expected);
});

test("the next large difference comes after the selected piece, then from the start", () => {
  const values = Float32Array.of(
    0,
    -3,
    ...Array<number>(17).fill(0.01),
    2,
    NaN,
    ...Array<number>(20).fill(0),
  );
  expect([nextLarge(values, -1), nextLarge(values, 1), nextLarge(values, 19)]).toEqual([1, 19, 1]);
  expect(nextLarge(Float32Array.of(0.05, 0), -1)).toBeUndefined();
  expect(nextLarge(new Float32Array(), -1)).toBeUndefined();
});

test("a column of the strip has the lowest and the highest of its values, and 0 for unknown ones", () => {
  const { low, high } = extremes(Float32Array.of(1, -2, 3, NaN), 2);
  expect([[...low], [...high]]).toEqual([
    [-2, 0],
    [1, 3],
  ]);
});

test("the axis of the means reaches the end of the longest interval", () => {
  const kind = (mean: number, low: number | null, high: number | null): KindMean => ({
    kind: "try",
    mean,
    low,
    high,
    n: 2,
  });
  expect(reachOf([kind(0.1, null, null), kind(0.2, -0.75, 0.5)])).toBe(0.75);
  expect(reachOf([kind(0, null, null)])).toBe(1);
});

test("pieces come from a header and a buffer, and know their blocks", () => {
  const pieces = new PieceColumns();
  pieces.set(unpackPieces(HEADER, new DataView(NUMBERS.buffer)));
  expect([...pieces.difference]).toEqual([0.25, 1.5, 0]);
  expect([0, 1, 2].map((i) => pieces.blockOf(i))).toEqual([0, 0, 1]);
  expect(() => unpackPieces(HEADER, new DataView(new ArrayBuffer(8)))).toThrow();
});

test("a text is requested once, and again after a failure", async () => {
  const bytes = btoa(String.fromCharCode(...new Uint8Array(NUMBERS.buffer)));
  const answers = [{ ask: { ask: "pieces", text: 0 }, header: HEADER, bytes }];
  const source = new CompareSource(savedModel({ scene: {}, focus: {}, answers }));
  expect(source.pieces(0)).toBe(source.pieces(0));
  expect((await source.pieces(0)).texts).toEqual(HEADER.texts);
  const refused = source.pieces(1);
  await expect(refused).rejects.toThrow();
  expect(source.pieces(1)).not.toBe(refused);
});
