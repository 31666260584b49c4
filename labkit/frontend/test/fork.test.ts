import { describe, expect, test } from "vitest";
import type { ForkSummary, Row } from "../src/views/fork/contract";
import { about, curve, flowed, letter, rowOf, shareText, treeHeight } from "../src/views/fork/draw";
import { python } from "./python";

const row = (...texts: string[]): Row => ({
  role: "step",
  first: 0,
  number: 1,
  kind: "try",
  texts,
  doubts: texts.map(() => 0),
});
const line = (change: Partial<ForkSummary>): ForkSummary => ({
  where: "",
  n: 8,
  right: 7,
  share: 0.875,
  low: 0.529,
  high: 0.978,
  answers: 2,
  cut: 0,
  ...change,
});

test("forks have the names that Python gives them", () => {
  expect([0, 25, 26, 27, 51, 52, 700].map(letter)).toEqual(python.letters);
});

test("a share has its interval, an unjudged fork its number of answers", () => {
  expect(shareText(line({}))).toBe("7 of 8 correct, 53 to 98 %");
  expect(shareText(line({ share: null }))).toBe("2 different answers of 8");
  expect(shareText(line({ share: null, answers: 1 }))).toBe("1 different answer of 8");
  expect(shareText(line({ n: 0 }))).toBe("stopped before a token");
});

test("a duration is rounded to what matters", () => {
  expect([0.3, 4.4, 33, 89, 150].map(about)).toEqual([
    "about a second",
    "about 4 s",
    "about 35 s",
    "about 90 s",
    "about 3 min",
  ]);
});

describe("the text of a row", () => {
  test("is cut into its tokens by their starts", () => {
    const { text, starts } = flowed(row("First", " 3", " and", " 5.", "\n"));
    expect(starts).toHaveLength(6);
    expect(starts.slice(0, -1).map((start, i) => text.slice(start, starts[i + 1]))).toEqual([
      "First",
      " 3",
      " and",
      " 5.",
      "⏎",
    ]);
  });
  test("has no line break at its end, but shows a token that is only one", () => {
    expect(flowed(row("a", "b\n\n")).text).toBe("ab");
    expect(flowed(row("a", "\n", "\n")).text).toBe("a⏎⏎");
    expect(flowed(row("a\nb", "c")).text).toBe("a\nbc");
  });
  test("shows an empty token and control characters", () => {
    expect(flowed(row("a", "\u0007", "b", "")).text).toBe("a␣b∅");
  });
});

test("a token is in the last row that begins at or before it", () => {
  const starts = [0, 4, 9];
  expect([0, 3, 4, 8, 9, 50].map((token) => rowOf(starts, token))).toEqual([0, 0, 1, 1, 2, 2]);
});

test("branches leave from the middle and end at their rows, in order", () => {
  const ends = [0, 1, 2].map((i) => curve(i, 3, 132).split(" ").slice(-2).map(Number));
  expect(ends).toEqual([
    [132, 15],
    [132, 45],
    [132, 75],
  ]);
  expect(curve(0, 3, 132)).toMatch(/^M 26 45 C/);
  expect([treeHeight(0), treeHeight(3)]).toEqual([30, 90]);
});
