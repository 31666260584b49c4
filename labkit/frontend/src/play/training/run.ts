// A run of the page: its workers, its trainer and its record.
import { Crew, workersFor } from "./crew";
import type { ThoughtTokens } from "./messages";
import { Record } from "./record";
import type { TrainTask } from "./task";
import { Trainer, type Recipe } from "./trainer";
import type { Puzzle } from "../countdown";
import type { Progress } from "../../views/training/contract";

const HEARTBEAT = 3_000; // ms; the view takes a trainer that is silent for longer as lost

export type State = "running" | "paused" | "stopping" | "stopped";

export class Run {
  readonly record: Record;
  readonly crew: Crew;
  readonly #recipe: Recipe;
  readonly #task: TrainTask;
  readonly #changed: () => void;
  #trainer: Trainer | undefined;
  #last = 0; // the step at which the run ends
  #state: State = "stopped";
  #progress: Progress = { step: 0, doing: "", done: 0, total: 0 };

  /** `changed` is called after each step, each check, and each change of the state. */
  constructor(task: TrainTask, recipe: Recipe, changed: () => void) {
    [this.#task, this.#recipe, this.#changed] = [task, recipe, changed];
    this.record = new Record(task, () => this.stop());
    const address = new URL("train-worker.js", import.meta.url);
    this.crew = new Crew(address, workersFor(navigator.hardwareConcurrency || 2));
    setInterval(() => this.#beat(), HEARTBEAT);
  }

  get state(): State {
    return this.#state;
  }

  get steps(): number {
    return this.#trainer?.steps ?? 0;
  }

  /** Trains until the end of the run; a run that has ended goes on for `more` steps. */
  async start(more: number): Promise<void> {
    if (this.#state !== "stopped") return;
    if (this.steps >= this.#last) this.#last += more;
    this.#become("running");
    try {
      const trainer = (this.#trainer ??= await this.#load());
      if (this.#is("stopping")) return; // pressed while the model was loading, as Pause can be
      if (this.#is("paused")) trainer.pause();
      await trainer.train(this.#last);
    } finally {
      this.#become("stopped");
    }
  }

  /** Pauses before the next group, or goes on. */
  pauseOrResume(): void {
    if (this.#state === "running") {
      this.#trainer?.pause();
      this.#become("paused");
    } else if (this.#state === "paused") {
      this.#trainer?.resume();
      this.#become("running");
    }
  }

  stop(): void {
    if (this.#state === "stopped") return;
    this.#trainer?.stop();
    this.#become("stopping");
  }

  /** A thought of the model before training, and one of the model as it is now. */
  async think(puzzle: Puzzle): Promise<readonly ThoughtTokens[]> {
    if (!this.#trainer) return [];
    const thoughts: ThoughtTokens[] = [];
    for (const weights of [this.#trainer.initial, this.#trainer.weights.slice()])
      thoughts.push((await this.crew.one({ kind: "think", puzzle, seed: 0, weights })) as ThoughtTokens);
    return thoughts;
  }

  async #load(): Promise<Trainer> {
    const weights = await this.crew.load();
    return new Trainer(this.crew, weights, this.#task.puzzles, this.#recipe, {
      progress: (doing, done, total) => {
        this.#progress = { step: this.steps, doing, done, total };
        this.#beat();
      },
      step: (step) => {
        this.record.addStep(step, this.#recipe.group);
        this.#changed();
      },
      check: (check) => {
        this.record.addCheck(check);
        this.#changed();
      },
    });
  }

  #is(state: State): boolean {
    return this.#state === state;
  }

  #become(state: State): void {
    this.#state = state;
    const ended = this.steps >= this.#last ? "done" : "stopped";
    this.record.show(this.#last, state === "running" || state === "stopping" ? "running" : ended);
    this.#changed();
  }

  #beat(): void {
    if (this.#state === "running" || this.#state === "stopping") this.record.progress(this.#progress);
  }
}
