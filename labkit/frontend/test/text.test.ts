import { describe, expect, test } from "vitest";
import { lastAtOrBefore } from "../src/core/search";
import { drawable, Drawer, find, messageOf, signed, spoken, visible } from "../src/core/text";
import { python } from "./python";

test.each(python.drawable)("%j is drawn as Python draws it", (text, expected) => {
  expect(drawable(text)).toBe(expected);
});

test("combining marks are counted across tokens", () => {
  const drawer = new Drawer();
  const texts = Array.from({ length: 20 }, () => "\u0301").map((mark) => drawer.next(mark));
  expect(texts.filter((text) => text === "\u0301")).toHaveLength(6);
});

test("whitespace and control characters are visible, and spoken by name", () => {
  expect([signed(" \n\t"), signed("\u0007"), signed(""), visible("｜a▁b")]).toEqual([
    "␣⏎⇥",
    "␇",
    "∅",
    "|a_b",
  ]);
  expect([spoken(" a "), spoken("\n "), spoken("")]).toEqual(["a", "line break  space", "empty"]);
});

describe("a search", () => {
  const texts = ["The ", "An", "swer", " is ", "", "24", ", the answer"];
  test("finds text across tokens, in either case", () => {
    expect(find(texts, "answer")).toEqual([
      [1, 3],
      [6, 7],
    ]);
    expect(find(texts, "24,")).toEqual([[5, 7]]);
  });
  test("returns ranges that contain the words", () => {
    for (const words of ["the", "is", "r i", "2"])
      for (const [first, last] of find(texts, words))
        expect(texts.slice(first, last).join("").toLowerCase()).toContain(words);
  });
  test("for nothing finds nothing", () => {
    expect(find(texts, "")).toEqual([]);
  });
  test("is not shifted by a letter whose lower case is longer", () => {
    expect(find(["İİ", "x"], "x")).toEqual([[1, 2]]);
  });
});

test("binary search agrees with a linear search", () => {
  const starts = [0, 3, 3, 7, 20];
  for (let position = 0; position < 25; position++)
    expect(lastAtOrBefore(starts.length, (i) => starts[i] ?? 0, position)).toBe(
      starts.findLastIndex((start) => start <= position),
    );
});

test("anything that is thrown has a message", () => {
  expect([messageOf(new Error("a")), messageOf("b")]).toEqual(["a", "b"]);
});
