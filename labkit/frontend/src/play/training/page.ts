// The training page: GRPO in the workers of this page, while the reader watches the reward.
import { h } from "../../core/dom";
import { messageOf } from "../../core/text";
import { TrainingSource } from "../../views/training/source";
import { trainingView } from "../../views/training/view";
import { BeforeAfter } from "./before-after";
import { RecipeForm } from "./recipe-form";
import { Run, type State } from "./run";
import { SUMS } from "./task";
import type { Recipe } from "./trainer";

const STATUS: Readonly<Record<State, string>> = {
  running: "",
  paused: "Paused. Nothing is lost: press Resume.",
  stopping: "Stopping. The step that is not finished is dropped.",
  stopped: "",
};

class TrainingPage {
  readonly #start = h("button", { type: "button", class: "main" }, "Start");
  readonly #pause = h("button", { type: "button", disabled: true }, "Pause");
  readonly #stop = h("button", { type: "button", disabled: true }, "Stop");
  readonly #form = new RecipeForm();
  readonly #status = h("p", { class: "status", role: "status" });
  readonly #view = h("div", {});
  readonly #speed = h("p", { class: "speed" });
  readonly #after = h("div", { hidden: true });
  #run: Run | undefined;

  constructor(root: HTMLElement) {
    root.replaceChildren(
      h("div", { class: "buttons" }, this.#start, this.#pause, this.#stop),
      this.#form.element,
      this.#status,
      this.#view,
      this.#speed,
      this.#after,
    );
    this.#start.addEventListener("click", () => {
      this.#begin().catch((error: unknown) => (this.#status.textContent = messageOf(error)));
    });
    this.#pause.addEventListener("click", () => this.#run?.pauseOrResume());
    this.#stop.addEventListener("click", () => this.#run?.stop());
    addEventListener("beforeunload", (event) => {
      if (this.#run?.steps) event.preventDefault(); // the trained weights are in this page only
    });
  }

  async #begin(): Promise<void> {
    const { steps, recipe } = this.#form.read();
    this.#run ??= this.#newRun(recipe);
    await this.#run.start(steps);
  }

  #newRun(recipe: Recipe): Run {
    const run = new Run(SUMS, recipe, () => this.#show(run));
    this.#form.close();
    trainingView(this.#view, new TrainingSource(run.record), new AbortController().signal);
    const after = new BeforeAfter(
      run,
      SUMS.example,
      (error) => (this.#status.textContent = messageOf(error)),
    );
    this.#after.append(after.element);
    return run;
  }

  #show(run: Run): void {
    const { state } = run;
    const running = state !== "stopped";
    this.#start.disabled = running;
    this.#start.textContent = run.steps ? "Continue" : "Start";
    this.#pause.disabled = this.#stop.disabled = !running || state === "stopping";
    this.#pause.textContent = state === "paused" ? "Resume" : "Pause";
    this.#status.textContent = STATUS[state];
    this.#after.hidden = !run.steps;
    if (run.steps) this.#speed.textContent = speedOf(run);
  }
}

function speedOf({ record, crew }: Run): string {
  const { steps } = record;
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  const tokens = steps.reduce(
    (sum, { rollouts }) => sum + rollouts.reduce((n, { ids }) => n + ids.length, 0),
    0,
  );
  const workers = crew.size === 1 ? "one worker" : `${crew.size} workers`;
  return (
    `${(seconds / steps.length).toFixed(1)} s a step with ${workers}: ` +
    `${Math.round(tokens / seconds).toLocaleString("en")} tokens/s are written, judged and learned from.`
  );
}

const root = document.getElementById("training");
if (root) new TrainingPage(root);
