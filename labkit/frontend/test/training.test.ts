import { describe, expect, test } from "vitest";
import type { Curve } from "../src/views/training/contract";
import { ticks } from "../src/core/axes";
import { across, ofChecks, ofCurve, plot, pointAt, span, valueText } from "../src/views/training/draw";
import { python } from "./python";
import { recorder, textsOf } from "./recorder";

const CURVE: Curve = {
  name: "reward",
  title: "reward",
  unit: "",
  digits: 2,
  percent: false,
  values: [0.1, null, 0.3],
};
const PALETTE = { ink: "1", muted: "2", rule: "3", line: "4", band: "5", paper: "6", font: "f" };

test.each(python.ticks)("ticks from %f to %f, about %i, are those of Python", (low, high, most, expected) => {
  expect(ticks(low, high, most)).toEqual(expected);
});
test.each(python.spans)(
  "the axis of %j (percent: %s, digits %i) is that of Python",
  (values, percent, digits, expected) => {
    span(values, percent, digits).forEach((end, i) => expect(end).toBeCloseTo(expected[i] ?? NaN, 12));
  },
);
test.each(python.values)("%f (percent: %s, digits %i) is written %s", (value, percent, digits, expected) => {
  expect(valueText({ percent, digits }, value)).toBe(expected);
});

test("ticks are inside the range and evenly spaced, and no more than asked for and one", () => {
  for (const [low, high] of [
    [0, 1],
    [-7, 93],
    [0.001, 0.0042],
  ] as const)
    for (const most of [2, 3, 6]) {
      const marks = ticks(low, high, most);
      expect(marks.length).toBeLessThanOrEqual(most + 1);
      for (const mark of marks) expect(mark >= low - 1e-9 && mark <= high + 1e-9).toBe(true);
      const gaps = marks.slice(1).map((mark, i) => mark - (marks[i] ?? 0));
      for (const gap of gaps) expect(gap).toBeCloseTo(gaps[0] ?? 0, 9);
    }
});

test("a step that was NaN has no point", () => {
  expect(ofCurve(CURVE).points.map((p) => p.step)).toEqual([1, 3]);
  expect(valueText(CURVE, undefined)).toBe("–");
});

test("the value at a step is the last one known", () => {
  const series = ofCurve(CURVE);
  expect([0, 1, 2, 3, 9].map((step) => pointAt(series, step)?.value)).toEqual([
    undefined,
    0.1,
    0.1,
    0.3,
    0.3,
  ]);
});

test("a place gives the step that was drawn there, and places outside the nearest end", () => {
  const { x, step } = across(400, 50);
  for (let i = 0; i <= 50; i++) expect(step(x(i))).toBe(i);
  expect([step(-100), step(1e4)]).toEqual([0, 50]);
});

describe("a plot", () => {
  const draw = (series: ReturnType<typeof ofChecks>, cursor: number | null) => {
    const { ctx, calls } = recorder();
    plot(ctx, series, 300, 104, 40, cursor, PALETTE);
    return calls;
  };
  const checks = [0, 20, 40].map((step) => ({ step, value: 0.5, low: 0.4, high: 0.6, problems: 100 }));

  test("labels its ticks, its first and its last step", () => {
    const texts = textsOf(draw(ofChecks(checks), null));
    expect(texts).toEqual(expect.arrayContaining(["0 %", "100 %", "0", "step 40"]));
  });
  test("draws a dot for each point, a larger one with a hole at the cursor", () => {
    expect(draw(ofChecks(checks), null).filter((call) => call.name === "arc")).toHaveLength(3);
    const radii = draw(ofChecks(checks), 20)
      .filter((call) => call.name === "arc")
      .map((call) => call.args[2]);
    expect(radii).toEqual([2.25, 4.5, 2, 2.25]);
  });
  test("fills the interval as one band", () => {
    expect(draw(ofChecks(checks), null).filter((call) => call.name === "fill")).toHaveLength(1 + 3);
    expect(draw(ofCurve(CURVE), null).filter((call) => call.name === "fill")).toHaveLength(2);
  });
  test("stays inside its box", () => {
    for (const { name, args } of draw(ofCurve({ ...CURVE, values: [5, -3, 9] }), 2))
      if (name === "lineTo") {
        const [x, y] = args as [number, number];
        expect(x >= 0 && x <= 300 && y >= 0 && y <= 104).toBe(true);
      }
  });
});
