// The same puzzle for the model before training and for the model as it is now.
import { h } from "../../core/dom";
import { tokenView } from "../../views/token/view";
import { judge, readPuzzle, wording, type Puzzle } from "../countdown";
import { EngineSource } from "../engine-source";
import type { ThoughtTokens } from "./messages";
import type { Run } from "./run";

export class BeforeAfter {
  readonly element: HTMLElement;
  readonly #numbers = h("input", { id: "numbers", autocomplete: "off", inputmode: "numeric" });
  readonly #target = h("input", { id: "target", autocomplete: "off", inputmode: "numeric" });
  readonly #thoughts = h("div", { class: "before-after" });
  #shown = new AbortController(); // of the two thoughts

  /** `failed` gets an error of a click. */
  constructor(run: Run, example: Puzzle, failed: (error: unknown) => void) {
    this.#numbers.value = example.numbers.join(", ");
    this.#target.value = String(example.target);
    const form = h(
      "form",
      {},
      h("span", { class: "field" }, h("label", { for: "numbers" }, "Numbers"), this.#numbers),
      h("span", { class: "field" }, h("label", { for: "target" }, "make"), this.#target),
      h("button", { type: "submit" }, "Think before and after"),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#think(run).catch(failed);
    });
    const note =
      "Try a target that is not of the kind that was paid, too: the model learned what was paid for.";
    this.element = h(
      "section",
      {},
      h("h2", {}, "Think with the trained model"),
      h("p", { class: "about" }, note),
      form,
      this.#thoughts,
    );
  }

  async #think(run: Run): Promise<void> {
    const puzzle = readPuzzle(this.#numbers.value, this.#target.value);
    const steps = run.steps;
    const [before, after] = await run.think(puzzle);
    this.#shown.abort();
    this.#shown = new AbortController();
    this.#thoughts.replaceChildren();
    if (before) this.#show("Before training", puzzle, before);
    if (after) this.#show(`After ${steps} ${steps === 1 ? "step" : "steps"}`, puzzle, after);
  }

  #show(title: string, puzzle: Puzzle, { tokens, finish }: ThoughtTokens): void {
    const source = new EngineSource(title, wording(puzzle), () => undefined);
    const host = h("div", { class: "thought" });
    const verdict = h("p", {});
    this.#thoughts.append(h("div", {}, h("h3", {}, title), verdict, host));
    tokenView(host, source, this.#shown.signal);
    source.add(tokens);
    source.end(finish);
    const { right, why } = judge(source.answer, puzzle);
    verdict.append(h("b", { class: right ? "right" : "wrong" }, right ? "✓ Right. " : "✗ Wrong. "), why);
  }
}
