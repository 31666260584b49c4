// The colouring with its legend, the choice of a text, and the button for the next large difference.
import { h, on } from "../../core/dom";
import { drawable } from "../../core/text";
import { t } from "../../core/words";
import type { Focus, Scene } from "./contract";
import { legendStops, nats, type Measure, type Ramps } from "./draw";

export interface ToolbarActions {
  recolor(color: Measure): void;
  choose(text: number): void;
  nextLarge(): void;
}

const MEASURES: readonly Measure[] = ["difference", "kl"];

export class CompareToolbar {
  readonly #scene: Scene;
  readonly #radios: readonly HTMLButtonElement[];
  readonly #texts = h("select", { "aria-label": t("Text") });
  readonly #low = h("span", {});
  readonly #high = h("span", {});
  readonly #ramp = h("span", { class: "ramp" });
  readonly #turns: readonly HTMLButtonElement[];
  readonly element: HTMLElement;

  constructor(scene: Scene, actions: ToolbarActions, signal: AbortSignal) {
    this.#scene = scene;
    const names = [t("difference"), "KL"];
    const help = [
      t("log p under b minus log p under a, in nats"),
      t(
        "How far the two distributions of the next token differ; a lower bound: only the recorded tokens are known",
      ),
    ];
    this.#radios = MEASURES.map((measure, i) => {
      const radio = h("button", { role: "radio", title: help[i] ?? "" }, names[i] ?? "");
      on(radio, "click", () => actions.recolor(measure), signal);
      on(
        radio,
        "keydown",
        (event) => {
          if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
          actions.recolor(MEASURES[1 - i] ?? measure);
          this.#radios[1 - i]?.focus();
        },
        signal,
      );
      return radio;
    });
    scene.texts.forEach(({ prompt, total }, i) => {
      const words = drawable(prompt).replace(/\s+/g, " ").slice(0, 60);
      this.#texts.append(h("option", { value: i }, `${i + 1}: ${words} (${nats(total)})`));
    });
    on(this.#texts, "change", () => actions.choose(Number(this.#texts.value)), signal);
    const turn = (label: string, title: string, by: number) => {
      const button = h("button", { title, "aria-label": title }, label);
      on(button, "click", () => actions.choose(Number(this.#texts.value) + by), signal);
      return button;
    };
    this.#turns = [turn("‹", t("Previous text"), -1), turn("›", t("Next text"), 1)];
    const next = h("button", { title: t("Go to the next large difference (n)") }, t("Next difference"));
    on(next, "click", () => actions.nextLarge(), signal);
    const [back, forth] = this.#turns;
    this.element = h(
      "div",
      { class: "bar-top", role: "toolbar", "aria-label": t("Compare view") },
      h(
        "span",
        { class: "colors" },
        h(
          "span",
          { class: "radios", role: "radiogroup", "aria-label": t("Colour pieces by") },
          ...this.#radios,
        ),
        h("span", { class: "legend" }, this.#low, this.#ramp, this.#high),
      ),
      h(
        "span",
        { class: "tools" },
        ...(scene.texts.length > 1 && back && forth
          ? [h("span", { class: "texts" }, back, this.#texts, forth)]
          : []),
        next,
      ),
    );
  }

  show(focus: Focus, ramps: Ramps): void {
    this.#radios.forEach((radio, i) => {
      const chosen = MEASURES[i] === focus.color;
      radio.setAttribute("aria-checked", String(chosen));
      radio.tabIndex = chosen ? 0 : -1;
    });
    const { top, kl_top, texts } = this.#scene;
    [this.#low.textContent, this.#high.textContent] =
      focus.color === "kl"
        ? ["0", t("≥ {top} nats (lower bound)", { top: kl_top })]
        : [t("less likely under b, −{top}", { top }), t("+{top} nats, more likely under b", { top })];
    this.#ramp.style.backgroundImage = `linear-gradient(90deg, ${legendStops(ramps, focus.color).join(", ")})`;
    this.#ramp.classList.toggle("diverging", focus.color === "difference");
    this.#texts.value = String(focus.text);
    this.#turns.forEach((turn, i) => (turn.disabled = i ? focus.text >= texts.length - 1 : focus.text <= 0));
  }
}
