import { describe, expect, test } from "vitest";
import { kindOfToken, mostUncertain } from "../src/play/guides/uncertain";
import { atK, parties, voteOf } from "../src/play/guides/votes";
import { python } from "./python";

describe("a vote", () => {
  test.each(python.votes)("of $k of $ballots is that of Python", ({ ballots, k, pass, majority }) => {
    const own = atK(ballots, k);
    expect(own.pass).toBeCloseTo(pass, 12);
    expect(own.majority).toBeCloseTo(majority, 12);
  });

  test("is decided at random in a tie, and counts no missing answer", () => {
    const ballots = [
      { answer: "", right: false },
      { answer: "", right: false },
      { answer: "a", right: true },
      { answer: "b", right: false },
    ];
    expect(voteOf(ballots)).toBe(0.5);
    expect(parties(ballots).map(({ votes }) => votes)).toEqual([2, 1, 1]);
  });
});

test("the tokens of a thought are sorted as the lesson sorts them", () => {
  const texts = ["First ", "3", " and ", "5", ".\n", "3", " + ", "5", " = ", "8", "\n", "</think>", "24"];
  const kinds = texts.map((_, i) => kindOfToken(texts, i));
  expect(kinds.map((kind) => kind[0]).join("")).toBe("opopoooooroaa");
  expect(mostUncertain([0.1, 0.5, 0.2, 0.5], 3)).toEqual([1, 3, 2]);
});
