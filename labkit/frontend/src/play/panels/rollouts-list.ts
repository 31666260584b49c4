// The list of drawn thoughts, each with what it is paid; a click shows one above.
import { h } from "../../core/dom";
import { drawable } from "../../core/text";
import { number } from "../../views/reward/draw";
import { rewardOf, rewardParts } from "../rules/rewards";
import type { Thought } from "../thought";

export class RolloutList {
  readonly element = h("ol", {});
  readonly #buttons = new Map<Thought, HTMLButtonElement>();
  readonly #show: (thought: Thought) => void;

  constructor(show: (thought: Thought) => void) {
    this.#show = show;
  }

  add(thought: Thought): void {
    const { source, state } = thought;
    const parts = rewardParts(source.text, source.answerRange, state.puzzle);
    const right = parts[0]?.value === 1;
    const reasons = parts.filter(({ rule, value }) => rule === 0 || value === 0).map(({ why }) => why);
    const button = h(
      "button",
      { type: "button", class: right ? "right" : "wrong" },
      h("span", { class: "number" }, String(this.#buttons.size + 1)),
      h("b", {}, right ? "✓ right" : "✗ wrong"),
      h("span", {}, `reward ${number(rewardOf(parts))}`),
      h("span", {}, `${thought.ids.length} tokens`),
      h("span", { class: "why" }, drawable(reasons.join(" "))),
      h("span", { class: "shown" }, "shown above"),
    );
    button.addEventListener("click", () => this.#show(thought));
    this.#buttons.set(thought, button);
    this.element.append(h("li", {}, button));
  }

  /** Marks the thought that is shown above; none if it is not in the list. */
  mark(shown: Thought): void {
    for (const [thought, button] of this.#buttons)
      if (thought === shown) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
  }
}
