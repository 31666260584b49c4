// The colouring with its legend, the search, and the buttons.
import { colorEnds, colorHelp, colorName, COLORS, ramp } from "../../core/color-scale";
import type { Color } from "../../core/contract";
import { h } from "../../core/dom";
import { t } from "../../core/words";

export interface ToolbarActions {
  recolor(color: Color): void;
  search(text: string): void;
  turn(step: 1 | -1): void;
  surprise(): void;
  fold(): void;
  copy(): void;
  stop(): void;
  leave(): void;
}

export class TokenToolbar {
  readonly #radios = COLORS.map((color) =>
    h("button", { role: "radio", title: colorHelp(color) }, colorName(color)),
  );
  readonly #low = h("span", {});
  readonly #high = h("span", {});
  readonly #ramp = h("span", { class: "ramp" });
  readonly #count = h("span", { class: "count", "aria-live": "polite" });
  readonly input = h("input", {
    class: "field",
    type: "search",
    placeholder: t("Search  /"),
    "aria-label": t("Search the text"),
    spellcheck: false,
  });
  readonly #copyButton = h("button", { title: t("Copy the whole text") }, t("Copy"));
  readonly #foldButton = h(
    "button",
    { title: t("Show the thought as sections of steps (o)"), "aria-pressed": false },
    t("Outline"),
  );
  readonly #stopButton = h(
    "button",
    { class: "stop", title: t("Stop thinking; what there is stays") },
    t("Stop"),
  );
  readonly #colors: HTMLElement;
  readonly #surpriseButton = h(
    "button",
    { title: t("Go to the next surprising token (n)") },
    t("Next surprise"),
  );
  readonly element: HTMLElement;

  constructor(actions: ToolbarActions, signal: AbortSignal) {
    const button = (
      label: string,
      title: string,
      act: () => void,
      element = h("button", { title, "aria-label": title }, label),
    ) => {
      element.addEventListener("click", act, { signal });
      return element;
    };
    const group = h(
      "span",
      { class: "radios", role: "radiogroup", "aria-label": t("Colour tokens by") },
      ...this.#radios,
    );
    this.#colors = h(
      "span",
      { class: "colors" },
      group,
      h("span", { class: "legend" }, this.#low, this.#ramp, this.#high),
    );
    this.#radios.forEach((radio, i) => {
      radio.addEventListener("click", () => actions.recolor(COLORS[i] ?? "probability"), { signal });
      radio.addEventListener(
        "keydown",
        (event) => {
          const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
          if (!step) return;
          let next = i;
          do next = (next + step + COLORS.length) % COLORS.length;
          while (next !== i && this.#radios[next]?.disabled);
          actions.recolor(COLORS[next] ?? "probability");
          this.#radios[next]?.focus();
        },
        { signal },
      );
    });
    this.input.addEventListener("input", () => actions.search(this.input.value), { signal });
    this.input.addEventListener(
      "keydown",
      (event) => {
        if (event.key === "Enter") actions.turn(event.shiftKey ? -1 : 1);
        if (event.key === "Escape") {
          this.input.value = "";
          actions.search("");
          actions.leave();
        }
      },
      { signal },
    );
    this.#stopButton.hidden = true;
    this.element = h(
      "div",
      { class: "bar-top", role: "toolbar", "aria-label": t("Token view") },
      this.#colors,
      h(
        "span",
        { class: "tools" },
        h(
          "span",
          { class: "search" },
          this.input,
          this.#count,
          button("‹", t("Previous match"), () => actions.turn(-1)),
          button("›", t("Next match"), () => actions.turn(1)),
        ),
        button("", "", () => actions.surprise(), this.#surpriseButton),
        button("", "", () => actions.fold(), this.#foldButton),
        button("", "", () => actions.copy(), this.#copyButton),
        button("", "", () => actions.stop(), this.#stopButton),
      ),
    );
  }

  color(color: Color, dark: boolean): void {
    this.#radios.forEach((radio, i) => {
      const on = COLORS[i] === color;
      radio.setAttribute("aria-checked", String(on));
      radio.tabIndex = on ? 0 : -1;
    });
    [this.#low.textContent, this.#high.textContent] = colorEnds(color);
    const stops = ramp(dark)
      .filter((_, i) => i % 17 === 0)
      .map((c) => c || "transparent");
    this.#ramp.style.backgroundImage = `linear-gradient(90deg, ${stops.join(", ")})`;
  }

  /** Enables the colourings that are possible; all of them before the first token. */
  offer(known: { entropy: boolean; logprob: boolean } = { entropy: true, logprob: true }): void {
    this.#radios.forEach((radio, i) => {
      const color = COLORS[i] ?? "probability";
      const column = color === "entropy" ? "entropy" : "logprob";
      radio.disabled = !known[column];
      radio.title = known[column]
        ? colorHelp(color)
        : column === "entropy"
          ? t("This trace has no entropies.")
          : t("This trace has no probabilities.");
    });
  }

  /** Hides the colouring and the search for surprises, if no token has a number. */
  blind(on: boolean): void {
    this.#colors.hidden = on;
    this.#surpriseButton.hidden = on;
  }

  matches(now: number, total: number): void {
    this.#count.textContent = this.input.value ? (total ? `${now + 1}/${total}` : t("none")) : "";
  }

  copied(words: string): void {
    this.#copyButton.textContent = words;
    setTimeout(() => (this.#copyButton.textContent = t("Copy")), 1500);
  }

  folded(on: boolean): void {
    this.#foldButton.setAttribute("aria-pressed", String(on));
  }

  running(on: boolean, stopping: boolean): void {
    this.#stopButton.hidden = !on;
    this.#stopButton.disabled = stopping;
    this.#stopButton.textContent = stopping ? t("Stopping …") : t("Stop");
  }
}
