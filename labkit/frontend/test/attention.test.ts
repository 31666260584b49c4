import { describe, expect, test } from "vitest";
import type { Block } from "../src/core/contract";
import { boxOf, gridOf, headAt } from "../src/views/attention/draw-grid";
import { labelOf, nameOf, partAt, quoted, runAt, tokenAt } from "../src/views/attention/draw-labels";
import { gainOf, heatColors, paint, share, weightOf } from "../src/views/attention/draw-levels";
import { arc, layout, tokenAtPoint, visibleText } from "../src/views/attention/draw-lines";
import { cellAt, drawMatrix, type Axis } from "../src/views/attention/draw-matrix";
import * as viewports from "../src/views/attention/draw-viewport";
import { python } from "./python";
import { recorder, textsOf } from "./recorder";

const part = (role: Block["role"], first: number, last: number, number = 0): Block => ({
  role,
  first,
  last,
  number,
  kind: "other",
  gist: "",
});
const PARTS = [part("prompt", 0, 3), part("step", 3, 6, 1), part("tag", 6, 7), part("answer", 7, 9)];
const TEXTS = ["Using ", "3", "?", " 3", " +", "\n", "</think>", " 2", "4"];

describe("the viewport", () => {
  const COUNT = 300;
  const inside = ({ row, col, span }: viewports.Viewport) =>
    row >= 0 && col >= 0 && row + span <= COUNT + 1e-9 && col + span <= COUNT + 1e-9;

  test("never leaves the head, whatever is asked", () => {
    for (const row of [-50, 0, 120, 900])
      for (const span of [-3, 1, 40, 300, 5000])
        expect(inside(viewports.clamp({ row, col: 2 * row, span }, COUNT))).toBe(true);
  });
  test("keeps the point under the pointer when it zooms", () => {
    const before = { row: 100, col: 60, span: 80 };
    const after = viewports.zoom(before, 0.5, 0.25, 0.75, COUNT);
    expect(after.span).toBe(40);
    expect(after.row + 0.75 * after.span).toBeCloseTo(before.row + 0.75 * before.span);
    expect(after.col + 0.25 * after.span).toBeCloseTo(before.col + 0.25 * before.span);
  });
  test("is not closer than 8 positions, unless there are fewer", () => {
    expect(viewports.clamp({ row: 0, col: 0, span: 1 }, COUNT).span).toBe(8);
    expect(viewports.clamp({ row: 0, col: 0, span: 1 }, 3).span).toBe(3);
  });
  test("moves as little as possible to show a cell", () => {
    const viewport = { row: 10, col: 10, span: 20 };
    expect(viewports.reveal(viewport, 15, 15, COUNT)).toEqual(viewport);
    const moved = viewports.reveal(viewport, 40, 15, COUNT);
    expect([moved.row + moved.span >= 41, moved.col]).toEqual([true, 10]);
  });
  test("is shown completely by the tile that it requests", () => {
    for (const span of [8, 33.3, 100, 299, 300])
      for (const pixels of [60, 420]) {
        const viewport = viewports.clamp({ row: 77.7, col: 31.1, span }, COUNT);
        const { rows, cols, per } = viewports.tileRequest(viewport, COUNT, pixels);
        expect(viewports.covers({ rows, cols, down: per }, viewport, pixels)).toBe(true);
        for (const edge of [rows[0], cols[0]]) expect(edge % per).toBe(0);
        for (const edge of [rows[1], cols[1]]) expect(edge === COUNT || edge % per === 0).toBe(true);
        expect((rows[1] - rows[0]) / per).toBeLessThanOrEqual(1.24 * pixels + 2);
      }
  });
  test("is not covered by a coarser tile, nor by one beside it", () => {
    const viewport = { row: 0, col: 0, span: 100 };
    expect(viewports.covers({ rows: [0, 300], cols: [0, 300], down: 3 }, viewport, 100)).toBe(false);
    expect(viewports.covers({ rows: [0, 90], cols: [0, 300], down: 1 }, viewport, 100)).toBe(false);
  });
});

describe("levels", () => {
  test.each(["light", "dark"] as const)("have the %s colours of Python", (theme) => {
    expect(heatColors(theme === "dark")).toEqual(python.palettes[theme]);
  });
  test("become weights and back", () => {
    for (const weight of [0, 0.01, 0.2, 0.5]) {
      const level = Math.floor(255 * Math.sqrt(weight / 0.5) + 0.5);
      expect(weightOf(level, 0.5)).toBeCloseTo(weight, 2);
    }
  });
  test("are painted transparent at 0 and opaque above, with a gain that ends the colours earlier", () => {
    const colors = heatColors(false);
    const pixels = paint(Uint8Array.of(0, 1, 100, 255), colors, gainOf(1, 0.25));
    expect([pixels[3], pixels[7], pixels[11], pixels[15]]).toEqual([0, 42, 255, 255]);
    expect([...pixels.slice(8, 11)]).toEqual(colors[200]);
    expect([...pixels.slice(12, 15)]).toEqual(colors[255]);
    expect([...paint(Uint8Array.of(9, 255), colors, 1, 1, 1)]).toEqual([...(colors[255] ?? []), 255]);
  });
  test("a share is never shown as zero", () => {
    expect([0, 0.0004, 0.004, 0.31, 1, 1.5].map(share)).toEqual([
      "0 %",
      "under 0.1 %",
      "0.4 %",
      "31 %",
      "100 %",
      "1.50",
    ]);
  });
});

describe("the grid of heads", () => {
  test("finds a head by each point of its thumbnail", () => {
    const grid = gridOf(6, 4, 200, 300);
    for (let layer = 0; layer < 6; layer++)
      for (let head = 0; head < 4; head++) {
        const [x, y, side] = boxOf(grid, layer, head);
        for (const at of [0.1, 0.5, 0.9])
          expect(headAt(grid, x + at * side, y + at * side)).toEqual({ layer, head });
      }
    expect(headAt(grid, 1, 100)).toBeUndefined();
    expect(headAt(grid, grid.width + 1, 100)).toBeUndefined();
  });
  test("fits the space, and its cells are neither tiny nor huge", () => {
    expect(gridOf(6, 4, 200, 300).cell).toBe((200 - 34) / 4);
    expect(gridOf(80, 64, 200, 300).cell).toBe(9);
    expect(gridOf(1, 1, 900, 900).cell).toBe(64);
  });
});

describe("labels", () => {
  test("name the part of every position", () => {
    expect([0, 2, 3, 5, 6, 7, 8].map((position) => nameOf(PARTS[partAt(PARTS, position)]))).toEqual([
      "prompt",
      "prompt",
      "step 1",
      "step 1",
      "a tag",
      "answer",
      "answer",
    ]);
    expect([PARTS.map(labelOf), nameOf(undefined)]).toEqual([["prompt", "1", "", "answer"], ""]);
  });
  test("quote tokens so that a blank one is visible", () => {
    expect([quoted(" 3"), quoted("\n"), quoted("  "), quoted("a\nb")]).toEqual(["3", "⏎", "␣␣", "a⏎b"]);
    expect(tokenAt(TEXTS, PARTS, 3)).toBe("“3” (step 1)");
    expect(runAt(TEXTS, PARTS, 3, 5)).toBe("“3” … “+” (2 tokens, step 1)");
    expect(runAt(TEXTS, PARTS, 1, 99)).toBe("“3” … “4” (8 tokens, prompt to answer)");
    expect(runAt(TEXTS, PARTS, 1, 2)).toBe("“3” (prompt)");
  });
});

describe("line breaking", () => {
  const measure = (text: string) => 10 * text.length;
  const lines = layout(TEXTS, PARTS, 60, measure);

  test("begins each part on a new line, in which no token is beyond the width", () => {
    for (const { first } of PARTS) expect(lines.first).toContain(first);
    TEXTS.forEach((text, i) => {
      const start = lines.x[i] ?? 0;
      const alone = lines.first.includes(i);
      expect(alone || start + measure(visibleText(text).trimEnd()) <= 60).toBe(true);
    });
  });
  test("begins a line without its leading spaces", () => {
    expect(lines.x[3]).toBe(-10);
  });
  test("keeps tokens in order, and finds each by its middle", () => {
    for (let i = 0; i < TEXTS.length; i++) {
      const middle = (lines.x[i] ?? 0) + (lines.wide[i] ?? 0) / 2;
      expect(tokenAtPoint(lines, middle, lines.line[i] ?? 0)).toBe(i);
    }
    expect([tokenAtPoint(lines, 0, -5), tokenAtPoint(lines, 1e4, 99)]).toEqual([0, 8]);
  });
  test("shows whitespace by signs and shortens a long token", () => {
    expect([visibleText("\n\n"), visibleText("\t"), visibleText("")]).toEqual(["⏎", "    ", "∅"]);
    expect(visibleText("x".repeat(50))).toHaveLength(40);
  });
  test("an arc ends at the other token, on its line or another", () => {
    for (const [y1, farther] of [
      [20, 80],
      [74, 80],
    ] as const) {
      const { ctx, calls } = recorder();
      arc(ctx, 10, 20, farther, y1, 27);
      expect(calls[0]).toEqual({ name: "moveTo", args: [10, 20] });
      expect(calls[1]?.args.slice(-2)).toEqual([farther, y1]);
    }
  });
});

describe("the matrix", () => {
  const palette = { ink: "1", muted: "2", rule: "3", paper: "4", at: "5", by: "6", font: "f" };
  const axis: Axis = {
    count: 9,
    noun: "token",
    groups: PARTS.map((p) => ({ ...p, label: labelOf(p) })),
    text: (i) => TEXTS[i] ?? "",
  };
  const place = { left: 76, top: 8, size: 180 };

  test("a point gives the cell under it", () => {
    const viewport = { row: 2, col: 1, span: 6 };
    expect(cellAt(place, viewport, 76, 8)).toEqual({ row: 2, col: 1 });
    expect(cellAt(place, viewport, 76 + 179, 8 + 179)).toEqual({ row: 7, col: 6 });
  });
  test("close up, it labels each visible token; from afar, the parts", () => {
    const draw = (span: number, size: number) => {
      const { ctx, calls } = recorder();
      const viewport = { row: 0, col: 0, span };
      drawMatrix(ctx, { ...place, size }, { viewport, axis, tiles: [], selected: 3, cursor: null, palette });
      return textsOf(calls);
    };
    expect(draw(9, 180).filter((text) => TEXTS.includes(text))).toHaveLength(18);
    const far = draw(9, 60);
    expect(far).toContain("prompt");
    expect(far.some((text) => text.includes("looks at the token in this column"))).toBe(true);
  });
  test("draws tiles where their weights are", () => {
    const { ctx, calls } = recorder();
    const image = {} as CanvasImageSource;
    const tiles = [{ rows: [3, 9], cols: [0, 6], down: 3, across: 3, width: 2, height: 2, image }] as const;
    drawMatrix(ctx, place, {
      viewport: { row: 0, col: 0, span: 9 },
      axis,
      tiles,
      selected: null,
      cursor: { row: 4, col: 1 },
      palette,
    });
    expect(calls.find((call) => call.name === "drawImage")?.args).toEqual([image, 76, 8 + 60, 120, 120]);
  });
});
