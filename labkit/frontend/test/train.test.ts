import { describe, expect, test } from "vitest";
import { MersenneTwister } from "../src/engine";
import { sampleToken } from "../src/engine/sampling";
import { drawToken } from "../src/engine/training";
import { product, rowsOf, transposed } from "../src/engine/training/matrix";
import { workersFor, type Crew } from "../src/play/training/crew";
import type { Question, Rollout, SampleRequest } from "../src/play/training/messages";
import { SUMS } from "../src/play/training/task";
import { pointOf, summaryOf } from "../src/play/training/record";
import { Trainer, type Check, type Listener, type Step } from "../src/play/training/trainer";

describe("the product of matrices", () => {
  // sizes that are no multiples of a block, one that is, and an inner dimension that is read in two parts
  test.each([
    [1, 3, 5],
    [2, 4, 4],
    [3, 7, 9],
    [5, 130, 6],
  ])("of %d x %d and %d columns is the sum of products", (rows, inner, columns) => {
    const generator = new MersenneTwister(0);
    const random = (count: number) => Float32Array.from({ length: count }, () => generator.uniform() - 0.5);
    const [a, b, start] = [random(rows * inner), random(columns * inner), random(rows * columns)];
    const c = start.slice();
    const size = { rows, inner, columns };
    product(rowsOf(c, columns), rowsOf(a, inner), transposed(rowsOf(b, inner)), size, true);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        let sum = start[i * columns + j] ?? NaN;
        for (let k = 0; k < inner; k++) sum += (a[i * inner + k] ?? NaN) * (b[j * inner + k] ?? NaN);
        expect(c[i * columns + j]).toBeCloseTo(sum, 5);
      }
  });
});

test.each([
  [1, 1],
  [0.6, 0.95],
  [0.6, 0.5],
])("drawToken draws the token of sampleToken at temperature %d and top-p %d", (temperature, topP) => {
  const generator = new MersenneTwister(1);
  for (let n = 0; n < 200; n++) {
    const logits = Float32Array.from({ length: 300 }, () => 12 * generator.uniform());
    const uniform = generator.uniform();
    const expected = sampleToken(logits, uniform, { temperature, topP, topK: 0 });
    expect(drawToken(logits, uniform, { temperature, topP })).toBe(expected);
  }
});

test("one core is left to the page, and there are at most eight workers", () => {
  expect([1, 2, 4, 8, 64].map(workersFor)).toEqual([1, 2, 3, 7, 8]);
});

describe("the share of held-out puzzles", () => {
  const check = (step: number, right: number) =>
    ({ step, right: Array.from({ length: 100 }, (_, i) => i < right) }) as unknown as Check;

  test("has Wilson's interval", () => {
    const { value, low, high, problems } = pointOf(check(0, 50));
    expect([value, low.toFixed(4), high.toFixed(4), problems]).toEqual([0.5, "0.4038", "0.5962", 100]);
  });

  test("is told in a sentence", () => {
    expect(summaryOf([check(0, 50), check(4, 61)])).toBe(
      "Held-out pass@1 rose by 11 points, from 50 % to 61 % (51 % to 70 %, 100 problems).",
    );
  });
});

const { recipe: RECIPE, puzzles: PUZZLES } = SUMS;

/** Workers whose every second rollout is right, and whose gradient is 1 for each rollout of which they learned. */
class Imitation {
  readonly asked: SampleRequest[] = [];
  readonly sent: Float32Array[] = [];
  #gradient = 0;

  all(question: Question): Promise<unknown[]> {
    if (question.kind === "gradient") return Promise.resolve([new Float32Array(2).fill(this.#gradient)]);
    if (question.kind === "weights") this.sent.push(question.weights.slice());
    this.#gradient = 0;
    return Promise.resolve([undefined]);
  }

  async share(
    questions: readonly SampleRequest[],
    wait: () => Promise<boolean>,
    done: (result: unknown) => void,
  ): Promise<unknown[]> {
    const results: Rollout[][] = [];
    for (const question of questions) {
      if (!(await wait())) break;
      this.asked.push(question);
      if (question.learn) this.#gradient += question.group;
      const rows = question.puzzles.flatMap((puzzle) => new Array(question.group).fill(puzzle) as never[]);
      const rollouts = rows.map((puzzle, i) => ({ puzzle, right: i % 2 === 0, ids: [1] }) as never);
      results.push(rollouts);
      done(rollouts);
    }
    return results;
  }
}

describe("the trainer", () => {
  const start = (listener: Partial<Listener> = {}) => {
    const crew = new Imitation();
    const [steps, checks]: [Step[], Check[]] = [[], []];
    const trainer = new Trainer(crew as unknown as Crew, new Float32Array(2), PUZZLES, RECIPE, {
      progress: () => undefined,
      step: (step) => steps.push(step),
      check: (check) => checks.push(check),
      ...listener,
    });
    return { crew, steps, checks, trainer };
  };

  test("judges the held-out puzzles before, during and after the steps, and learns from training puzzles only", async () => {
    const { crew, steps, checks, trainer } = start();
    await trainer.train(6);
    expect(steps.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(checks.map(({ step }) => step)).toEqual([0, 4, 6]);
    expect(checks.map(({ right }) => right.length)).toEqual([100, 100, 100]);
    const trained = crew.asked.filter(({ learn }) => learn).flatMap((question) => question.puzzles);
    expect(trained).toHaveLength(6 * RECIPE.problems);
    const heldOut = new Set(PUZZLES.test.map(({ numbers }) => [...numbers].sort().join()));
    expect(trained.filter(({ numbers }) => heldOut.has([...numbers].sort().join()))).toEqual([]);
    expect(trainer.weights[0]).toBeLessThan(0); // the gradient is positive
    expect(crew.sent.at(-1)).toEqual(trainer.weights);
  });

  test("gives the same puzzles and seeds to the same run", async () => {
    const [a, b] = [start(), start()];
    await Promise.all([a.trainer.train(2), b.trainer.train(2)]);
    expect(a.crew.asked).toEqual(b.crew.asked);
    expect(new Set(a.crew.asked.filter(({ learn }) => learn).map(({ seed }) => seed)).size).toBe(
      2 * RECIPE.problems,
    );
  });

  test("drops the step in which it is stopped, and continues", async () => {
    let groups = 0;
    const { crew, steps, trainer } = start({
      progress: (doing, done) => {
        if (doing === "sampling" && done && ++groups === RECIPE.problems + 1) trainer.stop();
      },
    });
    await trainer.train(3);
    expect(steps).toHaveLength(1);
    const weights = trainer.weights.slice();
    expect(crew.sent.at(-1)).toEqual(weights);
    await trainer.train(3);
    expect(steps.map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  test("waits while it is paused", async () => {
    const { steps, trainer } = start();
    trainer.pause();
    const run = trainer.train(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([trainer.paused, steps]).toEqual([true, []]);
    trainer.resume();
    await run;
    expect(steps).toHaveLength(1);
  });
});
