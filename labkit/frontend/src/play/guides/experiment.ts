// One experiment of a guided page: a prediction, a run, and an explanation of what this run gave.
import { h } from "../../core/dom";
import { messageOf } from "../../core/text";
import type { EngineClient } from "../engine-client";

/** What experiments share. */
export interface Lab {
  readonly client: EngineClient;
}

/** What a run shows: the option that came true, and the explanation, a paragraph each. */
export interface Outcome {
  readonly option: number;
  readonly paragraphs: readonly Text[];
}

/** A paragraph: text, and elements in it. */
export type Text = string | readonly (string | Node)[];

export interface Experiment {
  readonly title: string;
  /** The paragraphs before the prediction; they may use the results of the experiments before. */
  introduction(): readonly Text[];
  readonly question: string;
  readonly options: readonly string[];
  /** The words of the button that runs it. */
  readonly action: string;
  /** The words of the button that runs it with other random numbers; "" if they change nothing. */
  readonly again: string;
  /** Draws its result in `host`. `attempt` counts the runs from 0. Throws an `Error` whose message is a sentence. */
  run(host: HTMLElement, attempt: number, signal: AbortSignal): Promise<Outcome>;
}

const LETTERS = "ABCDEF";

export class ExperimentSection {
  readonly element: HTMLElement;
  readonly #experiment: Experiment;
  readonly #follow: (state: "running" | "done") => void;
  readonly #introduction = h("div", {});
  readonly #choices: readonly HTMLInputElement[];
  readonly #run: HTMLButtonElement;
  readonly #again: HTMLButtonElement;
  readonly #hint = h("span", { class: "hint" }, "Choose your prediction first.");
  readonly #result = h("div", { class: "result" });
  readonly #explanation = h("div", { class: "explanation", role: "status", tabindex: -1 });
  #loaded = false;
  #attempt = 0;
  #end = new AbortController(); // of what is drawn

  constructor(experiment: Experiment, number: number, follow: (state: "running" | "done") => void) {
    this.#experiment = experiment;
    this.#follow = follow;
    this.#choices = experiment.options.map((_, i) =>
      h("input", { type: "radio", name: `experiment-${number}`, value: i }),
    );
    this.#run = h("button", { type: "button", class: "main", disabled: true }, experiment.action);
    this.#again = h("button", { type: "button", hidden: true }, experiment.again);
    const title = h(
      "h2",
      { id: `title-${number}` },
      h("span", { class: "number" }, String(number)),
      experiment.title,
    );
    this.element = h(
      "section",
      { class: "experiment", "aria-labelledby": title.id, hidden: true },
      title,
      this.#introduction,
      this.#prediction(),
      h("p", { class: "act" }, this.#run, this.#again, this.#hint),
      this.#result,
      this.#explanation,
    );
    this.#run.addEventListener("click", () => void this.#start());
    this.#again.addEventListener("click", () => {
      this.#attempt++;
      void this.#start();
    });
  }

  /** The model is loaded. */
  enable(): void {
    this.#loaded = true;
    this.#update();
  }

  open(): void {
    this.#introduction.replaceChildren(...this.#experiment.introduction().map(paragraph));
    this.element.hidden = false;
  }

  /** Removes the prediction and the result, and hides the section. */
  reset(): void {
    this.element.hidden = true;
    for (const choice of this.#choices) [choice.checked, choice.disabled] = [false, false];
    this.#clear();
    [this.#run.hidden, this.#again.hidden, this.#attempt] = [false, true, 0];
    this.#update();
  }

  get #predicted(): number {
    return this.#choices.findIndex(({ checked }) => checked);
  }

  #prediction(): HTMLElement {
    const { question, options } = this.#experiment;
    const rows = this.#choices.map((choice, i) => {
      choice.addEventListener("change", () => this.#update());
      return h("label", {}, choice, h("b", {}, letter(i)), h("span", {}, options[i] ?? ""));
    });
    return h("fieldset", {}, h("legend", {}, h("b", {}, "Predict. "), question), ...rows);
  }

  #update(): void {
    this.#run.disabled = !this.#loaded || this.#predicted < 0;
    this.#hint.hidden = this.#predicted >= 0;
  }

  #clear(): void {
    this.#end.abort();
    this.#end = new AbortController();
    this.#result.replaceChildren();
    this.#explanation.replaceChildren();
  }

  async #start(): Promise<void> {
    this.#clear();
    const { signal } = this.#end;
    for (const choice of this.#choices) choice.disabled = true;
    [this.#run.disabled, this.#again.disabled] = [true, true];
    this.#follow("running");
    try {
      const outcome = await this.#experiment.run(this.#result, this.#attempt, signal);
      if (signal.aborted) return;
      this.#explain(outcome);
      this.#run.hidden = true;
      this.#again.hidden = !this.#experiment.again;
      // The button that had the keyboard is gone or disabled; the next thing to read is here.
      if ([document.body, this.#run, this.#again].includes(document.activeElement as HTMLElement))
        this.#explanation.focus({ preventScroll: true });
      this.#follow("done");
    } catch (error) {
      if (signal.aborted) return;
      this.#explanation.replaceChildren(paragraph(messageOf(error)));
      this.#update();
    } finally {
      this.#again.disabled = false;
    }
  }

  #explain({ option, paragraphs }: Outcome): void {
    const predicted = this.#predicted;
    const same = option === predicted;
    const verdict = same
      ? `You predicted ${letter(predicted)}, and this run agrees.`
      : `You predicted ${letter(predicted)}. This run shows ${letter(option)}: ${this.#experiment.options[option] ?? ""}`;
    this.#choices.forEach((choice, i) => choice.parentElement?.classList.toggle("shown", i === option));
    this.#explanation.replaceChildren(
      h("p", { class: same ? "outcome agrees" : "outcome" }, h("b", {}, verdict)),
      ...paragraphs.map(paragraph),
    );
  }
}

const letter = (i: number): string => LETTERS[i] ?? "?";

const paragraph = (text: Text): HTMLElement => h("p", {}, ...(typeof text === "string" ? [text] : text));
