// The lens, the colouring, the search, and a button to the answer.
import { h } from "../../core/dom";
import type { Focus } from "./contract";
import { cellText, lensRamp } from "./draw";
import { t } from "../../core/words";

export interface ToolbarActions {
  relens(kind: Focus["kind"]): void;
  recolor(color: Focus["color"]): void;
  search(notice: string): void;
  turn(step: 1 | -1): void;
  answer(): void;
  leave(): void;
}

interface Choice<V extends string> {
  readonly value: V;
  readonly label: string;
  readonly title: string;
}

const kindChoices = (): readonly Choice<Focus["kind"]>[] => [
  {
    value: "logit",
    label: t("logit lens"),
    title: t("Each layer read as if it were the last (nostalgebraist 2020)"),
  },
  {
    value: "tuned",
    label: t("tuned lens"),
    title: t("Each layer through a trained map (Belrose et al. 2023)"),
  },
];
const colorChoices = (): readonly Choice<Focus["color"]>[] => [
  { value: "top", label: t("its own token"), title: t("Probability of the token that the cell shows") },
  {
    value: "came",
    label: t("what came"),
    title: t("Probability that the layer gives to the token that came"),
  },
  {
    value: "target",
    label: "",
    title: t("Probability of one token everywhere; click a token in the panel to follow it"),
  },
];

export class LensToolbar {
  readonly #kinds: Radios<Focus["kind"]>;
  readonly #colors: Radios<Focus["color"]>;
  readonly #ramp = h("span", { class: "ramp" });
  readonly #count = h("span", { class: "count", "aria-live": "polite" });
  readonly input = h("input", {
    class: "field",
    type: "search",
    placeholder: t("Search  /"),
    "aria-label": t("Search the text"),
    spellcheck: false,
  });
  readonly element: HTMLElement;

  constructor(
    actions: ToolbarActions,
    kinds: readonly Focus["kind"][],
    hasAnswer: boolean,
    signal: AbortSignal,
  ) {
    const available = kindChoices().filter((kind) => kinds.includes(kind.value));
    this.#kinds = new Radios(t("Lens"), available, (kind) => actions.relens(kind), signal);
    this.#colors = new Radios(
      t("Colour by the probability of"),
      colorChoices(),
      (color) => actions.recolor(color),
      signal,
    );
    const button = (label: string, title: string, act: () => void) => {
      const element = h("button", { title, "aria-label": title }, label);
      element.addEventListener("click", act, { signal });
      return element;
    };
    this.input.addEventListener("input", () => actions.search(this.input.value), { signal });
    this.input.addEventListener(
      "keydown",
      (event) => {
        if (event.key === "Enter") actions.turn(event.shiftKey ? -1 : 1);
        if (event.key !== "Escape") return;
        this.input.value = "";
        actions.search("");
        actions.leave();
      },
      { signal },
    );
    this.element = h(
      "div",
      { class: "bar-top", role: "toolbar", "aria-label": t("Lens view") },
      this.#kinds.element,
      h("span", { class: "legend" }, t("probability of")),
      this.#colors.element,
      h("span", { class: "legend" }, "0 %", this.#ramp, "100 %"),
      h("span", { class: "space" }),
      h(
        "span",
        { class: "search" },
        this.input,
        this.#count,
        button("‹", t("Previous match"), () => actions.turn(-1)),
        button("›", t("Next match"), () => actions.turn(1)),
      ),
      ...(hasAnswer ? [button(t("The answer"), t("Go to the answer (a)"), () => actions.answer())] : []),
    );
  }

  show(focus: Focus, target: string, dark: boolean): void {
    this.#kinds.show(focus.kind);
    this.#colors.label("target", t("“{token}”", { token: cellText(target) }));
    this.#colors.show(focus.color);
    const stops = lensRamp(dark).filter((_, i) => i % 17 === 0);
    this.#ramp.style.backgroundImage = `linear-gradient(90deg, ${stops.join(", ")})`;
  }

  matches(now: number, total: number): void {
    this.#count.textContent = this.input.value ? (total ? `${now + 1}/${total}` : t("none")) : "";
  }
}

/** A radio group, by mouse or arrow keys. */
class Radios<V extends string> {
  readonly #choices: readonly Choice<V>[];
  readonly #buttons: HTMLButtonElement[];
  readonly element: HTMLElement;

  constructor(label: string, choices: readonly Choice<V>[], pick: (value: V) => void, signal: AbortSignal) {
    this.#choices = choices;
    this.#buttons = choices.map(({ label, title }) => h("button", { role: "radio", title }, label));
    this.#buttons.forEach((button, i) => {
      const take = (at: number) => {
        const choice = choices[(at + choices.length) % choices.length];
        if (choice) pick(choice.value);
      };
      button.addEventListener("click", () => take(i), { signal });
      button.addEventListener(
        "keydown",
        (event) => {
          const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
          if (!step) return;
          event.preventDefault();
          take(i + step);
          this.#buttons[(i + step + choices.length) % choices.length]?.focus();
        },
        { signal },
      );
    });
    this.element = h("span", { class: "radios", role: "radiogroup", "aria-label": label }, ...this.#buttons);
  }

  show(value: V): void {
    this.#buttons.forEach((button, i) => {
      const on = this.#choices[i]?.value === value;
      button.setAttribute("aria-checked", String(on));
      button.tabIndex = on ? 0 : -1;
    });
  }

  label(value: V, notice: string): void {
    const button = this.#buttons[this.#choices.findIndex((choice) => choice.value === value)];
    if (button) button.textContent = notice;
  }
}
