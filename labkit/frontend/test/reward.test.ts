import { describe, expect, test } from "vitest";
import type { Focus } from "../src/views/reward/contract";
import {
  bars,
  extent,
  groupOf,
  lesson,
  number,
  order,
  shareOf,
  tokenLoss,
  weight,
} from "../src/views/reward/draw";
import { python, type PythonGroup } from "./python";

const title = (group: PythonGroup) => `${group.kind} ${JSON.stringify(group.values)}`;
const FOCUS: Focus = {
  row: null,
  token: null,
  sort: "number",
  down: false,
  tint: "loss",
  weights: [1],
  epsilon: 0.2,
  beta: 0.1,
  kind: "grpo",
};

describe("a group is computed as in Python", () => {
  test.each(python.groups.map((group) => [title(group), group] as const))("%s", (_, expected) => {
    const group = groupOf(expected.values, expected.weights, expected.kind);
    group.rewards.forEach((reward, i) => {
      const other = expected.rewards[i] ?? null;
      if (other === null) expect(reward).toBeNull();
      else expect(reward).toBeCloseTo(other, 12);
    });
    group.advantages.forEach((advantage, i) =>
      expect(advantage).toBeCloseTo(expected.advantages[i] ?? NaN, 9),
    );
    expect(lesson(group, expected.kind)).toBe(expected.lesson);
    const stacked = expected.values.map((row) => bars(row, expected.weights));
    stacked.forEach((row, i) =>
      row.forEach((bar, k) =>
        bar.forEach((edge, j) => expect(edge).toBeCloseTo(expected.bars[i]?.[k]?.[j] ?? NaN, 12)),
      ),
    );
    extent(stacked).forEach((end, i) => expect(end).toBeCloseTo(expected.extent[i] ?? NaN, 12));
    for (const [key, rows] of Object.entries(expected.orders)) {
      const [sort = "", down] = key.split(" ");
      expect([key, order(group, expected.counts, sort, down === "True")]).toEqual([key, rows]);
    }
  });
});

test("advantages of a group sum to zero", () => {
  for (const { values, weights, kind } of python.groups) {
    const { advantages } = groupOf(values, weights, kind);
    expect(advantages.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 9);
  }
});

test.each(python.numbers)("%f (sign: %s) is written %s", (value, sign, expected) => {
  expect(number(value, sign)).toBe(expected);
});

describe("the loss of a token", () => {
  const at = (ratio: number, advantage: number, focus: Focus = { ...FOCUS, beta: 0 }) =>
    tokenLoss(-1, -1 + Math.log(ratio), -1, advantage, 1, focus);

  test("is clipped only where the ratio has moved too far in the direction of its advantage", () => {
    expect([at(1.5, 1).clipped, at(1.5, -1).clipped, at(0.5, 1).clipped, at(0.5, -1).clipped]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect([at(1.19, 1).clipped, at(1, 0).clipped]).toEqual([false, false]);
  });
  test("has no slope where it is clipped, and that of the policy gradient elsewhere", () => {
    const slope = (ratio: number, advantage: number) =>
      (at(ratio * 1.0001, advantage).loss - at(ratio, advantage).loss) / (ratio * 0.0001);
    expect(slope(1.5, 1)).toBeCloseTo(0, 6);
    expect(slope(0.5, -1)).toBeCloseTo(0, 6);
    expect(slope(1.1, 2)).toBeCloseTo(-2, 3);
    expect(slope(1.5, -1)).toBeCloseTo(1, 3);
  });
  test("adds a KL term that is never negative and zero only without a difference", () => {
    for (const difference of [-2, -0.1, 0.1, 2])
      expect(tokenLoss(-1, -1, -1 + difference, 0, 1, FOCUS).kl).toBeGreaterThan(0);
    expect(tokenLoss(-1, -1, -1, 0, 1, FOCUS).kl).toBe(0);
    expect(tokenLoss(-1, -1, 0, 0, 0.5, FOCUS).loss).toBeCloseTo(0.5 * 0.1 * (Math.E - 2));
  });
});

test("the terms of a group sum to 1/G a rollout with GRPO, whatever the lengths", () => {
  expect([10, 200].map((length) => length * shareOf("grpo", 4, length, 500))).toEqual([0.25, 0.25]);
  expect([shareOf("dr-grpo", 4, 10, 500), shareOf("rloo", 4, 10, 500)]).toEqual([1 / 2000, 1 / 4]);
  expect(Number.isFinite(shareOf("grpo", 0, 0, 0))).toBe(true);
});

test("a half-right group weighs 1, an even one nothing, and dividing by the spread lifts the rare", () => {
  for (const kind of ["grpo", "dr-grpo"] as const)
    expect([0, 0.5, 1].map((p) => weight(kind, p))).toEqual([0, 1, 0]);
  expect(weight("grpo", 0.05)).toBeGreaterThan(weight("dr-grpo", 0.05));
});
