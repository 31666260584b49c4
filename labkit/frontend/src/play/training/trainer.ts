// GRPO in the page: rollout, reward, advantage, gradient (in the workers), and the step of the optimizer (here).
// As labkit/training/rl/loop.py, with one optimizer step a batch, no KL term, and a reward of 1 for a right answer.
import { AdamW, clipNorm } from "../../engine/training";
import { MersenneTwister } from "../../engine";
import type { Puzzle } from "../countdown";
import { SAMPLING } from "../family";
import type { Crew } from "./crew";
import type { Question, Rollout } from "./messages";

export interface Recipe {
  readonly problems: number; // puzzles a step
  readonly group: number; // rollouts a puzzle
  readonly maxNewTokens: number;
  readonly learningRate: number;
  readonly warmup: number; // steps
  readonly every: number; // steps between two checks
  readonly seed: number;
}

/** Puzzles to train on, and held-out puzzles, which are never trained on. */
export interface Puzzles {
  readonly train: readonly Puzzle[];
  readonly test: readonly Puzzle[];
}

/** A finished step. */
export interface Step {
  readonly number: number; // from 1
  readonly rollouts: readonly Rollout[]; // of one puzzle after the other
  readonly norm: number; // of the gradient
  readonly seconds: number;
}

/** The held-out puzzles after `step` steps, one rollout each, and the thought about the watched puzzle. */
export interface Check {
  readonly step: number;
  readonly right: readonly boolean[];
  readonly watched: Rollout;
}

export interface Listener {
  progress(doing: "sampling" | "judging", done: number, total: number): void;
  step(step: Step): void;
  check(check: Check): void;
}

const HELD_OUT_AT_ONCE = 10;

export class Trainer {
  readonly initial: Float32Array;
  readonly weights: Float32Array;
  readonly #crew: Crew;
  readonly #puzzles: Puzzles;
  readonly #recipe: Recipe;
  readonly #listener: Listener;
  readonly #optimizer: AdamW;
  #steps = 0;
  #checked = -1;
  #stopped = false;
  #pause: Promise<void> | undefined;
  #resume: () => void = () => undefined;

  constructor(crew: Crew, weights: Float32Array, puzzles: Puzzles, recipe: Recipe, listener: Listener) {
    [this.initial, this.weights] = [weights, weights.slice()];
    [this.#crew, this.#puzzles, this.#recipe, this.#listener] = [crew, puzzles, recipe, listener];
    this.#optimizer = new AdamW(weights.length);
  }

  get steps(): number {
    return this.#steps;
  }

  get paused(): boolean {
    return this.#pause !== undefined;
  }

  /** Trains until `steps` steps are done or `stop` is called; a second call continues. */
  async train(steps: number): Promise<void> {
    this.#stopped = false;
    await this.#send();
    if (this.#checked < 0) await this.#check();
    while (this.#steps < steps && !this.#isStopped()) {
      await this.#step();
      if (this.#steps % this.#recipe.every === 0) await this.#check();
    }
    await this.#check();
  }

  /** Waits before the next group; the groups that are being generated end first. */
  pause(): void {
    this.#pause ??= new Promise((resolve) => (this.#resume = resolve));
  }

  resume(): void {
    this.#pause = undefined;
    this.#resume();
  }

  /** Ends the run; the step that is not finished is dropped. */
  stop(): void {
    this.#stopped = true;
    this.resume();
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  async #step(): Promise<void> {
    const { problems, group, maxNewTokens, seed } = this.#recipe;
    const started = performance.now();
    const questions = this.#draw().map((puzzle, i): Question => ({
      kind: "sample",
      puzzles: [puzzle],
      group,
      seed: seedOf(seed, this.#steps, i),
      temperature: 1,
      topP: 1,
      maxNewTokens,
      learn: { batch: problems * group },
    }));
    const rollouts = await this.#share("sampling", questions);
    if (this.#stopped) {
      await this.#send(); // the workers forget their part of the gradient
      return;
    }
    const gradient = await this.#gradient();
    const norm = clipNorm(gradient);
    this.#optimizer.step(this.weights, gradient, this.#learningRate());
    this.#steps++;
    await this.#send();
    const seconds = (performance.now() - started) / 1000;
    this.#listener.step({ number: this.#steps, rollouts, norm, seconds });
  }

  async #check(): Promise<void> {
    if (this.#checked === this.#steps || this.#stopped) return;
    const { test } = this.#puzzles;
    const { maxNewTokens, seed } = this.#recipe;
    const ask = { kind: "sample", group: 1, maxNewTokens, ...SAMPLING } as const;
    const questions = test.flatMap((_, i): Question[] => {
      const puzzles = test.slice(i, i + HELD_OUT_AT_ONCE);
      return i % HELD_OUT_AT_ONCE ? [] : [{ ...ask, puzzles, seed: seedOf(seed, 0, i) }];
    });
    const rollouts = await this.#share("judging", questions);
    const [watched] = rollouts;
    if (!watched || rollouts.length < test.length) return; // stopped
    this.#checked = this.#steps;
    this.#listener.check({ step: this.#steps, right: rollouts.map(({ right }) => right), watched });
  }

  async #share(doing: "sampling" | "judging", questions: readonly Question[]): Promise<Rollout[]> {
    let done = 0;
    const total = questions.reduce((n, q) => n + (q.kind === "sample" ? q.puzzles.length * q.group : 0), 0);
    this.#listener.progress(doing, 0, total);
    const results = await this.#crew.share(
      questions,
      async () => {
        await this.#pause;
        return !this.#stopped;
      },
      (result) => this.#listener.progress(doing, (done += (result as Rollout[]).length), total),
    );
    return results.flatMap((result) => result as Rollout[]);
  }

  /** The sum of the gradients of all workers. */
  async #gradient(): Promise<Float32Array> {
    const [first = new Float32Array(), ...others] = (await this.#crew.all({
      kind: "gradient",
    })) as Float32Array[];
    for (const other of others)
      for (let i = 0; i < first.length; i++) first[i] = (first[i] ?? 0) + (other[i] ?? 0);
    return first;
  }

  #send(): Promise<unknown> {
    return this.#crew.all({ kind: "weights", weights: this.weights });
  }

  #draw(): Puzzle[] {
    const generator = new MersenneTwister(seedOf(this.#recipe.seed, this.#steps, 1000));
    const { train } = this.#puzzles;
    return Array.from({ length: this.#recipe.problems }, () => {
      const puzzle = train[Math.floor(generator.uniform() * train.length)];
      if (!puzzle) throw new Error("There are no puzzles to train on. Load the page again.");
      return puzzle;
    });
  }

  #learningRate(): number {
    const { learningRate, warmup } = this.#recipe;
    return learningRate * Math.min(1, (this.#steps + 1) / warmup);
  }
}

/** A seed for part `part` of a step. */
function seedOf(seed: number, step: number, part: number): number {
  return (Math.imul(seed + 1, 1_000_003) + Math.imul(step + 1, 10_007) + part) >>> 0;
}
