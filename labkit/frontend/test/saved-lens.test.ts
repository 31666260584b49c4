// A lens view without a kernel answers as Python does: saved.json, written by tests/views/saved_check.py.
import { describe, expect, test } from "vitest";
import { bytesOf } from "../src/core/saved-model";
import type { Cell, Saved, Scene, Tile } from "../src/views/lens/contract";
import { sheetOf, spot } from "../src/views/lens/draw";
import { SavedLens } from "../src/views/lens/saved";
import { saved as cases } from "./saved-cases";

const { saved, answers } = cases.lens;
const scene = saved.scene as Scene;
const data = saved as unknown as Saved;
const rows = scene.layers + 1;
type Question = Parameters<SavedLens["answer"]>[0];
const ask = (question: object, from = data) => new SavedLens(scene, from).answer(question as Question);
const of = (kind: string) => answers.filter((answer) => (answer.ask as { ask: string }).ask === kind);
const near = (now: number, expected: number) => expect(Math.abs(now - expected)).toBeLessThanOrEqual(0.6e-4);

describe("an answer without a kernel is that of Python", () => {
  test("tile, up to a ten-thousandth", () => {
    expect(of("tile").length).toBeGreaterThan(1);
    for (const { ask: question, header, bytes } of of("tile")) {
      const answer = ask(question);
      const [now, expected] = [answer?.header as Tile, header as Tile];
      expect([now.first, now.count, now.came, now.came_texts]).toEqual([
        expected.first,
        expected.count,
        expected.came,
        expected.came_texts,
      ]);
      const [mine, python] = [sheetOf(now, answer?.bytes, rows), sheetOf(expected, bytesOf(bytes), rows)];
      for (let layer = 0; layer < rows; layer++)
        for (let position = now.first; position < now.first + now.count; position++) {
          const [a, b] = [spot(mine, layer, position), spot(python, layer, position)];
          expect([a.text, a.agrees]).toEqual([b.text, b.agrees]);
          for (const share of ["top", "came", "target"] as const) near(a[share], b[share]);
        }
    }
  });
  test("cell, up to a ten-thousandth", () => {
    for (const { ask: question, header } of of("cell")) {
      const [now, expected] = [ask(question)?.header as Cell, header as Cell];
      expect([now.read, now.came, now.target, now.ranks]).toEqual([
        expected.read,
        expected.came,
        expected.target,
        expected.ranks,
      ]);
      expect(now.candidates.map(({ id, text }) => [id, text])).toEqual(
        expected.candidates.map(({ id, text }) => [id, text]),
      );
      now.candidates.forEach(({ logprob }, i) =>
        near(Math.exp(logprob), Math.exp(expected.candidates[i]?.logprob ?? NaN)),
      );
      now.probabilities.forEach((p, i) => near(p, expected.probabilities[i] ?? NaN));
    }
  });
  test("depths", () => {
    for (const { ask: question, header, bytes } of of("depths")) {
      const answer = ask(question);
      expect(answer?.header).toEqual(header);
      expect(new Uint8Array(answer?.bytes?.buffer ?? new ArrayBuffer())).toEqual(
        new Uint8Array(bytesOf(bytes).buffer),
      );
    }
  });
  test("find", () => {
    for (const { ask: question, header } of of("find")) expect(ask(question)?.header).toEqual(header);
  });
});

describe("what was not saved", () => {
  const grid = data.grids[0];
  const window = { ask: "tile", kind: "logit", target: data.target };
  const cut = (array: readonly (readonly number[])[]) => array.map((row) => row.slice(4, 10));
  const narrow: Saved = {
    ...data,
    cells: [],
    grids: grid
      ? [
          {
            ...grid,
            first: 4,
            count: 6,
            ids: cut(grid.ids),
            top: cut(grid.top),
            came: cut(grid.came),
            target: cut(grid.target),
          },
        ]
      : [],
  };
  test("is not answered", () => {
    expect(ask({ ...window, target: data.target + 1, first: 0, last: 16 })).toBeUndefined();
    expect(ask({ ...window, first: 16, last: 32 }, narrow)).toBeUndefined();
    expect(ask({ ...window, kind: "tuned", first: 0, last: 16 }, narrow)).toBeUndefined();
    const cell = { ask: "cell", kind: "logit", target: null, layer: 1 };
    expect(ask({ ...cell, position: 11 }, narrow)).toBeUndefined();
    expect(ask({ ...cell, position: 5, target: data.target + 1 })).toBeUndefined();
  });
  test("of a window leaves the columns that were saved", () => {
    const { first, count } = ask({ ...window, first: 0, last: 16 }, narrow)?.header as Tile;
    expect([first, count]).toEqual([4, 6]);
  });
  test("of a cell leaves its likeliest token and the ranks of 1", () => {
    const question = { ask: "cell", kind: "logit", target: null, position: 5, layer: rows - 1 };
    const [short, full] = [ask(question, narrow)?.header as Cell, ask(question)?.header as Cell];
    expect(short.candidates.map(({ id }) => id)).toEqual([full.candidates[0]?.id]);
    expect(short.probabilities).toEqual(full.probabilities);
    expect(short.ranks).toEqual(full.ranks.map((rank) => (rank === 1 ? 1 : 0)));
  });
});

test("damaged data is an error", () => {
  const [grid, cells] = [data.grids[0], data.cells[0]];
  const damaged: Partial<Saved>[] = [
    { sequence: [] },
    { texts: [] },
    { grids: grid ? [{ ...grid, count: 3 }] : [] },
    { grids: grid ? [{ ...grid, first: -1 }] : [] },
    { grids: grid ? [{ ...grid, depths: [] }] : [] },
    { cells: cells ? [{ ...cells, came_ranks: [] }] : [] },
  ];
  for (const part of damaged) expect(() => new SavedLens(scene, { ...data, ...part })).toThrow();
});
