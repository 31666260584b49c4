// The forks in the address of the playground: what a link gives back, and what a hostile link cannot do.
import { describe, expect, it } from "vitest";
import { forksText, readForks, type LinkedFork } from "../src/play/fork-link";

const fork = (change: Partial<LinkedFork> = {}): LinkedFork => ({
  at: 12,
  step: null,
  put: [345],
  n: 8,
  seed: 0,
  temperature: 0.6,
  ...change,
});

describe("a link", () => {
  it.each([
    ["a token in place of another", fork()],
    ["a choice that is made again", fork({ put: [] })],
    ["a step", fork({ at: null, step: 3, put: [5, 6, 4] })],
    ["another temperature", fork({ temperature: 1.25 })],
    ["the largest seed", fork({ seed: 2 ** 32 - 1 })],
    ["the first token", fork({ at: 0 })],
  ])("gives back %s", (_, given) => {
    expect(readForks(`#n=3,5,9${forksText([given])}`)).toEqual([given]);
  });

  it("holds the 16 newest forks, in their order", () => {
    const forks = Array.from({ length: 20 }, (_, at) => fork({ at }));
    expect(readForks(forksText(forks)).map(({ at }) => at)).toEqual(forks.slice(4).map(({ at }) => at));
  });

  it("without forks has no part for them", () => {
    expect(forksText([])).toBe("");
    expect(readForks("#n=3,5,9")).toEqual([]);
  });
});

describe("a hostile link", () => {
  it.each([
    ["no number of rollouts", "12.345.0.0"],
    ["too many rollouts", "12.345.17.0"],
    ["a seed that is too large", `12.345.8.${2 ** 32}`],
    ["step 0", "s0.5.4.7"],
    ["a place with a sign", "-1.345.8.0"],
    ["a place in another notation", "1e3.345.8.0"],
    ["digits of another script", "１２.345.8.0"],
    ["a text in place of ids", "12.<b>.8.0"],
    ["an id that is too long", "12.123456.8.0"],
    ["more ids than a fork can put there", `12.${Array(201).fill(1).join("-")}.8.0`],
    ["a line break behind the fork", "12.345.8.0%0A"],
    ["a part too many", "12.345.8.0.60.1"],
  ])("with %s gives no fork", (_, text) => {
    expect(readForks(`#f=${text}`)).toEqual([]);
  });

  it("loses the forks that cannot be read, and no other one", () => {
    expect(readForks("#f=x_12.345.8.0_12.345.99.0")).toEqual([fork()]);
  });

  it("of a megabyte is read at once, and gives 16 forks at most", () => {
    const link = `#f=${"12.345.8.0_".repeat(100_000)}`;
    expect(readForks(link)).toHaveLength(16);
    expect(readForks(`#f=12.${"1-".repeat(500_000)}.8.0`)).toEqual([]);
  });
});
