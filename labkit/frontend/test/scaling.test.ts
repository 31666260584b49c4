import { describe, expect, test } from "vitest";
import { logTicks, spaced } from "../src/core/axes";
import { marker } from "../src/core/plot";
import { seriesColor } from "../src/core/series";
import type { Curve, Focus, Point, Scene } from "../src/views/scaling/contract";
import {
  at,
  axisTicks,
  baselineOf,
  drawChart,
  extentOf,
  fitted,
  frameOf,
  nearest,
  spotAt,
  spotsOf,
  step,
  wordsOf,
} from "../src/views/scaling/draw";
import { python } from "./python";
import { recorder, textsOf } from "./recorder";

const PALETTE = { ink: "1", muted: "2", rule: "3", paper: "6", font: "f" };
const FOCUS: Focus = { axis: "k", curve: null, point: null, hidden: [] };

const point = (k: number | null, tokens: number | null, value: number, wide = 0.05): Point => ({
  k,
  tokens,
  value,
  low: wide ? value - wide : null,
  high: wide ? value + wide : null,
  cells: [String(k ?? "–"), String(tokens ?? "–"), `${100 * value} %`, "1 to 2", "9"],
});
const curve = (name: string, measure: Curve["measure"], color: number, points: Point[]): Curve => ({
  name,
  measure,
  color,
  points,
});
const SCENE: Scene = {
  title: "m",
  note: "9 problems",
  summary: [],
  curves: [
    curve("pass@k", "pass@k", 0, [point(1, 100, 0.5), point(2, 200, 0.6), point(4, 400, 0.75)]),
    curve("maj@k", "maj@k", 1, [point(1, 100, 0.5), point(2, 200, 0.5), point(4, 400, 0.6)]),
    curve("forced", "accuracy", 2, [point(null, 150, 0.6), point(null, 800, 0.4, 0)]),
  ],
  axes: ["k", "tokens"],
  titles: { k: "samples", tokens: "tokens a problem" },
  heads: [],
  baseline: "",
  caution: "",
  omitted: { k: "", tokens: "" },
  span: [0.3, 0.8],
};
const frame = (axis: Focus["axis"], width = 900) => frameOf(SCENE, axis, width, 320, 60);

test.each(python.log_ticks)("logarithmic ticks from %f to %f are those of Python", (low, high, expected) => {
  expect(logTicks(low, high)).toEqual(expected);
});
test.each(python.spaced)(
  "labels at %j above %f are moved apart as in Python",
  (heights, bottom, gap, expected) => {
    expect(spaced(heights, bottom, gap)).toEqual(expected);
  },
);

test("after the last series colour the first one follows, and the themes differ", () => {
  expect(seriesColor(0, false)).toMatch(/^#[0-9a-f]{6}$/);
  expect(seriesColor(6, false)).toBe(seriesColor(0, false));
  expect(new Set([0, 1, 2, 3, 4, 5].flatMap((i) => [seriesColor(i, false), seriesColor(i, true)])).size).toBe(
    12,
  );
});

describe("places", () => {
  test("each axis ends at its smallest and largest place; a single place is in the middle", () => {
    expect(extentOf(SCENE, "k")).toEqual([1, 4]);
    expect(extentOf(SCENE, "tokens")).toEqual([100, 800]);
    const alone = { ...SCENE, curves: [curve("a", "accuracy", 0, [point(4, null, 0.5)])] };
    expect(extentOf(alone, "k")).toEqual([2, 8]);
    expect(at(frameOf(alone, "k", 900, 320, 60), 4, 0.5)[0]).toBeCloseTo((50 + 800) / 2, 9);
  });
  test("doubling a place moves it by the same distance; values go upwards", () => {
    const box = frame("k");
    const [one, two, four] = [1, 2, 4].map((k) => at(box, k, 0.5)[0]);
    expect((four ?? 0) - (two ?? 0)).toBeCloseTo((two ?? 0) - (one ?? 0), 9);
    expect(at(box, 1, 0.3)).toEqual([box.left, box.bottom]);
    expect(at(box, 4, 0.8)[1]).toBeCloseTo(box.top, 9);
  });
  test("a narrow chart has no room for labels, and long labels take a bounded room", () => {
    expect(frame("k", 500).labels).toBe(false);
    expect(frame("k").right).toBe(800);
    expect(frameOf(SCENE, "k", 900, 320, 5_000).right).toBe(700);
  });
  test("a curve without k is on the axis of tokens only, and a hidden curve on none", () => {
    expect(new Set(spotsOf(SCENE, FOCUS, frame("k")).map((s) => s.curve))).toEqual(new Set([0, 1]));
    const focus: Focus = { ...FOCUS, axis: "tokens", hidden: [0] };
    expect(spotsOf(SCENE, focus, frame("tokens")).map((s) => [s.curve, s.point])).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
      [2, 0],
      [2, 1],
    ]);
  });
  test("each k is a tick; tokens have round ticks", () => {
    expect(axisTicks(SCENE, "k")).toEqual([1, 2, 4]);
    expect(axisTicks(SCENE, "tokens")).toEqual([100, 200, 500]);
  });
});

describe("choosing", () => {
  const spots = spotsOf(SCENE, FOCUS, frame("k"));
  const spot = (c: number, p: number) => spotAt(spots, { curve: c, point: p });

  test("the pointer chooses the nearest point within its reach", () => {
    const first = spot(0, 2);
    expect(first && nearest(spots, first.x + 5, first.y - 5)).toBe(first);
    expect(nearest(spots, 300, -200)).toBeUndefined();
    expect(nearest([], 0, 0)).toBeUndefined();
  });
  test("the arrows lead along a curve and to its neighbour", () => {
    expect(step(spots, undefined, "ArrowRight")).toBe(spot(0, 0));
    expect(step(spots, spot(0, 0), "ArrowRight")).toBe(spot(0, 1));
    expect(step(spots, spot(0, 0), "ArrowLeft")).toBe(spot(0, 0));
    expect(step(spots, spot(0, 0), "End")).toBe(spot(0, 2));
    expect(step(spots, spot(0, 2), "Home")).toBe(spot(0, 0));
    expect(step(spots, spot(0, 1), "ArrowDown")).toBe(spot(1, 1));
    expect(step(spots, spot(1, 1), "ArrowUp")).toBe(spot(0, 1));
    expect(step(spots, spot(0, 1), "ArrowUp")).toBeUndefined();
    expect(step([], undefined, "Home")).toBeUndefined();
  });
});

test("a point in words names what it has", () => {
  expect(wordsOf(curve("a", "pass@k", 0, []), point(4, 400, 0.5))).toEqual([
    "a",
    "k = 4, 400 tokens",
    "50 % (95 % interval 1 to 2), 9 problems",
  ]);
  const one = { ...point(null, 150, 0.5, 0), cells: ["–", "150", "50 %", "–", "1"] };
  expect(wordsOf(curve("a", "accuracy", 0, []), one)).toEqual(["a", "150 tokens", "50 %, 1 problem"]);
});

test("one sample is the baseline of a pass@k with several k", () => {
  const [pass, maj, forced] = SCENE.curves.map(baselineOf);
  expect([pass, maj, forced]).toEqual([0.5, undefined, undefined]);
  expect(baselineOf(curve("a", "pass@k", 0, [point(1, 1, 0.5)]))).toBeUndefined();
});

test("a long label is shortened, and no letter is cut in two", () => {
  const width = (text: string) => text.length;
  expect(fitted("short", 9, width)).toBe("short");
  expect(fitted("a long label", 8, width)).toBe("a long…");
  expect(fitted("🦉🦉🦉", 4, width)).toBe("🦉…");
});

describe("a chart", () => {
  const draw = (focus: Focus, chosen?: { curve: number; point: number }, width = 900) => {
    const { ctx, calls } = recorder();
    drawChart(ctx, SCENE, focus, frame(focus.axis, width), chosen, false, PALETTE);
    return calls;
  };

  test("labels its ticks, its axis and its curves", () => {
    expect(textsOf(draw(FOCUS))).toEqual(
      expect.arrayContaining(["40 %", "80 %", "1", "2", "4", "samples", "pass@k", "maj@k"]),
    );
    expect(textsOf(draw(FOCUS))).not.toContain("forced");
    expect(textsOf(draw({ ...FOCUS, axis: "tokens" }))).toEqual(
      expect.arrayContaining(["500", "tokens a problem", "forced"]),
    );
    expect(textsOf(draw(FOCUS, undefined, 500))).not.toContain("pass@k");
  });
  test("draws a hidden curve nowhere", () => {
    expect(textsOf(draw({ ...FOCUS, hidden: [0, 1] }))).not.toContain("pass@k");
    expect(draw({ ...FOCUS, hidden: [0, 1] }).filter((call) => call.name === "arc")).toHaveLength(0);
  });
  test("enlarges the chosen point", () => {
    const radii = (calls: ReturnType<typeof draw>) =>
      calls.filter((call) => call.name === "arc").map((call) => call.args[2]);
    expect(radii(draw(FOCUS))).not.toContain(6);
    expect(radii(draw(FOCUS, { curve: 0, point: 1 })).filter((r) => r === 6)).toHaveLength(1);
  });
  test("has one dashed line, at the accuracy of one sample", () => {
    const dashes = draw(FOCUS).filter((call) => call.name === "setLineDash");
    expect(dashes.map((call) => call.args)).toEqual([[[4, 3]], [[]]]);
  });
  test("stays inside its box", () => {
    for (const axis of ["k", "tokens"] as const)
      for (const { name, args } of draw({ ...FOCUS, axis }))
        if (name === "lineTo") {
          const [x, y] = args as [number, number];
          expect(x >= 0 && x <= 900 && y >= 0 && y <= 320).toBe(true);
        }
  });
});

test("a ring has a hole in the colour of the page, and a diamond has four corners", () => {
  const { ctx, calls } = recorder();
  marker(ctx, 10, 10, 3.5, "ring", "red", "white");
  expect(calls.filter((call) => call.name === "arc").map((call) => call.args[2])).toEqual([3.5, 2.1]);
  expect(ctx.fillStyle).toBe("white");
  marker(ctx, 10, 10, 2, "diamond", "red", "white");
  expect(calls.filter((call) => call.name === "lineTo")).toHaveLength(4);
});
