import { describe, expect, test } from "vitest";
import type { Focus, Scene, Slider } from "../src/views/cost/contract";
import {
  amount,
  axisOfQuestions,
  bars,
  costs,
  count,
  money,
  percent,
  placeOf,
  plot,
  STEPS,
  valueAt,
  verdict,
  within,
} from "../src/views/cost/draw";
import { python } from "./python";
import { recorder, textsOf } from "./recorder";

const PALETTE = {
  ink: "1",
  muted: "2",
  rule: "3",
  accent: "4",
  price: "5",
  rent: "6",
  depreciation: "7",
  font: "f",
};
const SCENE = { sliders: python.sliders as readonly Slider[], offers: [], lives: [] } as Scene;
const [FIRST] = python.costs;

describe("the arithmetic is that of Python", () => {
  test.each(python.costs)("at $focus", (expected) => {
    const result = costs(expected.focus as unknown as Focus);
    for (const [name, value] of Object.entries(expected.costs))
      expect(Math.abs(result[name as keyof typeof result] - value), name).toBeLessThanOrEqual(1e-9 * value);
    expect(verdict(result)).toEqual(expected.verdict);
    const parts = bars(result).flatMap(([, row]) => row.map(([, value]) => value));
    const theirs = expected.bars.flatMap(([, row]) => row.map(([, value]) => value));
    parts.forEach((value, i) => expect(value).toBeCloseTo(theirs[i] ?? NaN, 9));
  });
  test("on the axis of the chart", () => {
    axisOfQuestions(SCENE).forEach((q, i) => expect(q / (python.questions[i] ?? NaN)).toBeCloseTo(1, 9));
    expect(axisOfQuestions(SCENE)).toHaveLength(python.questions.length);
  });
  test.each(python.money)("%f is written %s, %s, %s, %s", (value, ...texts) => {
    expect([money(value), amount(value, "tokens"), count(value), percent(value)]).toEqual(texts);
  });
});

describe("a slider", () => {
  test.each(SCENE.sliders)("of $name reaches both ends, rises, and is at its value", (slider) => {
    expect([valueAt(slider, 0), valueAt(slider, STEPS)]).toEqual([slider.low, slider.high]);
    for (const place of [1, 90, 200, 399]) {
      expect(valueAt(slider, place)).toBeGreaterThanOrEqual(valueAt(slider, place - 1));
      expect(Math.abs(placeOf(slider, valueAt(slider, place)) - place)).toBeLessThanOrEqual(2);
    }
    expect(within(slider, slider.low / 2 - 1)).toBe(slider.low);
    expect(within(slider, slider.high * 2)).toBe(slider.high);
  });
});

test("the chart draws three lines, the number of questions, and round amounts", () => {
  const { ctx, calls } = recorder();
  plot(ctx, SCENE, FIRST?.focus as unknown as Focus, 400, 240, PALETTE);
  const points = python.questions.length;
  const strokes = calls.filter((call) => call.name === "stroke").length;
  expect(calls.filter((call) => call.name === "lineTo").length).toBe(3 * points + 2 * (strokes - 3));
  expect(textsOf(calls)).toEqual(expect.arrayContaining(["$1,000", "100", "1,000,000"]));
  for (const { name, args } of calls)
    if (name === "lineTo") {
      expect(args[0]).toBeGreaterThanOrEqual(57);
      expect(args[0]).toBeLessThanOrEqual(400);
      expect(args[1]).toBeGreaterThanOrEqual(7);
      expect(args[1]).toBeLessThanOrEqual(240);
    }
});
