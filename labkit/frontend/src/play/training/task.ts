// What is learned in the page: r1-base was trained to write true sums, and is paid for puzzles that a sum solves.
import type { Puzzle } from "../countdown";
import all from "./puzzles.json";
import type { Puzzles, Recipe } from "./trainer";

export interface TrainTask {
  readonly title: string;
  readonly model: string;
  readonly steps: number;
  readonly recipe: Recipe;
  readonly puzzles: Puzzles;
  readonly example: Puzzle; // for the thoughts before and after
}

export const SUMS: TrainTask = {
  title: "sums",
  model: "r1-base",
  steps: 16,
  recipe: {
    problems: 8,
    group: 8,
    maxNewTokens: 120,
    learningRate: 1e-3,
    warmup: 3,
    every: 4,
    seed: 0,
  },
  puzzles: puzzlesOf(all),
  example: { numbers: [6, 14, 3], target: 23 },
};

function puzzlesOf({ train, test }: { readonly train: string; readonly test: string }): Puzzles {
  return { train: train.split(" ").map(puzzleOf), test: test.split(" ").map(puzzleOf) };
}

function puzzleOf(text: string): Puzzle {
  const numbers = text.split(",").map(Number);
  return { numbers: numbers.slice(0, -1), target: numbers.at(-1) ?? 0 };
}
