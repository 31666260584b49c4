// The fields of the page: the puzzle, the settings of the sampling, and what copies them.
import { copy, h } from "../core/dom";
import type { State } from "./address";
import { readPuzzle, type Puzzle } from "./countdown";
import { field } from "./field";
import { MODELS, OWN } from "./models";

/** What the buttons do. */
export interface Actions {
  think(): void;
  draw(): void;
  /** Opens a checkpoint of the reader. */
  open(files: readonly File[]): void;
  /** The texts that the copy buttons put on the clipboard. */
  link(): string;
  python(): string;
  /** The words of the button for `notebook`. */
  readonly notebookWords: string;
  notebook(): void;
  share(): void;
}

export class PuzzleForm {
  readonly element: HTMLFormElement;
  readonly #numbers = h("input", { id: "numbers", autocomplete: "off", inputmode: "numeric" });
  readonly #target = h("input", { id: "target", autocomplete: "off", inputmode: "numeric" });
  readonly #temperature = h("input", { id: "temperature", type: "range", min: 0, max: 15 });
  readonly #temperatureText = h("output", { for: "temperature" });
  readonly #model = h(
    "select",
    { id: "model" },
    ...[...MODELS, OWN].map(({ name, about }) => h("option", { value: name }, about)),
  );
  readonly #files = h("input", { id: "files", type: "file", multiple: true, accept: ".json,.safetensors" });
  readonly #checkpoint = h(
    "p",
    { class: "checkpoint", hidden: true },
    field("Its files", this.#files),
    " config.json, tokenizer.json and model.safetensors of a Qwen2 model with R1-mini's tokenizer, at most 20 MB. They stay in this page.",
  );
  readonly #seed = h("input", { id: "seed", type: "number", min: 0, max: 2 ** 32 - 1 });
  readonly think = h("button", { type: "submit", class: "main", disabled: true }, "Think");
  readonly draw = h("button", { type: "button", disabled: true }, "Draw 8");

  constructor(state: State, actions: Actions) {
    const more = h(
      "details",
      {},
      h("summary", {}, "More"),
      field("Temperature", this.#temperature, this.#temperatureText),
      field("Seed", this.#seed),
      field("Model", this.#model),
      this.#checkpoint,
      copyButton("Copy link", () => actions.link()),
      copyButton("Copy as Python", () => actions.python()),
      actionButton(actions.notebookWords, () => actions.notebook()),
      actionButton("Share as HTML", () => actions.share()),
    );
    this.element = h(
      "form",
      {},
      field("Numbers", this.#numbers),
      field("make", this.#target),
      this.think,
      this.draw,
      more,
    );
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      actions.think();
    });
    this.draw.addEventListener("click", () => actions.draw());
    this.#temperature.addEventListener("input", () => this.#showTemperature());
    this.#model.addEventListener("change", () => this.#showFiles());
    this.#files.addEventListener("change", () => {
      if (this.#files.files?.length) actions.open([...this.#files.files]);
    });
    this.show(state);
  }

  /** The model is loaded. */
  enable(): void {
    for (const button of [this.think, this.draw]) button.disabled = false;
  }

  show({ model, puzzle, temperature, seed }: State): void {
    this.showPuzzle(puzzle);
    this.#model.value = model;
    this.#showFiles();
    this.#temperature.value = String(Math.round(10 * temperature));
    this.#seed.value = String(seed);
    this.#showTemperature();
  }

  showPuzzle({ numbers, target }: Puzzle): void {
    this.#numbers.value = numbers.join(", ");
    this.#target.value = String(target);
  }

  /** The state that the fields show. Throws an `Error` whose message is a sentence. */
  read(): State {
    const seed = Number(this.#seed.value);
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
      throw new Error("The seed is a whole number from 0. Write 0.");
    return {
      model: this.#model.value,
      puzzle: readPuzzle(this.#numbers.value, this.#target.value),
      temperature: Number(this.#temperature.value) / 10,
      seed,
      prefix: [],
    };
  }

  #showFiles(): void {
    this.#checkpoint.hidden = this.#model.value !== OWN.name;
  }

  #showTemperature(): void {
    this.#temperatureText.textContent = (Number(this.#temperature.value) / 10).toFixed(1);
  }
}

function actionButton(words: string, act: () => void): HTMLElement {
  const button = h("button", { type: "button" }, words);
  button.addEventListener("click", act);
  return button;
}

function copyButton(words: string, text: () => string): HTMLElement {
  const button = h("button", { type: "button" }, words);
  const show = (result: string): void => void (button.textContent = result);
  button.addEventListener("click", () => {
    copy(text())
      .then(
        () => show("Copied"),
        () => show("Not allowed"),
      )
      .finally(() => setTimeout(() => show(words), 1500));
  });
  return button;
}
