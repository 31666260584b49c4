// The settings of a run, which are fixed when it begins.
import { h } from "../../core/dom";
import { field } from "../field";
import { SUMS } from "./task";
import type { Recipe } from "./trainer";

export class RecipeForm {
  readonly element: HTMLElement;
  readonly #steps = number("steps", SUMS.steps, 1, 1000);
  readonly #problems = number("problems", SUMS.recipe.problems, 1, 64);
  readonly #rate = h("input", { id: "rate", value: SUMS.recipe.learningRate, inputmode: "decimal" });
  readonly #seed = number("run-seed", SUMS.recipe.seed, 0, 1_000_000);

  constructor() {
    this.element = h(
      "details",
      { class: "recipe" },
      h("summary", {}, "Settings"),
      field("Steps", this.#steps),
      field("Puzzles a step", this.#problems),
      field("Learning rate", this.#rate),
      field("Seed", this.#seed),
    );
  }

  /** The settings that the fields show. Throws an `Error` whose message is a sentence. */
  read(): { readonly steps: number; readonly recipe: Recipe } {
    const learningRate = Number(this.#rate.value);
    if (!(learningRate > 0 && learningRate <= 0.1))
      throw new Error("The learning rate is a number above 0 and up to 0.1. Write 0.001.");
    return {
      steps: integerOf(this.#steps, "number of steps"),
      recipe: {
        ...SUMS.recipe,
        problems: integerOf(this.#problems, "number of puzzles"),
        learningRate,
        seed: integerOf(this.#seed, "seed"),
      },
    };
  }

  /** The run has begun: its settings no longer change. */
  close(): void {
    for (const input of [this.#problems, this.#rate, this.#seed]) input.disabled = true;
  }
}

function number(id: string, value: number, min: number, max: number): HTMLInputElement {
  return h("input", { id, type: "number", value, min, max });
}

function integerOf(input: HTMLInputElement, name: string): number {
  const value = Number(input.value);
  const [min, max] = [Number(input.min), Number(input.max)];
  if (input.value.trim() && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`The ${name} is a whole number from ${min} to ${max}. Write ${input.defaultValue}.`);
}
