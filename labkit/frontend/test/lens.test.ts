import { describe, expect, test } from "vitest";
import type { Tile } from "../src/views/lens/contract";
import {
  cellText,
  deepest,
  depth,
  fitted,
  lensRamp,
  NEVER,
  rowName,
  share,
  sheetOf,
  spot,
  UNREAD,
} from "../src/views/lens/draw";
import { python } from "./python";

const ROWS = 3; // the embedding and two layers
const TILE: Tile = {
  first: 4,
  count: 2,
  ids: [7, 8, 9],
  texts: ["a", "b", "c"],
  came: [7, 9],
  came_texts: ["a", "c"],
};

/** A buffer of token ids by row, with probabilities that name their array and index. */
function buffer(ids: readonly number[]): DataView {
  const n = ids.length;
  const view = new DataView(new ArrayBuffer(16 * n + 1), 1);
  ids.forEach((id, i) => view.setUint32(4 * i, id, true));
  for (let array = 1; array < 4; array++)
    for (let i = 0; i < n; i++) view.setFloat32(4 * (array * n + i), array / 10 + i / 1000, true);
  return view;
}

describe("a sheet", () => {
  const sheet = sheetOf(TILE, buffer([8, 9, 7, 8, 7, 9]), ROWS);

  test("has the cells of its tile", () => {
    const cell = spot(sheet, 1, 5);
    expect([cell.text, cell.agrees]).toEqual(["b", false]);
    expect([cell.top, cell.came, cell.target].map((p) => Math.round(1000 * p))).toEqual([103, 203, 303]);
    expect(spot(sheet, 2, 4).agrees).toBe(true);
  });
  test("gives the layer from which a token stays the likeliest", () => {
    expect([depth(sheet, 4, ROWS), depth(sheet, 5, ROWS)]).toEqual([1, 2]);
    expect(depth(sheetOf(TILE, buffer([7, 9, 7, 9, 8, 9]), ROWS), 4, ROWS)).toBe(NEVER);
    expect(depth(sheetOf(TILE, buffer([7, 9, 7, 9, 8, 9]), ROWS), 5, ROWS)).toBe(0);
  });
  test("of the wrong size is refused", () => {
    expect(() => sheetOf(TILE, buffer([1, 2, 3]), ROWS)).toThrow("wrong length");
    expect(() => sheetOf(TILE, undefined, ROWS)).toThrow("wrong length");
  });
});

test.each(python.cells)("%j is shown in a cell as in the saved picture", (text, expected) => {
  expect(cellText(text).replace(/\u00a0/g, " ")).toBe(expected);
});

test("the strip shows the deepest token of each column, and unknown only where nothing is known", () => {
  const depths = Uint8Array.of(1, 3, UNREAD, UNREAD, NEVER, 2, UNREAD, 5);
  expect([...deepest(depths, 4)]).toEqual([3, UNREAD, NEVER, 5]);
  expect([...deepest(depths, 8)]).toEqual([...depths]);
});

test("a shortened text fits, and keeps as many characters as possible", () => {
  const wide = (text: string) => Array.from(text).length;
  expect(fitted("answer", 6, wide)).toBe("answer");
  expect(fitted("answers", 4, wide)).toBe("ans…");
  expect(fitted("🦉🦉🦉", 2, wide)).toBe("🦉…");
  expect(fitted("answer", 0, wide)).toBe("…");
});

test("a probability is never shown as zero", () => {
  expect([0, 1e-5, 0.0005, 0.25, 0.9999].map(share)).toEqual([
    "0 %",
    "< 0.01 %",
    "0.05 %",
    "25.0 %",
    "100 %",
  ]);
});

test("rows are named from the embedding to the last layer", () => {
  expect([0, 1, 2].map((layer) => rowName(layer, 2))).toEqual(["embedding", "1", "2 · last"]);
});

test.each([false, true])("256 colours that go one way (dark: %s)", (dark) => {
  const sums = lensRamp(dark).map((color) =>
    [1, 3, 5].reduce((sum, k) => sum + parseInt(color.slice(k, k + 2), 16), 0),
  );
  expect(sums).toHaveLength(256);
  const sign = dark ? 1 : -1;
  sums.forEach((sum, i) => expect(sign * (sum - (sums[i - 1] ?? sum))).toBeGreaterThanOrEqual(-2));
});
